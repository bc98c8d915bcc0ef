import { afterAll, beforeAll, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
});
afterAll(() => world.close());

const counts = "addedNodes addedEdges";
const runId = (digit: string) => digit.repeat(32);

async function head(): Promise<string> {
  return (await world.ask("{ eventHead }")).eventHead;
}

/** A pipeline told after the fact: raw data, features made from it, the run, its commit, a registered version. */
async function pipeline(model: string, run: string) {
  await registry.model(model);
  await registry.version(model);
  return {
    nodes: [
      { ref: "raw", datasetVersion: { name: `${model}-raw`, digest: "r1" } },
      { ref: "features", datasetVersion: { name: `${model}-features`, digest: "f1" } },
      { ref: "run", run: { runId: run, name: "nightly" } },
      { ref: "code", commit: { repository: "r", sha: "c0ffee00c0ffee00" } },
      { ref: "version", modelVersion: `${model}/1` },
    ],
    edges: [
      { from: "raw", to: "features", type: "DATA_DERIVED" },
      { from: "features", to: "run", type: "CONSUMED", role: "train" },
      { from: "code", to: "run", type: "CODE_OF" },
      { from: "run", to: "version", type: "PRODUCED" },
    ],
  };
}

it("takes a subgraph whole: nodes found or made, edges added, and the nouns tell of it", async () => {
  const input = await pipeline("told", runId("a"));
  const payload = await registry.mutate("recordLineage", input, counts);
  expect(payload).toMatchObject({ addedNodes: 4, addedEdges: 4 });
  const { modelVersion } = await world.ask(`{ modelVersion(ref: "told/1") {
    run { runId name status experiment { name } } commit { sha } datasets { role datasetVersion { digest } } } }`);
  expect(modelVersion).toEqual({
    run: { runId: runId("a"), name: "nightly", status: "FINISHED", experiment: { name: "Default" } },
    commit: { sha: "c0ffee00c0ffee00" },
    datasets: [{ role: "train", datasetVersion: { digest: "f1" } }],
  });
});

it("records nothing when the same subgraph comes again", async () => {
  const input = await pipeline("again", runId("b"));
  await registry.mutate("recordLineage", input, counts);
  const before = await head();
  expect(await registry.mutate("recordLineage", input, counts)).toMatchObject({
    addedNodes: 0,
    addedEdges: 0,
  });
  expect(await head()).toBe(before);
});

it("records one event per node that an edge leads into", async () => {
  const input = await pipeline("told-once", runId("c"));
  const before = await head();
  await registry.mutate("recordLineage", input, counts);
  const { registryEvents } = await world.ask(
    `query ($after: EventCursor) { registryEvents(after: $after, first: 50, filter: { types: ["lineage.recorded"] }) {
      nodes { groupSeq subject { __typename } payload } } }`,
    { after: before },
  );
  const subjects = registryEvents.nodes.map(
    (event: { subject: { __typename: string } }) => event.subject.__typename,
  );
  expect(subjects.sort()).toEqual(["DatasetVersion", "ModelVersion", "Run"]);
  expect(new Set(registryEvents.nodes.map((event: { groupSeq: number }) => event.groupSeq)).size).toBe(1);
});

it("takes all of it or nothing", async () => {
  const { nodes, edges } = await pipeline("whole", runId("d"));
  const missing = [...nodes, { ref: "lost", modelVersion: "whole/99" }];
  const before = await head();
  const refusal = await registry.refusal("recordLineage", { nodes: missing, edges });
  expect(refusal).toMatchObject({ code: "NOT_FOUND", path: ["input", "nodes", "5", "modelVersion"] });
  expect(await head()).toBe(before);
  expect(await world.ask(`{ run(runId: "${runId("d")}") { id } }`)).toEqual({ run: null });
});

it.each([
  [
    "two things in one node",
    { nodes: [{ ref: "x", modelVersion: "a/1", commit: { sha: "c0ffee1" } }], edges: [] },
    "nodes.0",
  ],
  ["nothing in a node", { nodes: [{ ref: "x" }], edges: [] }, "nodes.0"],
  ["no nodes", { nodes: [], edges: [] }, "nodes"],
  [
    "a ref given twice",
    {
      nodes: [
        { ref: "x", commit: { sha: "c0ffee1" } },
        { ref: "x", commit: { sha: "c0ffee2" } },
      ],
      edges: [],
    },
    "nodes.1.ref",
  ],
  [
    "an edge from nowhere",
    {
      nodes: [{ ref: "x", commit: { sha: "c0ffee1" } }],
      edges: [{ from: "y", to: "x", type: "PARENT_COMMIT" }],
    },
    "edges.0.from",
  ],
  [
    "an edge between kinds that it does not join",
    {
      nodes: [
        { ref: "x", commit: { sha: "c0ffee1" } },
        { ref: "y", datasetVersion: { name: "d", digest: "1" } },
      ],
      edges: [{ from: "x", to: "y", type: "CONSUMED" }],
    },
    "edges.0.from",
  ],
])("refuses %s and names the field", async (_what, input, field) => {
  const refusal = await registry.refusal("recordLineage", input);
  expect(refusal.code).toBe("INVALID");
  expect(refusal.path?.join(".")).toBe(`input.${field}`);
});

it("never changes what is on record: a version that has a run keeps it", async () => {
  await registry.mutate("recordLineage", await pipeline("kept", runId("e")), counts);
  const refusal = await registry.refusal("recordLineage", {
    nodes: [
      { ref: "run", run: { runId: runId("f") } },
      { ref: "version", modelVersion: "kept/1" },
    ],
    edges: [{ from: "run", to: "version", type: "PRODUCED" }],
  });
  expect(refusal.code).toBe("CONFLICT");
});

const derivation = (from: string, to: string) => ({
  nodes: [
    { ref: "from", modelVersion: from },
    { ref: "to", modelVersion: to },
  ],
  edges: [{ from: "from", to: "to", type: "DERIVED", role: "finetune" }],
});

it("refuses circular parents, a version that is its own parent included", async () => {
  await registry.model("circle");
  for (let number = 1; number <= 3; number++) await registry.version("circle");
  await registry.mutate("recordLineage", derivation("circle/1", "circle/2"), counts);
  await registry.mutate("recordLineage", derivation("circle/2", "circle/3"), counts);
  const closed = await registry.refusal("recordLineage", derivation("circle/3", "circle/1"));
  expect(closed).toMatchObject({ code: "CONFLICT" });
  expect(closed.message).toContain("ring");
  expect((await registry.refusal("recordLineage", derivation("circle/1", "circle/1"))).code).toBe("CONFLICT");
});

it("refuses one of two edges that would close a ring at the same moment", async () => {
  for (let round = 0; round < 10; round++) {
    const [a, b] = [`rival-${round}-a`, `rival-${round}-b`];
    await registry.model(a);
    await registry.model(b);
    await registry.version(a);
    await registry.version(b);
    const outcomes = await Promise.all([
      registry.attempt("recordLineage", derivation(`${a}/1`, `${b}/1`), counts),
      registry.attempt("recordLineage", derivation(`${b}/1`, `${a}/1`), counts),
    ]);
    expect(outcomes.map(({ addedEdges }) => addedEdges).sort()).toEqual([0, 1]);
    const codes = outcomes.flatMap(({ userErrors }) =>
      userErrors.map((error: { code: string }) => error.code),
    );
    expect(codes).toEqual(["CONFLICT"]);
  }
});
