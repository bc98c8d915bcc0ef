import { beforeAll, describe, expect, it } from "vitest";
import { inLanes, type Registry, registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  await modelWith("named", 1);
  return world.close;
});

/** A model of a test's own with so many versions. */
async function modelWith(name: string, versions: number): Promise<void> {
  await registry.model(name);
  for (let turn = 0; turn < versions; turn++) await registry.version(name);
}

const state = `query ($name: String!) { model(name: $name) {
  revision aliases { name modelVersion { number } updatedAt } history(first: 100) { nodes { type payload } totalCount } } }`;

async function stateOf(name: string) {
  const { model } = await world.ask(state, { name });
  const aliases = Object.fromEntries(
    model.aliases.map((alias: { name: string; modelVersion: { number: number } }) => [
      alias.name,
      alias.modelVersion.number,
    ]),
  );
  const events = model.history.nodes.filter(({ type }: { type: string }) => type.startsWith("alias."));
  return { aliases, events };
}

describe("setAlias", () => {
  it("points a name to a version, moves it, and records each move", async () => {
    await modelWith("moved", 3);
    const first = await registry.mutate("setAlias", { model: "moved", alias: "champion", version: 2 });
    expect(first.alias).toEqual({ name: "champion", modelVersion: { number: 2 } });
    await registry.mutate("setAlias", { model: "moved", alias: "champion", version: 3 });
    await registry.mutate("setAlias", { model: "moved", alias: "another", version: 3 });
    const { aliases, events } = await stateOf("moved");
    expect(aliases).toEqual({ another: 3, champion: 3 });
    expect(events).toEqual([
      { type: "alias.set", payload: { alias: "champion", from: null, to: 2 } },
      { type: "alias.set", payload: { alias: "champion", from: 2, to: 3 } },
      { type: "alias.set", payload: { alias: "another", from: null, to: 3 } },
    ]);
    const { modelVersion } = await world.ask(`{ modelVersion(ref: "moved/3") { aliases } }`);
    expect(modelVersion).toEqual({ aliases: ["another", "champion"] });
  });

  it("records nothing where it points there already", async () => {
    await modelWith("still", 1);
    for (let turn = 0; turn < 3; turn++)
      await registry.mutate("setAlias", { model: "still", alias: "a", version: 1 });
    expect((await stateOf("still")).events).toHaveLength(1);
  });

  it("moves only from where the caller has seen it; 0 stands for nowhere", async () => {
    await modelWith("compared", 3);
    const set = (version: number, expectedVersion: number | null) =>
      registry.attempt("setAlias", { model: "compared", alias: "a", version, expectedVersion });
    const refused = async (version: number, expectedVersion: number, message: string) => {
      const { userErrors, alias } = await set(version, expectedVersion);
      expect(alias).toBeNull();
      expect(userErrors).toEqual([{ code: "CONFLICT", message, path: ["input", "expectedVersion"] }]);
    };
    await refused(1, 2, "alias compared@a does not exist; 2 was expected");
    expect((await set(1, 0)).alias).toMatchObject({ modelVersion: { number: 1 } });
    await refused(2, 0, "alias compared@a points to 1; it was expected not to exist");
    await refused(1, 0, "alias compared@a points to 1; it was expected not to exist");
    await refused(2, 3, "alias compared@a points to 1; 3 was expected");
    await refused(2, -1, "alias compared@a points to 1; -1 was expected");
    expect((await set(2, 1)).alias).toMatchObject({ modelVersion: { number: 2 } });
    expect((await set(3, null)).alias).toMatchObject({ modelVersion: { number: 3 } });
    expect((await set(3, 3)).alias).toMatchObject({ modelVersion: { number: 3 } });
    expect((await stateOf("compared")).events).toHaveLength(3);
  });

  it("lets one of sixteen rivals with the same expectation win each of 15 rounds", async () => {
    await modelWith("contested", 16);
    let now = 0;
    for (let round = 1; round <= 15; round++) {
      const candidates = Array.from({ length: 16 }, (_, at) => at + 1).filter((number) => number !== now);
      const payloads = await inLanes(16, 16, (rival) =>
        registry.attempt("setAlias", {
          model: "contested",
          alias: "champion",
          version: candidates[rival % candidates.length],
          expectedVersion: now,
        }),
      );
      const winners = payloads.filter(({ userErrors }) => userErrors.length === 0);
      const codes = payloads.flatMap(({ userErrors }) => userErrors).map(({ code }) => code);
      expect(winners).toHaveLength(1);
      expect(codes).toEqual(Array(15).fill("CONFLICT"));
      now = winners[0].alias.modelVersion.number;
      expect((await stateOf("contested")).aliases).toEqual({ champion: now });
    }
    expect((await stateOf("contested")).events).toHaveLength(15);
  });

  it.each([
    ["", "alias: expected 1–255 characters"],
    ["x".repeat(256), "alias: expected 1–255 characters"],
    ["x".repeat(10_000), "alias: expected 1–255 characters"],
    [" a", "alias: expected no spaces at either end"],
    ["a\u0000", "alias: expected no control characters"],
    ["\ud800", "alias: expected well-formed Unicode"],
    ["a/b", "alias: expected a name without / and @"],
    ["a@b", "alias: expected a name without / and @"],
    ["latest", "alias: expected another name than latest, which is computed"],
    ["Latest", "alias: expected another name than latest, which is computed"],
    ["LATEST", "alias: expected another name than latest, which is computed"],
  ])("refuses the alias %j, and writes nothing", async (alias, message) => {
    const before = await rowCounts(world.settings);
    for (const idempotencyKey of [null, `alias ${message} ${alias.length}`]) {
      for (const [mutation, more] of [
        ["setAlias", { version: 1 }],
        ["deleteAlias", {}],
      ] as const) {
        const refusal = await registry.refusal(mutation, { model: "named", alias, idempotencyKey, ...more });
        expect(refusal).toMatchObject({ code: "INVALID", path: ["input", "alias"] });
        expect(refusal.message).toContain(message);
      }
    }
    expect(await rowCounts(world.settings)).toEqual(before);
  });

  it.each([[0], [-1], [2], [2_147_483_647], [-2_147_483_648]])("finds no version %i", async (version) => {
    const name = `unfound ${version}`;
    await modelWith(name, 1);
    expect(await registry.refusal("setAlias", { model: name, alias: "a", version })).toEqual({
      code: "NOT_FOUND",
      message: `model version ${name}/${version} not found`,
      path: ["input", "version"],
    });
  });

  it("takes numbers of versions only", async () => {
    const mutation = `mutation ($input: SetAliasInput!) { setAlias(input: $input) { userErrors { code } } }`;
    for (const version of [2_147_483_648, 1.5, "1", "mv_1", true, null]) {
      const { data, errors } = await world.graphql(mutation, { input: { model: "m", alias: "a", version } });
      expect(data).toBeUndefined();
      expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
      expect(errors![0]!.message).toContain("input.version");
    }
  });

  it("keeps at most 1,000 on a model", async () => {
    const crowd = Array.from({ length: 990 }, (_, at) => ({ model: "crowded", alias: `a${at}`, version: 1 }));
    const versions = [{ model: "crowded", number: 1, externalId: "1" }];
    const batch = { source: "test", models: [{ name: "crowded" }], versions, aliases: crowd };
    await registry.mutate("importHistory", { batch }, "imported");
    await inLanes(4, 10, (at) =>
      registry.mutate("setAlias", { model: "crowded", alias: `b${at}`, version: 1 }, "alias { name }"),
    );
    expect(await registry.refusal("setAlias", { model: "crowded", alias: "one more", version: 1 })).toEqual({
      code: "LIMIT",
      message: "alias: at most 1000 on one model",
      path: ["input", "alias"],
    });
    expect(Object.keys((await stateOf("crowded")).aliases)).toHaveLength(1_000);
    await registry.mutate("deleteAlias", { model: "crowded", alias: "a0" });
    await registry.mutate("setAlias", { model: "crowded", alias: "one more", version: 1 });
  });
});

