import { beforeAll, describe, expect, it } from "vitest";
import { inLanes } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { type Tracker, trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let tracker: Tracker;

beforeAll(async () => {
  world = await startWorld();
  tracker = trackerOf(world);
  return world.close;
});

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const seen = `query ($runId: String!) { run(runId: $runId) { updatedAt
  params { key value } tags { key value } metrics { key value special step at dataset split slice } } }`;
const factsOf = async (runId: string) => (await world.ask(seen, { runId })).run;
const history = `query ($runId: String!, $key: String!, $first: Int, $after: String, $split: String) {
  run(runId: $runId) { metricHistory(key: $key, first: $first, after: $after, split: $split) {
    totalCount pageInfo { hasNextPage endCursor } nodes { key value special step at split } } } }`;
const historyOf = async (variables: object) =>
  (await world.ask(history, variables as Record<string, unknown>)).run.metricHistory;

describe("logRun", () => {
  it("logs without an event while the run is open, and with one afterwards", async () => {
    const { id, runId } = await tracker.run();
    const log = (value: string) => ({
      runId,
      params: [{ key: `param ${value}`, value }],
      tags: [{ key: "tag", value }],
      metrics: [{ key: "auc", value: Number(value), step: Number(value), at: at(0) }],
    });
    await tracker.done("logRun", log("1"));
    await tracker.done("setRunTags", { runId, set: [{ key: "other", value: "x" }] });
    expect(await tracker.eventsOf(id)).toEqual(["run.created"]);
    await tracker.done("finishRun", { runId });
    await tracker.done("logRun", log("2"));
    await tracker.done("logRun", log("2"));
    await tracker.done("setRunTags", { runId, delete: ["other", "absent"] });
    await tracker.done("setRunTags", { runId, delete: ["other"] });
    expect(await tracker.eventsOf(id)).toEqual(["run.created", "run.finished", "run.edited", "run.edited"]);
    expect(await factsOf(runId)).toMatchObject({
      params: [
        { key: "param 1", value: "1" },
        { key: "param 2", value: "2" },
      ],
      tags: [{ key: "tag", value: "2" }],
      metrics: [{ key: "auc", value: 2, step: 2 }],
    });
  });

  it("tells of data at any time, once", async () => {
    const { id, runId } = await tracker.run();
    const datasets = [{ name: "told", digest: "d", role: "train" }];
    for (const _ of [1, 2]) await tracker.done("logRun", { runId, datasets });
    await tracker.done("finishRun", { runId });
    await tracker.done("logRun", { runId, datasets });
    await tracker.done("logRun", { runId, datasets: [{ name: "told", digest: "d", role: "test" }] });
    expect(await tracker.eventsOf(id)).toEqual([
      "run.created",
      "run.inputs_recorded",
      "run.finished",
      "run.edited",
    ]);
  });

  it("never changes a param, and writes nothing of a log that tries", async () => {
    const { runId } = await tracker.run({ params: [{ key: "lr", value: "0.1" }] });
    const before = await rowCounts(world.settings);
    const input = {
      runId,
      params: [
        { key: "fresh", value: "1" },
        { key: "lr", value: "0.2" },
      ],
      metrics: [{ key: "auc", value: 1 }],
      datasets: [{ name: "unwritten", digest: "d" }],
    };
    expect(await tracker.refusal("logRun", input)).toMatchObject({
      code: "CONFLICT",
      message: 'params: lr is "0.1" already and cannot change',
    });
    expect(await rowCounts(world.settings)).toEqual(before);
    await tracker.done("logRun", { runId, params: [{ key: "lr", value: "0.1" }] });
  });

  it("keeps NaN and infinities apart from numbers, and the latest of each series", async () => {
    const { runId } = await tracker.run();
    const metrics = [
      { key: "nan", special: "NAN", at: at(1) },
      { key: "up", special: "POSITIVE_INFINITY", at: at(1) },
      { key: "down", special: "NEGATIVE_INFINITY", at: at(1) },
      { key: "zero", value: -0, at: at(1) },
      { key: "tiny", value: 5e-324, at: at(1) },
      { key: "huge", value: -1.7976931348623157e308, at: at(1) },
      { key: "third", value: 1 / 3, at: at(1) },
      { key: "far", value: 1, step: 9007199254740991, at: at(1) },
      { key: "auc", value: 0.9, step: 2, at: at(1) },
      { key: "auc", value: 0.8, step: 3, at: at(0) },
      { key: "auc", value: 0.7, step: 1, at: at(9) },
      { key: "auc", value: 0.5, split: "test", dataset: "d", slice: "age<25", at: at(1) },
      { key: "tie", special: "NAN", at: at(1) },
      { key: "tie", value: 1, at: at(1) },
      { key: "tie", value: 2, at: at(1) },
    ];
    await tracker.done("logRun", { runId, metrics });
    const latest = (await factsOf(runId)).metrics;
    expect(
      latest.map(({ key, value, special, step }: Record<string, unknown>) => [key, value, special, step]),
    ).toEqual([
      ["auc", 0.8, null, 3],
      ["auc", 0.5, null, 0],
      ["down", null, "NEGATIVE_INFINITY", 0],
      ["far", 1, null, 9007199254740991],
      ["huge", -1.7976931348623157e308, null, 0],
      ["nan", null, "NAN", 0],
      ["third", 1 / 3, null, 0],
      ["tie", 2, null, 0],
      ["tiny", 5e-324, null, 0],
      ["up", null, "POSITIVE_INFINITY", 0],
      ["zero", 0, null, 0],
    ]);
    expect(latest[0]).toMatchObject({ dataset: null, split: null, slice: null });
    expect(latest[1]).toMatchObject({ dataset: "d", split: "test", slice: "age<25" });
  });

  it.each([
    [{ metrics: [{ key: "a" }] }, "INVALID", "metrics.0"],
    [{ metrics: [{ key: "a", value: 1, special: "NAN" }] }, "INVALID", "metrics.0"],
    [{ metrics: [{ key: " a", value: 1 }] }, "INVALID", "metrics.0.key"],
    [{ metrics: [{ key: "x".repeat(256), value: 1 }] }, "INVALID", "metrics.0.key"],
    [{ metrics: [{ key: "a", value: 1, split: "x".repeat(65) }] }, "INVALID", "metrics.0.split"],
    [{ metrics: Array.from({ length: 1_001 }, () => ({ key: "a", value: 1 })) }, "LIMIT", "metrics"],
    [{ params: Array.from({ length: 1_001 }, (_, i) => ({ key: `${i}`, value: "" })) }, "LIMIT", "params"],
    [{ tags: [{ key: "a", value: "x".repeat(100_001) }] }, "INVALID", "tags.0.value"],
    [{ tags: [{ key: "a\u0000", value: "" }] }, "INVALID", "tags.0.key"],
  ])("refuses %#", async (input, code, path) => {
    const { runId } = await tracker.run();
    expect(await tracker.refusal("logRun", { runId, ...input })).toMatchObject({
      code,
      path: ["input", ...path.split(".")],
    });
  });

  it("keeps every point that sixteen writers log at once", async () => {
    const { runId } = await tracker.run();
    await inLanes(16, 64, (index) =>
      tracker.done("logRun", {
        runId,
        metrics: [0, 1].map((n) => ({ key: `loss ${n}`, value: index, step: index })),
      }),
    );
    expect((await factsOf(runId)).metrics).toMatchObject([
      { key: "loss 0", step: 63 },
      { key: "loss 1", step: 63 },
    ]);
    expect((await historyOf({ runId, key: "loss 1" })).totalCount).toBe(64);
  });

  it("takes as many statements for forty series as for two", async () => {
    const { runId } = await tracker.run();
    const log = (step: number) => (count: number) => () =>
      tracker.done("logRun", {
        runId,
        metrics: Array.from({ length: count }, (_, n) => ({ key: `m${n}`, value: n, step })),
      });
    await log(0)(40)();
    const few = await world.statementsOf(log(1)(2));
    const many = await world.statementsOf(log(2)(40));
    expect(many.length).toBe(few.length);
  });
});

describe("metricHistory", () => {
  it("pages through a series by step, time and value; a point told twice is there once", async () => {
    const { runId } = await tracker.run();
    const metrics = Array.from({ length: 1_000 }, (_, n) => ({
      key: "loss",
      value: n % 7,
      step: 999 - n,
      at: at(0),
    }));
    for (const _ of [1, 2]) await tracker.done("logRun", { runId, metrics });
    await tracker.done("logRun", {
      runId,
      metrics: [{ key: "loss", value: 1, step: -5, at: at(0), split: "test" }],
    });
    const whole = await historyOf({ runId, key: "loss", first: 1_000 });
    expect(whole).toMatchObject({ totalCount: 1_001, pageInfo: { hasNextPage: true } });
    const steps: number[] = [];
    for (let after: string | null = null; ; ) {
      const page = await historyOf({ runId, key: "loss", first: 300, after });
      steps.push(...page.nodes.map(({ step }: { step: number }) => step));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(steps).toEqual([-5, ...Array.from({ length: 1_000 }, (_, n) => n)]);
    expect(await historyOf({ runId, key: "loss", split: "test" })).toMatchObject({
      totalCount: 1,
      nodes: [{ step: -5, split: "test" }],
    });
  });

  it("is empty for a metric that is not there, and refuses other page sizes and foreign cursors", async () => {
    const { runId } = await tracker.run();
    for (const key of ["none", "no\u0000ne", "x".repeat(10_000), ""]) {
      expect(await historyOf({ runId, key })).toMatchObject({ totalCount: 0, nodes: [] });
    }
    for (const variables of [{ first: 0 }, { first: -1 }, { first: 1_001 }, { after: "x" }]) {
      const { errors } = await world.graphql(history, { runId, key: "a", ...variables });
      expect(errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
    }
  });
});
