import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let now = 0;
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

beforeAll(async () => {
  world = await startWorld({ clock: () => now });
  registry = registryOf(world);
  const tick = (second: number) => {
    now = Date.UTC(2026, 0, 1, 0, 0, second);
  };
  tick(0);
  for (const name of ["risk.fraud", "risk.churn", "gone"]) await registry.model(name);
  tick(1);
  await registry.version("risk.fraud", {
    semanticVersion: "1.0.0",
    framework: "sklearn",
    format: "onnx",
    source: "s3://models/\nfraud",
    externalId: "mlflow:1",
    tags: [{ key: "tier", value: "1" }],
    params: [{ key: "depth", value: "7" }],
    metrics: [
      { key: "auc", value: 0.9 },
      { key: "auc", value: 0.5, dataset: "holdout", split: "test", slice: "young" },
      { key: "loss", special: "NAN" },
    ],
  });
  tick(2);
  await registry.version("risk.fraud", { framework: "torch", metrics: [{ key: "auc", value: 0.7 }] });
  tick(3);
  await registry.version("risk.churn", { framework: "torch", tags: [{ key: "tier", value: "2" }] });
  await registry.version("gone");
  await registry.mutate("deleteModel", { model: "gone" });
  await registry.version("risk.churn");
  await registry.mutate("deleteModelVersion", { version: "risk.churn/2" });
  tick(9);
  await registry.promote("risk.fraud/1", "Production");
  await registry.mutate("setAlias", { model: "risk.fraud", alias: "champion", version: 2 });
  return world.close;
});

const query = `query ($filter: ModelVersionFilter) { modelVersions(filter: $filter, orderBy: { field: CREATED_AT, direction: ASC }) {
  nodes { number model { name } } totalCount } }`;

async function found(filter: object | null): Promise<string[]> {
  const { modelVersions } = await world.ask(query, { filter });
  expect(modelVersions.totalCount).toBe(modelVersions.nodes.length);
  return modelVersions.nodes.map(
    ({ number, model }: { number: number; model: { name: string } }) => `${model.name}/${number}`,
  );
}

const [fraud1, fraud2, churn1] = ["risk.fraud/1", "risk.fraud/2", "risk.churn/1"];
const all = [fraud1, fraud2, churn1];
const auc = (value: object, more: object = {}) => ({ metric: { key: "auc", value, ...more } });

