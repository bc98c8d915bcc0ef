import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { endingOf } from "../support/endings.ts";
import { inLanes, type Registry, registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
/** May transfer what is under risk.*. */
let maintainer: Person;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  maintainer = await person(world, "maintainer", { grants: [["MAINTAINER", "risk.*"]] });
  return world.close;
});

const handOver = async (asker: Registry, input: object) => {
  const { models, remaining } = await asker.mutate(
    "transferOwnership",
    input,
    "models { name owner revision } remaining",
  );
  return { models, remaining };
};

async function owned(owner: string): Promise<string[]> {
  const { models } = await world.ask(
    `query ($owner: String!) { models(first: 100, filter: { owner: { eq: $owner } }) { nodes { name } } }`,
    { owner },
  );
  return models.nodes.map(({ name }: { name: string }) => name);
}

describe("transferOwnership", () => {
  it("hands one model over, with one event that tells from whom to whom", async () => {
    const { id } = await registry.model("risk.one", { owner: "ann" });
    const { models, remaining } = await handOver(maintainer, { model: "risk.one", to: "bob" });
    expect(models).toEqual([{ name: "risk.one", owner: "bob", revision: 2 }]);
    expect(remaining).toBe(0);
    const { registryEvents } = await world.ask(
      `query ($id: ID!) { registryEvents(first: 100, filter: { subject: $id }) { nodes { type actor { name } payload } } }`,
      { id },
    );
    expect(registryEvents.nodes.slice(1)).toEqual([
      {
        type: "model.transferred",
        actor: { name: "maintainer" },
        payload: { name: "risk.one", from: "ann", to: "bob" },
      },
    ]);
    expect(await handOver(maintainer, { model: id, to: "bob" })).toEqual({ models: [], remaining: 0 });
  });

  it("gives an owner to a model that has none", async () => {
    await registry.model("risk.unowned");
    const { models } = await handOver(maintainer, { model: "risk.unowned", to: "bob" });
    expect(models).toEqual([{ name: "risk.unowned", owner: "bob", revision: 2 }]);
  });

  it("hands over all of an owner that the caller may transfer, and leaves the others", async () => {
    for (const name of ["risk.b", "risk.a", "other.a", "risky"])
      await registry.model(name, { owner: "leaver" });
    await registry.model("risk.c", { owner: "leaver" });
    await registry.model("risk.gone", { owner: "leaver" });
    await registry.mutate("deleteModel", { model: "risk.gone" });
    await registry.model("risk.elses", { owner: "leaver-2" });
    const { models, remaining } = await handOver(maintainer, { from: "leaver", to: "heir" });
    expect(models.map(({ name }: { name: string }) => name)).toEqual(["risk.a", "risk.b", "risk.c"]);
    expect(remaining).toBe(0);
    expect(await owned("heir")).toEqual(["risk.a", "risk.b", "risk.c"]);
    expect(await owned("leaver")).toEqual(["other.a", "risky"]);
    expect(await handOver(registry, { from: "leaver", to: "heir" })).toMatchObject({ models: [{}, {}] });
  });

  it("answers of those handed over the ones that the caller may read", async () => {
    await registry.mutate("defineRole", { name: "HEIRS", permissions: ["model:transfer"] });
    const blind = await person(world, "blind", {
      grants: [
        ["HEIRS", "*"],
        ["VIEWER", "seen.*"],
      ],
    });
    for (const name of ["seen.x", "unseen.x"]) await registry.model(name, { owner: "half seen" });
    const { models } = await handOver(blind, { from: "half seen", to: "heir of both" });
    expect(models).toEqual([{ name: "seen.x", owner: "heir of both", revision: 2 }]);
    expect(await owned("heir of both")).toEqual(["seen.x", "unseen.x"]);
  });

  it("takes a thousand at once, and tells how many are left", async () => {
    const nameOf = (index: number) => `many.${String(index).padStart(4, "0")}`;
    await inLanes(8, 1_002, (index) => registry.model(nameOf(index), { owner: "owner of many" }));
    await registry.model("a model of theirs that the caller may not transfer", { owner: "owner of many" });
    const ofMany = await person(world, "of many", { grants: [["MAINTAINER", "many.*"]] });
    const input = { from: "owner of many", to: "next" };
    const first = await handOver(ofMany, input);
    expect(first.models).toHaveLength(1_000);
    expect(first.remaining).toBe(2);
    const second = await handOver(ofMany, input);
    expect(second.models.map(({ name }: { name: string }) => name)).toEqual([nameOf(1_000), nameOf(1_001)]);
    expect(second.remaining).toBe(0);
  });

  it("is refused to the name of an actor that is deactivated, and to no other name", async () => {
    await person(world, "gone");
    await registry.mutate("deactivateActor", { actor: "gone" });
    await registry.model("risk.kept", { owner: "keeper" });
    const before = await rowCounts(world.settings);
    for (const what of [{ model: "risk.kept" }, { from: "keeper" }]) {
      expect(await registry.refusal("transferOwnership", { ...what, to: "gone" }, "remaining")).toEqual({
        code: "CONFLICT",
        message: "to: gone is deactivated; name somebody else",
        path: ["input", "to"],
      });
    }
    expect(await rowCounts(world.settings)).toEqual(before);
    await registry.mutate("reactivateActor", { actor: "gone" });
    expect(await handOver(registry, { from: "keeper", to: "gone" })).toMatchObject({
      models: [{ owner: "gone" }],
    });
    expect(await handOver(registry, { from: "gone", to: "a team" })).toMatchObject({
      models: [{ owner: "a team" }],
    });
  });

  it.each([
    ["neither a model nor an owner", {}],
    ["both", { model: "risk.one", from: "ann" }],
  ])("is INVALID with %s", async (_, what) => {
    const refusal = await registry.refusal("transferOwnership", { ...what, to: "bob" }, "remaining");
    expect(refusal).toMatchObject({ code: "INVALID", path: ["input", "from"] });
    expect(refusal.message).toContain("from: expected either model or from; got ");
  });

  it("is FORBIDDEN to whoever may transfer nothing, before it says who is deactivated", async () => {
    const writer = await person(world, "writer", { grants: [["CONTRIBUTOR", "*"]] });
    expect(await endingOf(writer, "transferOwnership", { from: "ann", to: "gone" })).toEqual({
      code: "FORBIDDEN",
      message: "writer may not do this: it needs model:transfer on any scope",
    });
    expect(await endingOf(writer, "transferOwnership", { model: "risk.kept", to: "gone" })).toMatchObject({
      code: "FORBIDDEN",
    });
  });
});
