import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

describe("a deleted version", () => {
  it("loses its aliases, leaves lists and references, and stays behind its id", async () => {
    await registry.model("m");
    const { id } = await registry.version("m", { semanticVersion: "1.0.0" });
    await registry.version("m");
    for (const alias of ["a", "b"]) await registry.mutate("setAlias", { model: "m", alias, version: 1 });
    await registry.mutate("setAlias", { model: "m", alias: "other", version: 2 });
    const { modelVersion } = await registry.mutate("deleteModelVersion", { version: "m@a" });
    expect(modelVersion).toMatchObject({ id, number: 1, deletedAt: expect.any(String), revision: 2 });
    for (const ref of ["m/1", "m@a", "m@b", "m/1.0.0"]) {
      const found = await world.ask(`query ($ref: VersionRef!) { modelVersion(ref: $ref) { id } }`, { ref });
      expect(found.modelVersion).toBeNull();
    }
    const { model } = await world.ask(`{ model(name: "m") { version(number: 1) { id } aliases { name }
      versions { nodes { number } totalCount } all: versions(filter: { includeDeleted: true }) { nodes { number } totalCount }
      inStage(stage: "None") { number } latestVersion { number } greatestVersion { number } } }`);
    expect(model).toEqual({
      version: null,
      aliases: [{ name: "other" }],
      versions: { nodes: [{ number: 2 }], totalCount: 1 },
      all: { nodes: [{ number: 2 }, { number: 1 }], totalCount: 2 },
      inStage: [{ number: 2 }],
      latestVersion: { number: 2 },
      greatestVersion: null,
    });
    const { node, modelVersion: byRef } = await world.ask(
      `query ($id: ID!, $ref: VersionRef!) { node(id: $id) { ... on ModelVersion { uri deletedAt aliases } } modelVersion(ref: $ref) { deletedAt } }`,
      { id, ref: id },
    );
    expect(node).toEqual({ uri: "models:/m/1", deletedAt: modelVersion.deletedAt, aliases: [] });
    expect(byRef.deletedAt).toBe(modelVersion.deletedAt);
  });

  it("is told by an event for itself and one for each alias, in one group", async () => {
    await registry.model("told");
    const { id } = await registry.version("told");
    for (const alias of ["a", "b"]) await registry.mutate("setAlias", { model: "told", alias, version: 1 });
    const before = (await world.ask("{ eventHead }")).eventHead;
    await registry.mutate("deleteModelVersion", { version: id });
    const { registryEvents } = await world.ask(
      `query ($after: EventCursor) { registryEvents(after: $after) { nodes { type groupSeq subject { id } payload } } }`,
      { after: before },
    );
    const { nodes } = registryEvents;
    expect(nodes.map(({ type, payload }: { type: string; payload: object }) => ({ type, payload }))).toEqual([
      { type: "alias.deleted", payload: { alias: "a", version: 1 } },
      { type: "alias.deleted", payload: { alias: "b", version: 1 } },
      { type: "version.deleted", payload: { number: 1, stage: "None" } },
    ]);
    expect(new Set(nodes.map(({ groupSeq }: { groupSeq: number }) => groupSeq)).size).toBe(1);
    expect(nodes[2].subject).toEqual({ id });
  });

  it("cannot be one that is live, and can once it has left its stage", async () => {
    await registry.model("serving");
    await registry.version("serving");
    for (const stage of ["Staging", "Production"]) await registry.promote("serving/1", stage);
    expect(await registry.refusal("deleteModelVersion", { version: "serving/1" })).toEqual({
      code: "CONFLICT",
      message: "version serving/1 is in Production; move it out first",
      path: ["input", "version"],
    });
    await registry.promote("serving/1", "Archived");
    const { modelVersion } = await registry.mutate("deleteModelVersion", { version: "serving/1" });
    expect(modelVersion.deletedAt).not.toBeNull();
  });

  it("takes no more changes and no alias", async () => {
    await registry.model("frozen");
    const { id } = await registry.version("frozen");
    await registry.mutate("deleteModelVersion", { version: id });
    const changes: [string, object, string][] = [
      ["updateModelVersion", { description: "x" }, "version"],
      ["setModelVersionTags", { set: [{ key: "a", value: "b" }] }, "version"],
      ["logModelVersionMetrics", { metrics: [{ key: "a", value: 1 }] }, "version"],
      ["deleteModelVersion", {}, "version"],
      ["transitionModelVersion", { to: "Staging" }, "version"],
    ];
    for (const [mutation, more, field] of changes) {
      for (const version of [id, "frozen/1"]) {
        expect(await registry.refusal(mutation, { version, ...more }), mutation).toMatchObject({
          code: "NOT_FOUND",
          path: ["input", field],
        });
      }
    }
    const alias = { model: "frozen", alias: "a", version: 1 };
    expect(await registry.refusal("setAlias", alias)).toMatchObject({ code: "NOT_FOUND" });
  });

  it("stays where other records name it", async () => {
    await registry.model("kept");
    const parent = await registry.version("kept");
    const child = await registry.version("kept", { parents: [{ version: "kept/1", relation: "finetune" }] });
    await registry.mutate("deleteModelVersion", { version: parent.id });
    const { node } = await world.ask(
      `query ($id: ID!) { node(id: $id) { ... on ModelVersion { parents { modelVersion { id deletedAt } } } } }`,
      { id: child.id },
    );
    expect(node.parents).toEqual([{ modelVersion: { id: parent.id, deletedAt: expect.any(String) } }]);
  });
});
