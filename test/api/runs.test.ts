import { beforeAll, describe, expect, it } from "vitest";
import { inLanes } from "../support/registry.ts";
import { type Tracker, trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let tracker: Tracker & ReturnType<typeof trackerOf>;

beforeAll(async () => {
  world = await startWorld();
  tracker = trackerOf(world);
  return world.close;
});

const hex = (digit: string) => digit.repeat(32);
const found = `query ($runId: String!) { run(runId: $runId) {
  id runId name status startedAt endedAt deletedAt attributedTo entryPoint startedBy { name }
  experiment { name experimentId } params { key value } tags { key value }
  metrics { key value special step at dataset split slice }
  inputs { role isInferred datasetVersion { digest dataset { name } } }
  commit { sha } parent { runId } children { nodes { runId } } loggedModels { modelId } } }`;
const runOf = async (runId: string) => (await world.ask(found, { runId })).run;

describe("createRun", () => {
  it("mints a run id, and belongs to the default experiment", async () => {
    const { id, runId } = await tracker.run();
    expect(runId).toMatch(/^[0-9a-f]{32}$/);
    const run = await runOf(runId);
    expect(run).toMatchObject({
      id,
      status: "RUNNING",
      startedBy: { name: "administrator" },
      experiment: { name: "Default", experimentId: "0" },
      endedAt: null,
      parent: null,
      commit: null,
    });
    expect(run.startedAt).not.toBeNull();
    expect(await runOf(id)).toEqual(run);
    expect(await tracker.eventsOf(id)).toEqual(["run.created"]);
  });

  it("takes everything that is known at the start", async () => {
    await tracker.done("createExperiment", { name: "whole" });
    const parent = await tracker.run();
    const run = await tracker.run({
      experiment: "whole",
      name: "🦊 first try",
      runId: hex("a"),
      parentRunId: parent.id,
      entryPoint: "python train.py",
      attributedTo: "Ada",
      startedAt: "2026-01-02T03:04:05.678Z",
      commit: { sha: "a".repeat(40), repository: "git@example.com:a.git", branch: "main" },
      datasets: [
        { name: "train", digest: "d1", role: "train" },
        { name: "train", digest: "d1", role: "validation" },
      ],
      params: [{ key: "lr", value: "0.1" }],
      tags: [{ key: "team", value: "risk" }],
    });
    expect(await runOf(hex("a"))).toMatchObject({
      id: run.id,
      name: "🦊 first try",
      startedAt: "2026-01-02T03:04:05.678Z",
      attributedTo: "Ada",
      entryPoint: "python train.py",
      experiment: { name: "whole" },
      params: [{ key: "lr", value: "0.1" }],
      tags: [{ key: "team", value: "risk" }],
      inputs: [
        { role: "train", isInferred: false, datasetVersion: { digest: "d1", dataset: { name: "train" } } },
        { role: "validation" },
      ],
      commit: { sha: "a".repeat(40) },
      parent: { runId: parent.runId },
    });
    expect((await runOf(parent.runId)).children.nodes).toEqual([{ runId: hex("a") }]);
    expect(await tracker.eventsOf(run.id)).toEqual(["run.created"]);
  });

  it("refuses a run id that is taken, also by one of sixteen rivals", async () => {
    const attempts = await inLanes(16, 16, () => tracker.attempt("createRun", { runId: hex("b") }));
    const codes = attempts.flatMap(({ userErrors }) => userErrors.map(({ code }: { code: string }) => code));
    expect(codes).toEqual(Array(15).fill("ALREADY_EXISTS"));
    await tracker.done("deleteRun", { runId: hex("b") });
    expect(await tracker.refusal("createRun", { runId: hex("b") })).toMatchObject({ code: "ALREADY_EXISTS" });
  });

  it("answers the same run under the same idempotency key", async () => {
    const input = { name: "once", idempotencyKey: "create once" };
    expect((await tracker.run(input)).runId).toBe((await tracker.run(input)).runId);
  });

  it.each([
    [{ runId: "A".repeat(32) }, "INVALID", "runId"],
    [{ runId: "abc" }, "INVALID", "runId"],
    [{ runId: `${"a".repeat(31)}\u0000` }, "INVALID", "runId"],
    [{ experiment: "nowhere" }, "NOT_FOUND", "experiment"],
    [{ experiment: "Default " }, "NOT_FOUND", "experiment"],
    [{ experiment: "De\u0000fault" }, "NOT_FOUND", "experiment"],
    [{ experiment: "exp_999999" }, "NOT_FOUND", "experiment"],
    [{ parentRunId: hex("9") }, "NOT_FOUND", "parentRunId"],
    [{ parentRunId: "run_999999" }, "NOT_FOUND", "parentRunId"],
    [{ parentRunId: "mdl_1" }, "NOT_FOUND", "parentRunId"],
    [{ name: " x" }, "INVALID", "name"],
    [{ name: "x".repeat(10_000) }, "INVALID", "name"],
    [{ name: "a\u0000b" }, "INVALID", "name"],
    [{ entryPoint: "x".repeat(16_001) }, "INVALID", "entryPoint"],
    [{ status: "FINISHED" }, "INVALID", "status"],
    [{ commit: { sha: "123456" } }, "INVALID", "commit.sha"],
    [{ commit: { sha: "not-hex-at-all" } }, "INVALID", "commit.sha"],
    [{ datasets: [{ name: "a", digest: " " }] }, "INVALID", "datasets.0.digest"],
    [{ datasets: [{ name: "a", digest: "b", role: "x".repeat(65) }] }, "INVALID", "datasets.0.role"],
    [
      { datasets: Array.from({ length: 101 }, (_, i) => ({ name: "a", digest: `${i}` })) },
      "LIMIT",
      "datasets",
    ],
    [{ params: [{ key: "", value: "" }] }, "INVALID", "params.0.key"],
    [{ params: [{ key: "a", value: "x".repeat(6_001) }] }, "INVALID", "params.0.value"],
  ])("refuses %#", async (input, code, path) => {
    expect(await tracker.refusal("createRun", input)).toMatchObject({
      code,
      path: ["input", ...path.split(".")],
    });
  });
});

describe("finishRun", () => {
  it("ends a run with one event that fixes what it logged, however often it is said", async () => {
    const { id, runId } = await tracker.run({ startedAt: "2026-01-01T00:00:00.000Z" });
    await tracker.done("logRun", { runId, params: [{ key: "a", value: "1" }] });
    await tracker.done("logRun", {
      runId,
      metrics: [1, 2].map((step) => ({ key: "loss", value: 1 / step, step })),
    });
    const input = { runId, status: "FAILED", endedAt: "2026-01-01T01:00:00.000Z" };
    const run = await tracker.done("finishRun", input);
    expect(run).toMatchObject({ status: "FAILED", endedAt: "2026-01-01T01:00:00.000Z" });
    await tracker.done("finishRun", { runId, status: "FAILED" });
    expect(await tracker.eventsOf(id)).toEqual(["run.created", "run.finished"]);
    const { registryEvents } = await world.ask(
      `query ($id: ID!) { registryEvents(after: "start", filter: { subject: $id, types: ["run.finished"] }) { nodes { payload } } }`,
      { id },
    );
    expect(registryEvents.nodes[0].payload).toMatchObject({
      status: "FAILED",
      paramCount: 1,
      metricCount: 1,
      pointCount: 2,
      tagCount: 0,
      factsDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("refuses another end, an end before the start, and what is no end", async () => {
    const { runId } = await tracker.run({ startedAt: "2026-01-01T00:00:00.000Z" });
    const early = { runId, endedAt: "2025-12-31T23:59:59.999Z" };
    expect(await tracker.refusal("finishRun", early)).toMatchObject({ code: "INVALID" });
    expect(await tracker.refusal("finishRun", { runId, status: "RUNNING" })).toMatchObject({
      code: "INVALID",
      path: ["input", "status"],
    });
    await tracker.done("finishRun", { runId });
    expect(await tracker.refusal("finishRun", { runId, status: "KILLED" })).toMatchObject({
      code: "CONFLICT",
    });
    expect(await tracker.refusal("finishRun", { runId: hex("9") })).toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("a deleted run", () => {
  it("leaves the lists, is still found by its id, takes nothing more, and comes back", async () => {
    const { id, runId } = await tracker.run({ name: "to delete" });
    const child = await tracker.run({ parentRunId: runId });
    const listed = async (more: string) => {
      const { runs } = await world.ask(
        `{ runs(filter: { name: { eq: "to delete" }${more} }) { totalCount nodes { runId } } }`,
      );
      return runs.totalCount;
    };
    for (const _ of [1, 2]) await tracker.done("deleteRun", { runId });
    expect(await listed("")).toBe(0);
    expect(await listed(", includeDeleted: true")).toBe(1);
    expect((await runOf(runId)).deletedAt).not.toBeNull();
    expect((await runOf(child.runId)).parent).toEqual({ runId });
    for (const [mutation, input] of [
      ["logRun", { runId, tags: [{ key: "a", value: "b" }] }],
      ["finishRun", { runId }],
      ["setRunTags", { runId, set: [] }],
      ["createRun", { parentRunId: runId }],
    ] as const) {
      expect(await tracker.refusal(mutation, input)).toMatchObject({ code: "CONFLICT" });
    }
    for (const _ of [1, 2]) await tracker.done("restoreRun", { runId });
    expect(await listed("")).toBe(1);
    expect(await tracker.eventsOf(id)).toEqual(["run.created", "run.deleted", "run.restored"]);
  });
});

it("answers each mutation of one document with the run as it is then", async () => {
  const { runId } = await tracker.run();
  const answer = "run { status endedAt children { totalCount } tags { key } }";
  const data = await world.ask(
    `mutation ($runId: String!) {
      tagged: setRunTags(input: { runId: $runId, set: [{ key: "a", value: "1" }] }) { ${answer} }
      child: createRun(input: { parentRunId: $runId }) { run { parent { status children { totalCount } } } }
      finished: finishRun(input: { runId: $runId }) { ${answer} }
      untagged: setRunTags(input: { runId: $runId, delete: ["a"] }) { ${answer} } }`,
    { runId },
  );
  expect(data).toMatchObject({
    tagged: { run: { status: "RUNNING", children: { totalCount: 0 }, tags: [{ key: "a" }] } },
    child: { run: { parent: { status: "RUNNING", children: { totalCount: 1 } } } },
    finished: { run: { status: "FINISHED", children: { totalCount: 1 }, tags: [{ key: "a" }] } },
    untagged: { run: { status: "FINISHED", tags: [] } },
  });
});

it("is null for what is no run, whatever is asked", async () => {
  for (const runId of ["", " ", hex("9"), "run_999999", "mdl_1", "x".repeat(10_000), "a\u0000b", "🦊"]) {
    expect(await runOf(runId)).toBeNull();
  }
});
