import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  await registry.model("half");
  await registry.version("half", { semanticVersion: "1.2.3", externalId: "mine" });
  return world.close;
});

const facts = `query ($id: ID!) { node(id: $id) { ... on ModelVersion {
  model { name } number uri stage status statusMessage semanticVersion description framework format source externalId
  image { uri digest } signature attributedTo createdBy { name } deletedAt revision run { runId }
  tags { key value } params { key value } metrics { key value special dataset split slice step }
  commit { repository sha branch message committedAt }
  datasets { role isInferred datasetVersion { digest digestAlgorithm source schema profile dataset { name } } }
  parents { relation modelVersion { uri } } aliases
  history { nodes { type payload } } transitions { nodes { to } } } } }`;

const versionBy = async (id: string) => (await world.ask(facts, { id })).node;

const sha = "0123456789abcdef0123456789abcdef01234567";
const everything = {
  description: "The whole of it",
  source: "s3://models/whole/1",
  semanticVersion: "1.2.3",
  framework: "sklearn",
  format: "onnx",
  externalId: "mlflow:whole/1",
  image: { uri: "registry.example/whole:1", digest: `sha256:${"a".repeat(64)}` },
  tags: [{ key: "team", value: "risk" }],
  params: [
    { key: "max_depth", value: "7" },
    { key: "empty", value: "" },
  ],
  metrics: [{ key: "auc", value: 0.91, dataset: "holdout", split: "test", slice: "age<25", step: 3 }],
  commit: { repository: "https://git.example/whole", sha, branch: "main", message: "Train it" },
  datasets: [
    { name: "credit", digest: "d1", digestAlgorithm: "sha256", source: "s3://data/credit", role: "train" },
    { name: "credit", digest: "d2", role: "test", schema: { columns: ["a"] }, profile: { num_rows: 3 } },
  ],
  signature: { inputs: [{ name: "age", type: "long" }], outputs: null },
};

