import { beforeAll, describe, expect, it } from "vitest";
import { mlflowOf } from "../support/mlflow.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

const longest = 100_000;
/** As many as a body of 4 MiB holds. */
const many = (value: string, from = 0, count = 40) =>
  Array.from({ length: count }, (_, at) => ({ key: `k${from + at}`, value }));

const tagsOf = async (id: string): Promise<{ key: string; value: string }[]> =>
  (
    await world.ask(
      "query ($id: ID!) { node(id: $id) { ... on Model { tags { key value } } ... on ModelVersion { tags { key value } } } }",
      { id },
    )
  ).node.tags;

describe("tags of the longest values", () => {
  it.each(["x", "'", "あ", '"', "\n"])("are kept whole where they are made of %j", async (character) => {
    const { id: model } = await registry.model(`long ${character.codePointAt(0)}`);
    const tags = [{ key: "k", value: character.repeat(longest) }];
    const { id } = await registry.version(model, { tags });
    expect(await tagsOf(id)).toEqual(tags);
  });

  it("are kept whole where a body is as large as may be, of what a statement has to spell out", async () => {
    const { id: model } = await registry.model("apostrophes");
    const set = many("'".repeat(longest));
    await registry.mutate("setModelTags", { model, set, idempotencyKey: "apostrophes" });
    await registry.mutate("setModelTags", { model, set, idempotencyKey: "apostrophes" });
    expect((await tagsOf(model)).map(({ value }) => value.length)).toEqual(set.map(() => longest));
    const { registryEvents } = await world.ask(
      "query ($id: ID!) { registryEvents(filter: { subject: $id }) { nodes { type payload } } }",
      { id: model },
    );
    expect(registryEvents.nodes.slice(1)).toMatchObject([
      { type: "model.tagged", payload: { tagsDigest: expect.any(String) } },
    ]);
  });

  it("come by MLflow's door, too, and go out by it", async () => {
    const mlflow = mlflowOf(world);
    await registry.model("prompted", {}).then(({ id }) => registry.version(id));
    const told = { name: "prompted", version: "1", key: "mlflow.prompt.text" };
    const value = "Answer {{question}}. ".repeat(5_000).slice(0, longest);
    expect(await mlflow.post("model-versions/set-tag", { ...told, value })).toEqual({
      status: 200,
      body: {},
    });
    const { body } = await mlflow.get("model-versions/get", { name: "prompted", version: "1" });
    expect(body.model_version.tags).toEqual([{ key: told.key, value }]);
    const refused = await mlflow.post("model-versions/set-tag", { ...told, value: `${value}.` });
    expect(refused).toMatchObject({ status: 400, body: { error_code: "INVALID_PARAMETER_VALUE" } });
  });

  it("are refused at once where a body of 4 MiB does not hold them", async () => {
    const refused = await mlflowOf(world).post("registered-models/create", {
      name: "heavy",
      tags: many("x".repeat(longest), 0, 100),
    });
    expect(refused).toMatchObject({ status: 400, body: { message: expect.stringContaining("too large") } });
  });
});

describe("the tags of one subject together", () => {
  const limit = { code: "LIMIT", message: "tags: values of at most 20000000 bytes on one subject" };

  it("have at most 20,000,000 bytes; then they may change and go, and none may come", async () => {
    const { id: model } = await registry.model("full");
    const set = (tags: object[], gone: string[] = []) => ({ model, set: tags, delete: gone });
    const mutation = "setModelTags";
    for (let from = 0; from < 200; from += 40)
      await registry.mutate(mutation, set(many("x".repeat(longest), from)));
    const before = await rowCounts(world.settings);
    expect(await registry.refusal(mutation, set(many("x", 200, 1)))).toMatchObject(limit);
    expect(await registry.refusal(mutation, set(many("é".repeat(longest), 0, 1)))).toMatchObject(limit);
    expect(await rowCounts(world.settings)).toEqual(before);
    await registry.mutate(mutation, set(many("y".repeat(longest), 0, 1)));
    await registry.mutate(mutation, set(many("z", 200, 1), ["k1"]));
    expect(await tagsOf(model)).toHaveLength(200);
  });

  it("have no more where they are imported, in however many parts", async () => {
    const runId = "b".repeat(32);
    const importing = async (tags: object[]) => {
      const runs = [{ runId, experiment: "Default", status: "FINISHED", tags }];
      const batch = { source: "test", runs };
      return (await registry.attempt("importHistory", { batch }, "imported")).userErrors;
    };
    // 300,000 bytes each: 66 of them fit.
    for (let from = 0; from < 60; from += 10)
      expect(await importing(many("あ".repeat(longest), from, 10))).toEqual([]);
    expect(await importing(many("あ".repeat(longest), 60, 7))).toMatchObject([
      { code: "LIMIT", path: ["input", "batch", "runs", "0", "tags"] },
    ]);
    expect(await importing(many("あ".repeat(longest), 54, 12))).toEqual([]);
    const { run } = await world.ask(`{ run(runId: "${runId}") { tags { key } } }`);
    expect(run.tags).toHaveLength(66);
  });
});
