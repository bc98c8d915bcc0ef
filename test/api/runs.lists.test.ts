import { beforeAll, describe, expect, it } from "vitest";
import { type Tracker, trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let tracker: Tracker;

const day = (n: number) => new Date(Date.UTC(2026, 0, n)).toISOString();

/** Runs a … h of experiment `listed`; h is nested in a, g is deleted. */
const listed: Record<string, object> = {
  a: { startedAt: day(3), auc: { value: 0.5 }, lr: "0.1" },
  b: { startedAt: day(1), auc: { value: 0.9 }, lr: "0.2" },
  c: { startedAt: day(2), auc: { special: "NAN" }, lr: "0.1" },
  d: { status: "SCHEDULED", auc: { special: "POSITIVE_INFINITY" } },
  e: { startedAt: day(5), auc: { special: "NEGATIVE_INFINITY" } },
  f: { startedAt: day(4) },
  g: { startedAt: day(6), auc: { value: 0.7 } },
  h: { startedAt: day(2), auc: { value: -1 } },
};

beforeAll(async () => {
  world = await startWorld();
  tracker = trackerOf(world);
  await tracker.done("createExperiment", { name: "listed" });
  const runIds: Record<string, string> = {};
  for (const [name, { auc, lr, ...input }] of Object.entries(listed) as [string, Record<string, object>][]) {
    const { runId } = await tracker.run({
      experiment: "listed",
      name,
      ...input,
      parentRunId: name === "h" ? runIds.a : null,
      attributedTo: name < "d" ? "Ada" : null,
      tags: [{ key: "team", value: name < "c" ? "risk" : "growth" }],
      params: lr ? [{ key: "lr", value: lr }] : [],
      datasets: name < "c" ? [{ name: "loans", digest: "1" }] : [],
      commit: name < "c" ? { sha: "c0ffee".padEnd(40, "0") } : null,
    });
    runIds[name] = runId;
    if (auc) await tracker.done("logRun", { runId, metrics: [{ key: "auc", ...auc }] });
  }
  await tracker.done("logRun", { runId: runIds.a, metrics: [{ key: "auc", value: 0.8, split: "test" }] });
  await tracker.done("finishRun", { runId: runIds.b, endedAt: day(9) });
  await tracker.done("finishRun", { runId: runIds.a, endedAt: day(8), status: "FAILED" });
  await tracker.done("deleteRun", { runId: runIds.g });
  return world.close;
});

const question = `query ($filter: RunFilter, $orderBy: RunOrder, $first: Int, $after: String, $last: Int, $before: String) {
  runs(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { name } } }`;
const page = async (variables: object) =>
  (await world.ask(question, variables as Record<string, unknown>)).runs;
const nameOf = ({ name }: { name: string }) => name;
const names = async (variables: object) => (await page(variables)).nodes.map(nameOf).join("");

describe("runs are filtered", () => {
  it.each([
    [{ status: ["FAILED", "SCHEDULED"] }, "ad"],
    [{ status: [] }, ""],
    [{ name: { in: ["a", "f", "zz"] } }, "af"],
    [{ experiment: { eq: "Default" } }, ""],
    [{ experiment: { startsWith: "list" }, name: { eq: "e" } }, "e"],
    [{ tag: { key: "team", value: { eq: "risk" } } }, "ab"],
    [{ tag: { key: "absent" } }, ""],
    [{ param: { key: "lr", value: { eq: "0.1" } } }, "ac"],
    [{ metric: { key: "auc" } }, "abcdeh"],
    [{ metric: { key: "auc", value: { gt: 0 } } }, "ab"],
    [{ metric: { key: "auc", split: "test", value: { gte: 0.8 } } }, "a"],
    [{ not: { metric: { key: "auc", value: { gt: 0 } } } }, "cdefh"],
    [{ attributedTo: { eq: "Ada" } }, "abc"],
    [{ not: { attributedTo: { eq: "Ada" } } }, "defh"],
    [{ dataset: { eq: "loans" } }, "ab"],
    [{ commit: { startsWith: "c0ffee" } }, "ab"],
    [{ startedAt: { gte: day(3), lt: day(5) } }, "af"],
    [{ endedAt: { gt: day(8) } }, "b"],
    [{ hasParent: true }, "h"],
    [{ hasParent: false }, "abcdef"],
    [{ includeDeleted: true, name: { eq: "g" } }, "g"],
    [{ or: [{ name: { eq: "a" } }, { and: [{ hasParent: true }, { not: { name: { eq: "x" } } }] }] }, "ah"],
    [{ or: [] }, ""],
    [{ name: { eq: "a " } }, ""],
    [{ name: { contains: "\u0000" } }, ""],
  ])("%#", async (filter, expected) => {
    const variables = { filter, orderBy: { field: "NAME" } };
    expect(await names(variables)).toBe(expected);
    expect((await page(variables)).totalCount).toBe(expected.length);
  });
});

describe("runs are sorted", () => {
  it.each([
    [null, "efachbd"],
    [{ field: "STARTED_AT" }, "bchafed"],
    [{ field: "STARTED_AT", direction: "DESC" }, "efahcbd"],
    [{ field: "ENDED_AT" }, "abcdefh"],
    [{ field: "NAME", direction: "DESC" }, "hfedcba"],
    [{ field: "CREATED_AT" }, "abcdefh"],
    [{ field: "METRIC", metric: "auc" }, "ehabdcf"],
    [{ field: "METRIC", metric: "auc", direction: "DESC" }, "dbahefc"],
    [{ field: "METRIC", metric: "none" }, "abcdefh"],
  ])("by %j, and paged alike in either direction", async (orderBy, order) => {
    const expected = orderBy === null ? "efahcbd" : order;
    expect(await names({ orderBy })).toBe(expected);
    for (const size of [1, 3]) {
      let forward = "";
      for (let after: string | null = null, more = true; more; ) {
        const { nodes, pageInfo } = await page({ orderBy, first: size, after });
        forward += nodes.map(nameOf).join("");
        [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
      }
      let backward = "";
      for (let before: string | null = null, more = true; more; ) {
        const { nodes, pageInfo } = await page({ orderBy, last: size, before });
        backward = nodes.map(nameOf).join("") + backward;
        [before, more] = [pageInfo.startCursor, pageInfo.hasPreviousPage];
      }
      expect([forward, backward]).toEqual([expected, expected]);
    }
  });

  it("refuses a metric without a key, and a cursor of another order or metric", async () => {
    const codeOf = async (variables: object) =>
      (await world.graphql(question, variables as Record<string, unknown>)).errors?.[0]?.extensions.code;
    expect(await codeOf({ orderBy: { field: "METRIC" } })).toBe("BAD_USER_INPUT");
    const { pageInfo } = await page({ orderBy: { field: "METRIC", metric: "auc" }, first: 1 });
    const after = pageInfo.endCursor;
    expect(await codeOf({ orderBy: { field: "METRIC", metric: "loss" }, after })).toBe("BAD_USER_INPUT");
    expect(await codeOf({ orderBy: { field: "NAME" }, after })).toBe("BAD_USER_INPUT");
    for (const size of [0, -1, 101]) expect(await codeOf({ first: size })).toBe("BAD_USER_INPUT");
  });
});

it("answers a page of runs with all that hangs on them by a fixed number of statements", async () => {
  const nested = `query ($filter: RunFilter) { runs(filter: $filter) { totalCount nodes {
    runId experiment { name tags { key } runs(first: 2) { nodes { name } totalCount } } startedBy { name }
    params { key } tags { key } metrics { key value } metricHistory(key: "auc") { nodes { value } totalCount }
    inputs { role datasetVersion { digest dataset { name versions(first: 1) { nodes { digest } } } usedBy(first: 2) { nodes { name } } } }
    commit { sha parents { sha } } parent { name } children { nodes { name } totalCount } loggedModels { name params { key } } } } }`;
  const statements = (filter: object) => world.statementsOf(() => world.ask(nested, { filter }));
  const few = await statements({ name: { in: ["a", "h"] } });
  const many = await statements({});
  expect(many.length).toBe(few.length);
  expect(many.length).toBeLessThanOrEqual(25);
});
