import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSource } from "../../src/cli/sources/open-source.ts";
import type { ImportBatch } from "../../src/client/import-batch.ts";
import { send } from "../support/import-sending.ts";
import { sharedData } from "../support/shared-data.ts";
import { startWorld, type World } from "../support/world.ts";

async function batchesOf(...path: string[]): Promise<ImportBatch[]> {
  const batches: ImportBatch[] = [];
  for await (const batch of (await openSource(join(sharedData, ...path))).batches()) batches.push(batch);
  return batches;
}

/** All nodes of a connection of runs, page by page, with what was counted of each. */
async function allRuns(world: World, selection: string) {
  const runs = [];
  let after: string | null = null;
  do {
    const { runs: page } = await world.ask(
      `query ($after: String) { runs(filter: { includeDeleted: true }, first: 100, after: $after) {
        nodes { ${selection} } pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    runs.push(...page.nodes);
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  return runs;
}

async function pointsOf(world: World, runId: string, keys: string[]): Promise<number> {
  let total = 0;
  for (const key of keys) {
    const { run } = await world.ask(
      "query ($runId: String!, $key: String!) { run(runId: $runId) { metricHistory(key: $key, first: 1) { totalCount } } }",
      { runId, key },
    );
    total += run.metricHistory.totalCount;
  }
  return total;
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

describe("the credit file store", () => {
  let world: World;
  let batches: ImportBatch[];

  beforeAll(async () => {
    world = await startWorld();
    batches = await batchesOf("mlflow-credit");
    await send(world, batches);
  });
  afterAll(() => world.close());

  it("arrives with 1 experiment, 21 runs of which 10 are deleted, 4 models, 20 versions, 2 commits and 4 dataset versions", async () => {
    const counts = await world.ask(`{
      experiments { totalCount nodes { name experimentId } }
      all: runs(filter: { includeDeleted: true }) { totalCount }
      living: runs { totalCount }
      models { totalCount }
      modelVersions { totalCount }
      commits { totalCount }
      datasets { nodes { versions { totalCount } } }
    }`);
    expect(counts).toMatchObject({
      experiments: { totalCount: 1, nodes: [{ name: "Default", experimentId: "0" }] },
      all: { totalCount: 21 },
      living: { totalCount: 11 },
      models: { totalCount: 4 },
      modelVersions: { totalCount: 20 },
      commits: { totalCount: 2 },
    });
    const versions = counts.datasets.nodes.map(
      (dataset: { versions: { totalCount: number } }) => dataset.versions.totalCount,
    );
    expect(sum(versions)).toBe(4);
  });

  it("keeps 322 params, 120 metric points and 30 dataset inputs with its runs", async () => {
    const runs = await allRuns(
      world,
      "runId params { key } metrics { key } inputs { role datasetVersion { digest dataset { name } } }",
    );
    expect(sum(runs.map((run) => run.params.length))).toBe(322);
    const points = await Promise.all(
      runs.map((run) =>
        pointsOf(
          world,
          run.runId,
          run.metrics.map((metric: { key: string }) => metric.key),
        ),
      ),
    );
    expect(sum(points)).toBe(120);
    const inputs = runs.flatMap((run) => run.inputs);
    expect(inputs).toHaveLength(30);
    const kept = new Set(
      inputs.map(({ datasetVersion: { dataset, digest } }) => `${dataset.name}@${digest}`),
    );
    expect(kept.size).toBe(4);
  });

  it("gives random_forest@challenger with its run, commit and training data in one request", async () => {
    const { modelVersion } = await world.ask(`{
      modelVersion(ref: "random_forest@challenger") {
        number uri aliases model { name }
        run { runId status params { key value } }
        commit { sha }
        datasets { role datasetVersion { digest dataset { name } } }
      }
    }`);
    expect(modelVersion).toMatchObject({
      number: 2,
      uri: "models:/random_forest/2",
      aliases: ["challenger"],
      run: { runId: "4d12b9b71c82463abbafeb0e3a6251a3", status: "FINISHED" },
      commit: { sha: expect.stringMatching(/^[0-9a-f]{40}$/) },
    });
    expect(modelVersion.run.params.length).toBeGreaterThan(0);
    const roles = modelVersion.datasets.map((use: { role: string }) => use.role);
    expect(roles).toContain("train");
  });

  it("names by impact the versions that a training dataset reached, and no others", async () => {
    const { modelVersion } = await world.ask(
      `{ modelVersion(ref: "random_forest@challenger") { datasets { role datasetVersion { id } } } }`,
    );
    const train = modelVersion.datasets.find((use: { role: string }) => use.role === "train").datasetVersion
      .id;
    const { impact } = await world.ask(
      `query ($of: [ID!]!) { impact(of: $of, first: 100) {
        totalCount nodes { degree modelVersion { id } path { nodes { kind } edges { type } } } } }`,
      { of: [train] },
    );
    const { modelVersions } = await world.ask(
      "{ modelVersions(first: 100) { nodes { id datasets { datasetVersion { id } } } } }",
    );
    const fed = modelVersions.nodes
      .filter((version: { datasets: { datasetVersion: { id: string } }[] }) =>
        version.datasets.some((use) => use.datasetVersion.id === train),
      )
      .map((version: { id: string }) => version.id);
    expect(fed.length).toBeGreaterThan(0);
    expect(impact.nodes.map((node: { modelVersion: { id: string } }) => node.modelVersion.id).sort()).toEqual(
      fed.sort(),
    );
    expect(impact.nodes[0]).toMatchObject({
      degree: 2,
      path: {
        nodes: [{ kind: "DATASET_VERSION" }, { kind: "RUN" }, { kind: "MODEL_VERSION" }],
        edges: [{ type: "CONSUMED" }, { type: "PRODUCED" }],
      },
    });
  });

  it("changes nothing when it is imported again", async () => {
    const { eventHead } = await world.ask("{ eventHead }");
    expect(await send(world, batches)).toBe(0);
    expect(await world.ask("{ eventHead }")).toEqual({ eventHead });
  });
});

describe("the forecast database of MLflow 3", () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
    await send(world, await batchesOf("mlflow3-sqlite-forecast", "mlruns.db"));
  });
  afterAll(() => world.close());

  it("arrives with 39 runs, 672 params, 3,079 metric points and 3 commits", async () => {
    const runs = await allRuns(world, "runId params { key } metrics { key }");
    expect(runs).toHaveLength(39);
    expect(sum(runs.map((run) => run.params.length))).toBe(672);
    const points = [];
    for (const run of runs) {
      points.push(
        await pointsOf(
          world,
          run.runId,
          run.metrics.map((metric: { key: string }) => metric.key),
        ),
      );
    }
    expect(sum(points)).toBe(3_079);
    expect(await world.ask("{ commits { totalCount } }")).toEqual({ commits: { totalCount: 3 } });
  });

  it("has 20 logged models as outputs of their runs", async () => {
    const runs = await allRuns(world, "id loggedModels { id modelId run { id } }");
    const outputs = runs.flatMap((run) =>
      run.loggedModels.map((model: { run: { id: string } }) => [run.id, model.run.id]),
    );
    expect(outputs).toHaveLength(20);
    expect(outputs.every(([producer, told]) => producer === told)).toBe(true);
    const { lineage } = await world.ask(
      `query ($root: ID!) { lineage(root: $root, direction: DOWNSTREAM) { edges { from to type } } }`,
      { root: outputs[0]![0] },
    );
    expect(lineage.edges).toContainEqual(expect.objectContaining({ from: outputs[0]![0], type: "PRODUCED" }));
  });
});
