import { beforeAll, describe, expect, it } from "vitest";
import { registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let tracker: ReturnType<typeof trackerOf>;

beforeAll(async () => {
  world = await startWorld();
  tracker = trackerOf(world);
  return world.close;
});

const idOf = (start: string) => start.padEnd(32, "0");
const at = (hour: number) => new Date(Date.UTC(2025, 4, 1, hour)).toISOString();

const importing = (batch: object) =>
  registryOf(world).attempt("importHistory", { batch: { source: "test", ...batch } }, "imported unchanged");
const taken = async (batch: object) => {
  const { userErrors, ...counts } = await importing(batch);
  expect(userErrors).toEqual([]);
  return counts;
};
const refusal = async (batch: object) => {
  const before = await rowCounts(world.settings);
  const { userErrors } = await importing(batch);
  expect(await rowCounts(world.settings)).toEqual(before);
  expect(userErrors).toHaveLength(1);
  return userErrors[0];
};

/** A past of its own: everything that tracking imports. */
const pastOf = (mark: string) => ({
  experiments: [
    { name: `exp ${mark}`, scope: "risk", tags: [{ key: "a", value: "1" }], createdAt: at(1) },
    { name: `gone ${mark}`, createdAt: at(1), deletedAt: at(9) },
  ],
  commits: [
    {
      repository: mark,
      sha: "a1".padEnd(40, "0"),
      message: "m",
      committedAt: at(1),
      attributedTo: "Ada",
      parents: ["a0".padEnd(40, "0")],
    },
  ],
  runs: [
    {
      runId: idOf(`${mark}2`),
      experiment: `exp ${mark}`,
      status: "FINISHED",
      startedAt: at(3),
      parentRunId: idOf(`${mark}1`),
    },
    {
      runId: idOf(`${mark}1`),
      experiment: `exp ${mark}`,
      name: "first",
      status: "FAILED",
      startedAt: at(2),
      endedAt: at(4),
      attributedTo: "Ada",
      entryPoint: "train.py",
      commit: { repository: mark, sha: "a1".padEnd(40, "0") },
      params: [{ key: "lr", value: "0.1" }],
      tags: [{ key: "t", value: "1" }],
      metrics: [1, 2, 3].map((step) => ({ key: "loss", value: 1 / step, step, at: at(3) })),
      inputs: [
        { name: `data ${mark}`, digest: "1", role: "train", schema: { a: 1 } },
        { name: `data ${mark}`, digest: "1", role: "eval" },
      ],
    },
    { runId: idOf(`${mark}3`), experiment: `gone ${mark}`, status: "KILLED", deletedAt: at(9) },
    {
      runId: idOf(`${mark}1`),
      experiment: `exp ${mark}`,
      status: "FAILED",
      metrics: [{ key: "loss", special: "NAN", step: 4, at: at(3) }],
    },
  ],
  loggedModels: [
    {
      modelId: `m-${idOf(mark)}`,
      name: "xgb",
      runId: idOf(`${mark}1`),
      experiment: `exp ${mark}`,
      status: "READY",
      createdAt: at(4),
      params: [{ key: "depth", value: "3" }],
      metrics: [{ key: "auc", value: 0.9, at: at(4) }],
    },
  ],
});

const seen = `query ($runId: String!) { run(runId: $runId) { id name status startedAt endedAt deletedAt attributedTo entryPoint
  startedBy { name } experiment { name scope deletedAt } commit { sha message parents { sha } } parent { runId }
  params { key value } tags { key value } metrics { key value special step } metricHistory(key: "loss") { totalCount }
  inputs { role datasetVersion { digest schema dataset { name } } } loggedModels { modelId params { key } metrics { value } } } }`;
const runOf = async (runId: string) => (await world.ask(seen, { runId })).run;

describe("importHistory of commits", () => {
  it("refuses more parents of one commit than a commit can have, told in parts", async () => {
    const part = (from: number, count: number) => ({
      repository: "parts",
      sha: "b1".padEnd(40, "0"),
      parents: Array.from({ length: count }, (_, at) => (from + at).toString(16).padStart(40, "0")),
    });
    expect(await refusal({ commits: [part(100, 100), part(100, 50), part(199, 2)] })).toMatchObject({
      code: "LIMIT",
      path: ["input", "batch", "commits", "2", "parents"],
    });
    await taken({ commits: [part(100, 100), part(150, 50)] });
  });
});

describe("importHistory of runs", () => {
  it("takes a past over as it was, in any order within a batch", async () => {
    expect(await taken(pastOf("a"))).toEqual({ imported: 7, unchanged: 1 });
    expect(await runOf(idOf("a1"))).toMatchObject({
      name: "first",
      status: "FAILED",
      startedAt: at(2),
      endedAt: at(4),
      attributedTo: "Ada",
      entryPoint: "train.py",
      startedBy: null,
      experiment: { name: "exp a", scope: "risk" },
      commit: { message: "m", parents: [{ sha: "a0".padEnd(40, "0") }] },
      params: [{ key: "lr", value: "0.1" }],
      tags: [{ key: "t", value: "1" }],
      metrics: [{ key: "loss", value: null, special: "NAN", step: 4 }],
      metricHistory: { totalCount: 4 },
      inputs: [{ role: "eval" }, { role: "train", datasetVersion: { digest: "1", schema: { a: 1 } } }],
      loggedModels: [{ modelId: `m-${idOf("a")}`, params: [{ key: "depth" }], metrics: [{ value: 0.9 }] }],
    });
    expect((await runOf(idOf("a2"))).parent).toEqual({ runId: idOf("a1") });
    expect(await runOf(idOf("a3"))).toMatchObject({ deletedAt: at(9), experiment: { deletedAt: at(9) } });
  });

  it("says that it happened then, not now", async () => {
    await taken(pastOf("b"));
    const { id } = await runOf(idOf("b1"));
    const { registryEvents } = await world.ask(
      `query ($id: ID!) { registryEvents(after: "start", filter: { subject: $id }) { nodes { type isImported occurredAt attributedTo payload } } }`,
      { id },
    );
    expect(registryEvents.nodes).toMatchObject([
      {
        type: "run.created",
        isImported: true,
        occurredAt: at(2),
        attributedTo: "Ada",
        payload: { name: "first", status: "FAILED", paramCount: 1, pointCount: 4 },
      },
    ]);
  });

  it("changes nothing the second time, record by record or whole", async () => {
    await taken(pastOf("c"));
    const before = await rowCounts(world.settings);
    expect(await taken(pastOf("c"))).toEqual({ imported: 0, unchanged: 8 });
    const { experiments, ...rest } = pastOf("c");
    expect(await taken({ experiments })).toEqual({ imported: 0, unchanged: 2 });
    expect(await taken(rest)).toEqual({ imported: 0, unchanged: 6 });
    expect(await rowCounts(world.settings)).toEqual(before);
  });

  it("adds what is missing to what is here, and leaves what was changed here", async () => {
    await taken(pastOf("d"));
    const runId = idOf("d1");
    const { id } = await runOf(runId);
    await tracker.done("setRunTags", { runId, set: [{ key: "t", value: "changed here" }] });
    await tracker.done("deleteRun", { runId });
    const more = {
      runId,
      experiment: "exp d",
      status: "FINISHED",
      params: [
        { key: "lr", value: "9" },
        { key: "new", value: "1" },
      ],
      tags: [{ key: "t", value: "1" }],
      metrics: [{ key: "loss", value: 0, step: 9, at: at(3) }],
      inputs: [{ name: "data d", digest: "2" }],
    };
    for (const imported of [1, 0])
      expect(await taken({ runs: [more] })).toEqual({ imported, unchanged: 1 - imported });
    expect(await runOf(runId)).toMatchObject({
      status: "FAILED",
      deletedAt: expect.any(String),
      params: [
        { key: "lr", value: "0.1" },
        { key: "new", value: "1" },
      ],
      tags: [{ key: "t", value: "changed here" }],
      metricHistory: { totalCount: 5 },
      inputs: expect.objectContaining({ length: 3 }),
    });
    expect(await tracker.eventsOf(id)).toEqual(["run.created", "run.edited", "run.deleted", "run.edited"]);
  });

  it("ends a run that was still open the time before", async () => {
    const run = { runId: idOf("e1"), experiment: "Default", status: "RUNNING", startedAt: at(1) };
    await taken({ runs: [run] });
    const { id } = await runOf(run.runId);
    const point = { key: "loss", value: 1, at: at(2) };
    expect(await taken({ runs: [{ ...run, metrics: [point] }] })).toMatchObject({ imported: 1 });
    const ended = { ...run, status: "FINISHED", endedAt: at(3), name: "named since", metrics: [point] };
    for (const imported of [1, 0]) expect(await taken({ runs: [ended] })).toMatchObject({ imported });
    expect(await runOf(run.runId)).toMatchObject({ status: "FINISHED", endedAt: at(3), name: "named since" });
    expect(await tracker.eventsOf(id)).toEqual(["run.created", "run.finished"]);
    expect(await taken({ runs: [{ ...run, status: "RUNNING" }] })).toMatchObject({ imported: 0 });
  });

  it("takes a past over once when two bring it at once", async () => {
    for (const mark of ["aa", "bb", "cc"]) {
      const counts = await Promise.all([taken(pastOf(mark)), taken(pastOf(mark))]);
      expect(counts.map(({ imported }) => imported).sort()).toEqual([0, 7]);
      expect(await tracker.eventsOf((await runOf(idOf(`${mark}1`))).id)).toEqual(["run.created"]);
    }
  });

  const run = (more: object) => ({
    runs: [{ runId: idOf("f1"), experiment: "Default", status: "FINISHED", ...more }],
  });
  it.each([
    [run({ runId: "x" }), "INVALID", "runs.0.runId"],
    [run({ experiment: "nowhere" }), "NOT_FOUND", "runs.0.experiment"],
    [run({ parentRunId: idOf("f9") }), "NOT_FOUND", "runs.0.parentRunId"],
    [run({ parentRunId: idOf("f1") }), "INVALID", "runs.0.parentRunId"],
    [run({ commit: { sha: "x" } }), "INVALID", "runs.0.commit.sha"],
    [run({ inputs: [{ name: "d", digest: "" }] }), "INVALID", "runs.0.inputs.0.digest"],
    [run({ tags: [{ key: " ", value: "" }] }), "INVALID", "runs.0.tags.0.key"],
    [run({ metrics: [{ key: "a" }] }), "INVALID", "runs.0.metrics.0"],
    [{ experiments: [{ name: "a\u0000" }] }, "INVALID", "experiments.0.name"],
    [{ commits: [{ sha: "a".repeat(40), parents: ["z"] }] }, "INVALID", "commits.0.parents.0"],
    [
      {
        loggedModels: [
          { modelId: `m-${idOf("f")}`, experiment: "Default", status: "READY", runId: idOf("f9") },
        ],
      },
      "NOT_FOUND",
      "loggedModels.0.runId",
    ],
  ])("refuses a batch whole: %#", async (batch, code, path) => {
    const good = { commits: [{ sha: "9".repeat(40) }] };
    expect(await refusal({ ...good, ...batch })).toMatchObject({
      code,
      path: ["input", "batch", ...path.split(".")],
    });
  });

  it("refuses runs that descend from themselves", async () => {
    const runs = [1, 2, 3].map((n) => ({
      runId: idOf(`ab${n}`),
      experiment: "Default",
      status: "FINISHED",
      parentRunId: idOf(`ab${(n % 3) + 1}`),
    }));
    expect(await refusal({ runs })).toMatchObject({ code: "CONFLICT" });
  });

  it("takes one more statement for each more run, for its edges", async () => {
    const many = (mark: string, count: number) => ({
      runs: Array.from({ length: count }, (_, n) => ({
        runId: idOf(`${mark}${n}f`),
        experiment: "Default",
        status: "FINISHED",
        startedAt: at(1),
        commit: { sha: `${mark}${n % 3}`.padEnd(40, "f") },
        params: [{ key: "n", value: `${n}` }],
        tags: [{ key: "n", value: `${n}` }],
        metrics: [
          { key: "loss", value: n, at: at(1) },
          { key: "auc", value: n, at: at(1) },
        ],
        inputs: [{ name: `many ${mark}`, digest: `${n % 5}` }],
      })),
    });
    const few = await world.statementsOf(() => taken(many("c1", 6)));
    const lots = await world.statementsOf(() => taken(many("c2", 60)));
    const again = await world.statementsOf(() => taken(many("c2", 60)));
    expect(lots.length - few.length).toBeLessThanOrEqual(60 - 6);
    expect(again.length).toBeLessThan(30);
  });
});