describe("registerModelVersion", () => {
  it("keeps every fact as it was told, and says so in one event", async () => {
    await registry.model("whole");
    await registry.version("whole");
    const { id } = await registry.version("whole", {
      ...everything,
      parents: [{ version: "whole/1", relation: "finetune" }],
    });
    const version = await versionBy(id);
    expect(version).toEqual({
      model: { name: "whole" },
      number: 2,
      uri: "models:/whole/2",
      stage: "None",
      status: "READY",
      statusMessage: null,
      semanticVersion: "1.2.3",
      description: "The whole of it",
      framework: "sklearn",
      format: "onnx",
      source: "s3://models/whole/1",
      externalId: "mlflow:whole/1",
      image: everything.image,
      signature: everything.signature,
      attributedTo: null,
      createdBy: { name: "administrator" },
      deletedAt: null,
      revision: 1,
      run: null,
      tags: everything.tags,
      params: [
        { key: "empty", value: "" },
        { key: "max_depth", value: "7" },
      ],
      metrics: [{ ...everything.metrics[0], special: null }],
      commit: { ...everything.commit, committedAt: null },
      datasets: [
        {
          role: "train",
          isInferred: false,
          datasetVersion: {
            digest: "d1",
            digestAlgorithm: "sha256",
            source: "s3://data/credit",
            schema: null,
            profile: null,
            dataset: { name: "credit" },
          },
        },
        {
          role: "test",
          isInferred: false,
          datasetVersion: {
            digest: "d2",
            digestAlgorithm: null,
            source: null,
            schema: { columns: ["a"] },
            profile: { num_rows: 3 },
            dataset: { name: "credit" },
          },
        },
      ],
      parents: [{ relation: "finetune", modelVersion: { uri: "models:/whole/1" } }],
      aliases: [],
      history: { nodes: [{ type: "version.registered", payload: expect.anything() }] },
      transitions: { nodes: [] },
    });
    expect(version.history.nodes[0].payload).toMatchObject({
      model: "whole",
      number: 2,
      commit: sha,
      framework: "sklearn",
      description: "The whole of it",
      params: { count: 2, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
      metrics: { count: 1 },
    });
  });

  it("needs nothing but a model", async () => {
    await registry.model("bare");
    const { id } = await registry.version("bare");
    expect(await versionBy(id)).toMatchObject({
      number: 1,
      description: null,
      image: null,
      signature: null,
      commit: null,
      datasets: [],
      parents: [],
      params: [],
      metrics: [],
      tags: [],
    });
  });

  it("offers no way to change what is fixed", async () => {
    const { __type } = await world.ask(
      `{ __type(name: "UpdateModelVersionInput") { inputFields { name } } }`,
    );
    const names = __type.inputFields.map(({ name }: { name: string }) => name).sort();
    expect(names).toEqual([
      "description",
      "expectedRevision",
      "idempotencyKey",
      "image",
      "semanticVersion",
      "version",
    ]);
  });

  it("makes the model on the way where asked to, and only then", async () => {
    expect(await registry.refusal("registerModelVersion", { model: "made on the way" })).toEqual({
      code: "NOT_FOUND",
      message: "model made on the way not found",
      path: ["input", "model"],
    });
    const first = await registry.version("made on the way", { createModel: true });
    const second = await registry.version("made on the way", { createModel: true });
    expect([first.number, second.number]).toEqual([1, 2]);
    const { model } = await world.ask(
      `{ model(name: "made on the way") { id history { nodes { type groupSeq } } } }`,
    );
    const [created, registered] = model.history.nodes;
    expect([created.type, registered.type]).toEqual(["model.created", "version.registered"]);
    expect(created.groupSeq).toBe(registered.groupSeq);
    expect((await registry.version(model.id, { createModel: true })).number).toBe(3);
  });

  it("makes one model where sixteen make it on the way at once", async () => {
    const numbers = await Promise.all(
      Array.from(
        { length: 16 },
        async () => (await registry.version("rushed", { createModel: true })).number,
      ),
    );
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, at) => at + 1));
    const { models } = await world.ask(`{ models(filter: { name: { eq: "rushed" } }) { totalCount } }`);
    expect(models.totalCount).toBe(1);
  });

  it("finds commits and datasets that are known, and tells them apart by repository and digest", async () => {
    await registry.model("sharing");
    const commit = { repository: "r1", sha: "feedface00" };
    const datasets = [{ name: "shared data", digest: "x" }];
    await registry.version("sharing", { commit, datasets });
    const before = await rowCounts(world.settings);
    await registry.version("sharing", { commit, datasets: [...datasets, ...datasets] });
    const same = await rowCounts(world.settings);
    expect([same.git_commit, same.dataset, same.dataset_version]).toEqual([
      before.git_commit,
      before.dataset,
      before.dataset_version,
    ]);
    await registry.version("sharing", {
      commit: { ...commit, repository: "r2" },
      datasets: [{ name: "shared data", digest: "y" }],
    });
    const more = await rowCounts(world.settings);
    expect(more.git_commit).toBe(same.git_commit! + 1);
    expect(more.dataset).toBe(same.dataset!);
    expect(more.dataset_version).toBe(same.dataset_version! + 1);
  });

  it.each([
    ["runId", { runId: "0".repeat(32) }, "NOT_FOUND"],
    ["runId", { runId: "run_4294967295" }, "NOT_FOUND"],
    ["runId", { runId: "no run at all" }, "NOT_FOUND"],
    ["loggedModelId", { loggedModelId: "m-0" }, "NOT_FOUND"],
    ["loggedModelId", { loggedModelId: "mdl_1" }, "NOT_FOUND"],
    ["parents.0.version", { parents: [{ version: "none/1", relation: "merge" }] }, "NOT_FOUND"],
    [
      "parents.1.version",
      {
        parents: [
          { version: "half/1", relation: "a" },
          { version: "mv_9999", relation: "a" },
        ],
      },
      "NOT_FOUND",
    ],
    ["parents.0.version", { parents: [{ version: "half@latest", relation: "merge" }] }, "INVALID"],
    ["parents.0.version", { parents: [{ version: "half", relation: "merge" }] }, "INVALID"],
    ["parents.0.relation", { parents: [{ version: "half/1", relation: "" }] }, "INVALID"],
    ["parents.0.relation", { parents: [{ version: "half/1", relation: "x".repeat(65) }] }, "INVALID"],
    ["parents", { parents: Array(101).fill({ version: "half/1", relation: "a" }) }, "INVALID"],
    ["datasets", { datasets: Array(101).fill({ name: "d", digest: "d" }) }, "INVALID"],
    [
      "datasets.1.name",
      {
        datasets: [
          { name: "d", digest: "d" },
          { name: "d ", digest: "d" },
        ],
      },
      "INVALID",
    ],
    ["datasets.0.digest", { datasets: [{ name: "d", digest: "" }] }, "INVALID"],
    ["datasets.0.role", { datasets: [{ name: "d", digest: "d", role: "a\u0000" }] }, "INVALID"],
    ["datasets.0.role", { datasets: [{ name: "d", digest: "d", role: "x".repeat(65) }] }, "INVALID"],
    ["commit.sha", { commit: { sha: "none" } }, "INVALID"],
    ["semanticVersion", { semanticVersion: "one" }, "INVALID"],
    ["semanticVersion", { semanticVersion: "1.2.3" }, "ALREADY_EXISTS"],
    ["externalId", { externalId: "mine" }, "ALREADY_EXISTS"],
    ["externalId", { externalId: " mine" }, "INVALID"],
    ["image.uri", { image: { uri: "" } }, "INVALID"],
    ["image.uri", { image: { uri: "x".repeat(4_001) } }, "INVALID"],
    ["image.digest", { image: { uri: "x", digest: "d " } }, "INVALID"],
    ["source", { source: "x".repeat(4_001) }, "INVALID"],
    ["description", { description: "x".repeat(5_001) }, "INVALID"],
    ["framework", { framework: "x".repeat(256) }, "INVALID"],
    ["params.0.key", { params: [{ key: "", value: "" }] }, "INVALID"],
    ["params.0.value", { params: [{ key: "k", value: "x".repeat(6_001) }] }, "INVALID"],
    ["params", { params: Array(1_001).fill({ key: "k", value: "v" }) }, "LIMIT"],
    ["tags.0.key", { tags: [{ key: "k\u0000", value: "v" }] }, "INVALID"],
    ["metrics.0", { metrics: [{ key: "k" }] }, "INVALID"],
    ["metrics.0.key", { metrics: [{ key: "", value: 1 }] }, "INVALID"],
    ["metrics", { metrics: Array(1_001).fill({ key: "k", value: 1 }) }, "LIMIT"],
  ])("is refused because of %s, and writes nothing: %#", async (field, wrong, code) => {
    const before = await rowCounts(world.settings);
    const good = { commit: { sha: "abcdef0123" }, datasets: [{ name: "half data", digest: "h" }] };
    for (const more of [
      {},
      { createModel: true, idempotencyKey: `${field} ${JSON.stringify(wrong).slice(0, 99)}` },
    ]) {
      const refusal = await registry.refusal("registerModelVersion", {
        model: "half",
        ...good,
        ...wrong,
        ...more,
      });
      expect(refusal).toMatchObject({ code, path: ["input", ...field.split(".")] });
      expect(refusal.message.length).toBeLessThan(400);
    }
    expect(await rowCounts(world.settings)).toEqual(before);
  });
});