describe("deleteAlias", () => {
  it("takes an alias away, once, and only from where the caller has seen it", async () => {
    await modelWith("cleared", 2);
    await registry.mutate("setAlias", { model: "cleared", alias: "a", version: 2 });
    const input = { model: "cleared", alias: "a" };
    expect(await registry.refusal("deleteAlias", { ...input, expectedVersion: 1 })).toEqual({
      code: "CONFLICT",
      message: "alias cleared@a points to 2; 1 was expected",
      path: ["input", "expectedVersion"],
    });
    expect(await registry.refusal("deleteAlias", { ...input, expectedVersion: 0 })).toMatchObject({
      code: "CONFLICT",
    });
    const { alias, model } = await registry.mutate("deleteAlias", { ...input, expectedVersion: 2 });
    expect({ alias, aliases: model.aliases }).toEqual({ alias: null, aliases: [] });
    expect(await registry.refusal("deleteAlias", input)).toEqual({
      code: "NOT_FOUND",
      message: "alias cleared@a not found",
      path: ["input", "alias"],
    });
    expect((await stateOf("cleared")).events.at(-1)).toEqual({
      type: "alias.deleted",
      payload: { alias: "a", version: 2 },
    });
  });

  it("lets one of sixteen rivals have deleted it", async () => {
    await modelWith("fought over", 1);
    for (let round = 1; round <= 5; round++) {
      await registry.mutate("setAlias", { model: "fought over", alias: "a", version: 1, expectedVersion: 0 });
      const payloads = await inLanes(16, 16, () =>
        registry.attempt("deleteAlias", { model: "fought over", alias: "a" }),
      );
      const codes = payloads.flatMap(({ userErrors }) => userErrors).map(({ code }) => code);
      expect(codes).toEqual(Array(15).fill("NOT_FOUND"));
    }
  });
});
