import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDvcHistory } from "../../src/cli/sources/dvc-history.ts";
import type { ImportBatch } from "../../src/client/import-batch.ts";
import { type ChurnRepository, churnLocks, makeChurnRepository } from "../support/churn-history.ts";
import { runCli } from "../support/cli-process.ts";
import { listOf } from "../support/foreign-stores.ts";
import { send } from "../support/import-sending.ts";
import { rowsOf } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

const locks = churnLocks();
const entries = locks.flatMap(({ stages }) => Object.entries(stages));
const distinct = new Set(entries.map((entry) => JSON.stringify(entry)));
const artefacts = (stage: { deps?: object[]; outs?: object[] }) => [
  ...(stage.deps ?? []),
  ...(stage.outs ?? []),
];
const keysOf = (uses: { path: string; md5: string }[] = []) =>
  uses.map(({ path, md5 }) => `${path} ${md5}`).sort();

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question
type Run = any;

async function allRuns(world: World): Promise<Run[]> {
  const runs: Run[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const { runs: page }: Run = await world.ask(
      `query ($after: String) { runs(first: 100, after: $after) { nodes { id runId name status endedAt entryPoint
        experiment { name } parent { runId } commit { sha } params { key value } tags { key value }
        inputs { datasetVersion { digest digestAlgorithm profile dataset { name } } } }
        pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    runs.push(...page.nodes);
    [after, more] = [page.pageInfo.endCursor, page.pageInfo.hasNextPage];
  }
  return runs;
}

/** The data that a run made, as `path md5`. */
async function madeBy(world: World, run: string): Promise<string[]> {
  const { lineage } = await world.ask(
    `query ($run: ID!) { lineage(root: $run, direction: DOWNSTREAM, depth: 1, edgeTypes: [PRODUCED]) {
      nodes { degree node { ... on DatasetVersion { digest dataset { name } } } } } }`,
    { run },
  );
  return lineage.nodes
    .filter(({ degree }: Run) => degree === 1)
    .map(({ node }: Run) => `${node.dataset.name} ${node.digest}`)
    .sort();
}

describe("the history that DVC kept of the churn models", () => {
  let world: World;
  let repository: ChurnRepository;
  let batches: ImportBatch[];
  let runs: Run[];

  beforeAll(async () => {
    world = await startWorld();
    repository = makeChurnRepository();
    batches = await listOf((await openDvcHistory(repository.path, { experiment: "churn" })).batches());
    await send(world, batches);
    runs = await allRuns(world);
  });
  afterAll(async () => {
    repository.remove();
    await world.close();
  });

  it("arrives with a run for each of 103 states and each distinct stage, and 333 dataset versions", async () => {
    const versions = new Set(entries.flatMap(([, stage]) => keysOf(artefacts(stage) as never)));
    expect([locks.length, versions.size, distinct.size]).toEqual([103, 333, 234]);
    const states = runs.filter(({ parent }) => parent === null);
    expect(states).toHaveLength(locks.length);
    expect(runs).toHaveLength(locks.length + distinct.size);
    const stored = await rowsOf(
      world.settings,
      "SELECT d.name, v.digest FROM dataset_version v JOIN dataset d ON d.id = v.datasetId",
    );
    expect(stored.map(({ name, digest }) => `${name} ${digest}`).sort()).toEqual([...versions].sort());
  });

  it("holds of each state what its dvc.lock says, at a commit that brought it", async () => {
    const byId = new Map(runs.map((run) => [run.runId, run]));
    const made = new Map<string, string[]>();
    for (const { id, runId, parent } of runs) if (parent) made.set(runId, await madeBy(world, id));
    const unmet = new Set(locks);
    for (const state of runs.filter(({ parent }) => parent === null)) {
      expect(state).toMatchObject({ name: "dvc.lock", status: "FINISHED", experiment: { name: "churn" } });
      const listed = JSON.parse(state.tags.find(({ key }: { key: string }) => key === "dvc.stages").value);
      const held = Object.entries(listed).map(([name, runId]) => {
        const { entryPoint, inputs } = byId.get(runId as string);
        const uses = inputs.map(({ datasetVersion: { digest: md5, dataset } }: Run) => ({
          path: dataset.name,
          md5,
        }));
        return [name, entryPoint, keysOf(uses), made.get(runId as string)];
      });
      const lock = [...unmet].find(({ commits, stages }) => {
        const said = Object.entries(stages).map(([name, { cmd, deps, outs }]) => [
          name,
          cmd,
          keysOf(deps),
          keysOf(outs),
        ]);
        const isAt = commits.some((commit) => repository.shas.get(commit) === state.commit.sha);
        return isAt && JSON.stringify(said) === JSON.stringify(held);
      });
      expect(lock, state.commit.sha).toBeDefined();
      unmet.delete(lock!);
    }
    expect(unmet.size).toBe(0);
  });

  it("keeps the params of a stage, and when it was done", () => {
    const { commits } = locks.find(({ commits: [first] }) => first?.startsWith("1808b444"))!;
    const sha = repository.shas.get(commits[0]!);
    const train = runs.find(({ name, commit }) => name === "train" && commit.sha === sha);
    expect(train).toMatchObject({
      endedAt: "2022-12-16T16:28:56.000Z",
      params: expect.arrayContaining([
        { key: "train.model_type", value: "randomforest" },
        { key: "base.cat_cols", value: '["Geography"]' },
      ]),
      inputs: expect.arrayContaining([
        {
          datasetVersion: {
            digest: "7caa1ff6b9fd082639f697e702dacb15",
            digestAlgorithm: "md5",
            profile: { size: 556049 },
            dataset: { name: "data/X_train.pkl" },
          },
        },
      ]),
    });
  });

  it("leads from a model's file up to the raw data and the commits", async () => {
    const train = runs.find(({ name, inputs }) => name === "train" && inputs.length > 0);
    const { lineage } = await world.ask(
      `query ($root: ID!) { lineage(root: $root, direction: UPSTREAM, first: 1000) { nodes { kind node { ... on DatasetVersion { dataset { name } } } } } }`,
      { root: train.id },
    );
    const kinds = new Set(lineage.nodes.map(({ kind }: Run) => kind));
    expect([...kinds].sort()).toEqual(["COMMIT", "DATASET_VERSION", "RUN"]);
    expect(lineage.nodes).toContainEqual({
      kind: "DATASET_VERSION",
      node: { dataset: { name: "data/Churn_Modelling.csv" } },
    });
  });

  it("changes nothing when it is imported again, by the command line too", async () => {
    const { eventHead } = await world.ask("{ eventHead }");
    expect(await send(world, batches)).toBe(0);
    const again = ["import", "dvc", repository.path, "--experiment", "churn"];
    const { code, stdout } = await runCli(again, { server: world });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /337 runs, 333 dataset versions in 853 uses, 469 outputs of runs, 103 commits/,
      ),
    });
    expect(stdout).toContain("nothing was changed");
    expect(await world.ask("{ eventHead }")).toEqual({ eventHead });
  });
});