describe("a filter on versions", () => {
  it.each([
    ["nothing", null, all],
    ["deleted ones, too", { includeDeleted: true }, [...all, "gone/1", "risk.churn/2"]],
    ["a model", { model: { eq: "risk.fraud" } }, [fraud1, fraud2]],
    ["a prefix of models", { model: { startsWith: "risk." } }, all],
    ["a stage", { stage: { eq: "Production" } }, [fraud1]],
    ["no stage but one", { stage: { ne: "Production" } }, [fraud2, churn1]],
    ["a number", { number: { eq: 1 } }, [fraud1, churn1]],
    ["numbers", { number: { gt: 1, lte: 2 } }, [fraud2]],
    ["a fraction", { number: { gt: 1.5 } }, [fraud2]],
    ["an endless number", { number: { lt: 1e308 } }, all],
    ["a semantic version", { semanticVersion: { startsWith: "1." } }, [fraud1]],
    ["a status", { status: ["READY"] }, all],
    ["another status", { status: ["PENDING", "FAILED"] }, []],
    ["no status", { status: [] }, []],
    ["a framework", { framework: { in: ["torch", "jax"] } }, [fraud2, churn1]],
    ["a format", { format: { eq: "onnx" } }, [fraud1]],
    ["a source", { source: { startsWith: "s3://models/" } }, [fraud1]],
    ["a name elsewhere", { externalId: { eq: "mlflow:1" } }, [fraud1]],
    ["a run that is none", { runId: { startsWith: "0" } }, []],
    ["a tag", { tag: { key: "tier" } }, [fraud1, churn1]],
    ["a tag's value", { tag: { key: "tier", value: { eq: "2" } } }, [churn1]],
    ["a param", { param: { key: "depth" } }, [fraud1]],
    ["a param's value", { param: { key: "depth", value: { eq: "8" } } }, []],
    ["a metric", { metric: { key: "auc" } }, [fraud1, fraud2]],
    ["a metric's value", auc({ gte: 0.8 }), [fraud1]],
    ["a metric's value, exactly", auc({ eq: 0.7 }), [fraud2]],
    ["a metric's value on a dataset", auc({ lt: 0.6 }, { dataset: "holdout" }), [fraud1]],
    [
      "a metric's value on all dimensions",
      auc({ eq: 0.5 }, { dataset: "holdout", split: "test", slice: "young" }),
      [fraud1],
    ],
    ["a metric on no dataset", auc({ gt: 0 }, { dataset: "" }), [fraud1, fraud2]],
    ["a metric on another split", auc({ gt: 0 }, { split: "train" }), []],
    ["a metric that is NaN", { metric: { key: "loss" } }, [fraud1]],
    ["a value of what is NaN, which none is", { metric: { key: "loss", value: { ne: 1 } } }, []],
    ["an alias", { alias: { eq: "champion" } }, [fraud2]],
    ["a time of registration", { createdAt: { gt: at(1), lte: at(2) } }, [fraud2]],
    ["a time of change", { updatedAt: { gte: at(9) } }, [fraud1]],
    ["both of two", { and: [{ framework: { eq: "torch" } }, { tag: { key: "tier" } }] }, [churn1]],
    [
      "either of two",
      { or: [{ stage: { eq: "Production" } }, { tag: { key: "tier", value: { eq: "2" } } }] },
      [fraud1, churn1],
    ],
    ["what has no tag", { not: { tag: { key: "tier" } } }, [fraud2]],
    ["what has no semantic version 1.0.0", { not: { semanticVersion: { eq: "1.0.0" } } }, [fraud2, churn1]],
    ["a text with NUL", { framework: { eq: "torch\u0000" } }, []],
    ["a metric on a dataset with NUL", auc({ gt: 0 }, { dataset: "holdout\u0000" }), []],
  ])("may ask for %s", async (_, filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });

  it("narrows a model's own versions and leaves out what is deleted", async () => {
    const own = `query ($filter: ModelVersionFilter) { model(name: "risk.churn") { versions(filter: $filter) { nodes { number } totalCount } } }`;
    const numbers = async (filter: object | null) => {
      const { versions } = (await world.ask(own, { filter })).model;
      expect(versions.totalCount).toBe(versions.nodes.length);
      return versions.nodes.map(({ number }: { number: number }) => number);
    };
    expect(await numbers(null)).toEqual([1]);
    expect(await numbers({ includeDeleted: true })).toEqual([2, 1]);
    expect(await numbers({ tag: { key: "tier" }, includeDeleted: true })).toEqual([1]);
    expect(await numbers({ model: { eq: "risk.fraud" } })).toEqual([]);
  });

  it.each([
    ["status", { status: ["DONE"] }],
    ["number", { number: { eq: "one" } }],
    ["createdAt", { createdAt: { gt: "yesterday" } }],
    ["createdAt", { createdAt: { gt: 12 } }],
    ["metric", { metric: { value: { gt: 1 } } }],
    ["framework", { framework: { matches: "t.*" } }],
    ["colour", { colour: { eq: "red" } }],
  ])("says what is wrong with %s", async (field, filter) => {
    const { data, errors } = await world.graphql(query, { filter });
    expect(data).toBeUndefined();
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
    expect(errors![0]!.message).toContain(field);
  });
});

describe("versions of all models", () => {
  const sorted = (
    direction: string,
  ) => `{ modelVersions(first: 2, orderBy: { field: MODEL, direction: ${direction} }) {
    nodes { model { name } } pageInfo { endCursor } } }`;

  it("are sorted by the names of their models, over the end of a page", async () => {
    const names = ({ nodes }: { nodes: { model: { name: string } }[] }) =>
      nodes.map(({ model }) => model.name);
    const { modelVersions } = await world.ask(sorted("ASC"));
    expect(names(modelVersions)).toEqual(["risk.churn", "risk.fraud"]);
    const { endCursor: after } = modelVersions.pageInfo;
    const rest = await world.ask(
      `query ($after: String) { modelVersions(after: $after, orderBy: { field: MODEL, direction: ASC }) { nodes { model { name } } } }`,
      { after },
    );
    expect(names(rest.modelVersions)).toEqual(["risk.fraud"]);
    expect(names((await world.ask(sorted("DESC"))).modelVersions)).toEqual(["risk.fraud", "risk.fraud"]);
  });

  it("are led in each stage by the highest number", async () => {
    const { models } = await world.ask(`{ models { nodes { name latestInStages { number stage } } } }`);
    expect(models.nodes).toEqual([
      { name: "risk.churn", latestInStages: [{ number: 1, stage: "None" }] },
      {
        name: "risk.fraud",
        latestInStages: [
          { number: 2, stage: "None" },
          { number: 1, stage: "Production" },
        ],
      },
    ]);
  });
});
