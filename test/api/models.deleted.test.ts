import { beforeAll, describe, expect, it } from "vitest";
import { inLanes, type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

const modelNamed = async (name: string) =>
  (await world.ask(`query ($name: String!) { model(name: $name) { id revision } }`, { name })).model;

const nodeOf = async (id: string) => {
  const query = `query ($id: ID!) { node(id: $id) {
    ... on Model { name deletedAt revision versions { nodes { number } } aliases { name } history { nodes { type } } }
    ... on ModelVersion { number deletedAt model { id name deletedAt } } } }`;
  return (await world.ask(query, { id })).node;
};

const listed = async (filter: object) => {
  const query = `query ($filter: ModelFilter) { models(filter: $filter) { nodes { id } totalCount } }`;
  const { models } = await world.ask(query, { filter });
  expect(models.totalCount).toBe(models.nodes.length);
  return models.nodes.map(({ id }: { id: string }) => id);
};

describe("a deleted model", () => {
  it("leaves names and lists, and stays behind its id", async () => {
    const { id } = await registry.model("gone");
    const version = await registry.version("gone");
    await registry.mutate("setAlias", { model: "gone", alias: "champion", version: 1 });
    const { model } = await registry.mutate("deleteModel", { model: "gone", expectedRevision: 1 });
    expect(model).toMatchObject({ id, name: "gone", revision: 2, deletedAt: expect.any(String) });
    expect(await modelNamed("gone")).toBeNull();
    expect(await listed({ name: { eq: "gone" } })).toEqual([]);
    expect(await listed({ name: { eq: "gone" }, includeDeleted: true })).toEqual([id]);
    expect(await listed({ and: [{ name: { eq: "gone" }, includeDeleted: true }] })).toEqual([]);
    expect(await nodeOf(id)).toMatchObject({
      name: "gone",
      deletedAt: model.deletedAt,
      versions: { nodes: [{ number: 1 }] },
      aliases: [{ name: "champion" }],
    });
    expect((await nodeOf(id)).history.nodes.at(-1)).toEqual({ type: "model.deleted" });
    expect(await nodeOf(version.id)).toMatchObject({ deletedAt: null, model: { id, name: "gone" } });
  });

  it("takes its versions out of the lists and out of reach of its name", async () => {
    await registry.model("hidden");
    const version = await registry.version("hidden");
    await registry.mutate("setAlias", { model: "hidden", alias: "a", version: 1 });
    await registry.mutate("deleteModel", { model: "hidden" });
    for (const ref of ["hidden/1", "hidden@a", "hidden/latest", "hidden/None"]) {
      const asked = `query ($ref: VersionRef!) { modelVersion(ref: $ref) { id } resolve(ref: $ref) { uri } }`;
      expect(await world.ask(asked, { ref })).toEqual({ modelVersion: null, resolve: null });
    }
    const all = `query ($all: Boolean) { modelVersions(filter: { model: { eq: "hidden" }, includeDeleted: $all }) { nodes { id } totalCount } }`;
    expect((await world.ask(all, { all: false })).modelVersions).toEqual({ nodes: [], totalCount: 0 });
    expect((await world.ask(all, { all: true })).modelVersions.nodes).toEqual([{ id: version.id }]);
  });

  it("takes no more changes, nor do its versions", async () => {
    const { id } = await registry.model("frozen");
    const version = await registry.version("frozen");
    await registry.mutate("deleteModel", { model: id });
    const changes: [string, object, string][] = [
      ["updateModel", { model: id, owner: "x" }, "model"],
      ["updateModel", { model: "frozen", owner: "x" }, "model"],
      ["renameModel", { model: id, name: "thawed" }, "model"],
      ["deleteModel", { model: id }, "model"],
      ["setModelTags", { model: id, set: [] }, "model"],
      ["registerModelVersion", { model: id }, "model"],
      ["setAlias", { model: id, alias: "a", version: 1 }, "model"],
      ["deleteAlias", { model: id, alias: "a" }, "model"],
      ["updateModelVersion", { version: version.id, description: "x" }, "version"],
      ["setModelVersionTags", { version: version.id, set: [] }, "version"],
      ["logModelVersionMetrics", { version: version.id, metrics: [] }, "version"],
      ["deleteModelVersion", { version: version.id }, "version"],
      ["transitionModelVersion", { version: version.id, to: "Staging" }, "version"],
    ];
    for (const [mutation, input, field] of changes) {
      expect(await registry.refusal(mutation, input), mutation).toMatchObject({
        code: "NOT_FOUND",
        path: ["input", field],
      });
    }
  });

  it("cannot be one with a version that is live, and can once that has left its stage", async () => {
    await registry.model("serving");
    await registry.version("serving");
    await registry.promote("serving/1", "Production");
    expect(await registry.refusal("deleteModel", { model: "serving" })).toEqual({
      code: "CONFLICT",
      message: "version serving/1 is in Production; move it out first",
      path: ["input", "model"],
    });
    await registry.promote("serving/1", "Staging");
    expect((await registry.mutate("deleteModel", { model: "serving" })).model.deletedAt).not.toBeNull();
  });

  it("gives its name to a new model, which counts from 1 and is another node", async () => {
    const old = await registry.model("successive");
    for (let number = 1; number <= 3; number++) await registry.version("successive");
    await registry.mutate("deleteModel", { model: "successive" });
    const next = await registry.model("successive");
    expect(next.id).not.toBe(old.id);
    expect(await registry.version("successive")).toMatchObject({ number: 1 });
    await registry.mutate("deleteModel", { model: "successive" });
    await registry.model("successive");
    expect(await listed({ name: { eq: "successive" }, includeDeleted: true })).toHaveLength(3);
    expect(await listed({ name: { eq: "successive" } })).toHaveLength(1);
  });
});

describe("restoreModel", () => {
  it("brings a model back with its versions, aliases and numbers", async () => {
    const { id } = await registry.model("back");
    await registry.version("back");
    await registry.mutate("setAlias", { model: "back", alias: "champion", version: 1 });
    await registry.mutate("deleteModel", { model: "back" });
    const { model } = await registry.mutate("restoreModel", { model: id });
    expect(model).toMatchObject({ id, name: "back", deletedAt: null, revision: 3 });
    expect((await modelNamed("back")).id).toBe(id);
    const { modelVersion } = await world.ask(`{ modelVersion(ref: "back@champion") { number } }`);
    expect(modelVersion).toEqual({ number: 1 });
    expect(await registry.version("back")).toMatchObject({ number: 2 });
    expect((await nodeOf(id)).history.nodes.map(({ type }: { type: string }) => type)).toEqual([
      "model.created",
      "version.registered",
      "alias.set",
      "model.deleted",
      "model.restored",
      "version.registered",
    ]);
  });

  it("is refused while another model has the name, and done once it is free", async () => {
    const { id } = await registry.model("wanted");
    await registry.mutate("deleteModel", { model: "wanted" });
    await registry.model("wanted");
    expect(await registry.refusal("restoreModel", { model: id })).toEqual({
      code: "ALREADY_EXISTS",
      message: "the name wanted is taken by another model now; rename that one first",
      path: ["input", "model"],
    });
    await registry.mutate("renameModel", { model: "wanted", name: "wanted no more" });
    await registry.mutate("restoreModel", { model: id });
    expect((await modelNamed("wanted")).id).toBe(id);
  });

  it("leaves a living model alone", async () => {
    const { id } = await registry.model("alive");
    expect((await registry.mutate("restoreModel", { model: id })).model.revision).toBe(1);
  });

  it.each([["mdl_4294967295"], ["mdl_99999999999"], ["mv_1"], ["mdl_0"], ["alive"], [""], ["mdl_1\u0000"]])(
    "finds no model %j",
    async (model) => {
      expect(await registry.refusal("restoreModel", { model })).toMatchObject({
        code: "NOT_FOUND",
        path: ["input", "model"],
      });
    },
  );

  it("leaves one of several with the name when they come back at once", async () => {
    for (let round = 1; round <= 5; round++) {
      const name = `phoenix ${round}`;
      const ids: string[] = [];
      for (let turn = 0; turn < 8; turn++) {
        ids.push((await registry.model(name)).id);
        await registry.mutate("deleteModel", { model: name });
      }
      const payloads = await inLanes(8, 8, (at) => registry.attempt("restoreModel", { model: ids[at] }));
      const codes = payloads.flatMap(({ userErrors }) => userErrors).map(({ code }) => code);
      expect(codes).toEqual(Array(7).fill("ALREADY_EXISTS"));
      expect(ids).toContain((await modelNamed(name)).id);
    }
  });
});
