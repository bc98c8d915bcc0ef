import { beforeAll, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let now = Date.UTC(2026, 0, 1);

beforeAll(async () => {
  world = await startWorld({ clock: () => now });
  registry = registryOf(world);
  return world.close;
});

const hex = (digit: string) => digit.repeat(32);
const instant = () => new Date(now).toISOString();

/** One edge between two nodes. */
const joining = (from: object, to: object, type: string, role?: string) => ({
  nodes: [
    { ref: "from", ...from },
    { ref: "to", ...to },
  ],
  edges: [{ from: "from", to: "to", type, role }],
});

async function payloadsOf(id: string) {
  const { registryEvents } = await world.ask(
    `query ($id: ID!) { registryEvents(after: "start", first: 100, filter: { subject: $id, types: ["lineage.recorded"] }) { nodes { payload } } }`,
    { id },
  );
  return registryEvents.nodes.map(({ payload }: { payload: unknown }) => payload);
}

it("moves revision, time and evidence of a version that is given a run, so that one who saw it before is told", async () => {
  await registry.model("given");
  await registry.version("given");
  const seen = `{ modelVersion(ref: "given/1") { revision updatedAt evidenceDigest model { updatedAt } } }`;
  const before = (await world.ask(seen)).modelVersion;
  now += 1_000;
  const input = joining({ run: { runId: hex("a") } }, { modelVersion: "given/1" }, "PRODUCED");
  await registry.mutate("recordLineage", input);
  const after = (await world.ask(seen)).modelVersion;
  expect(after).toMatchObject({ revision: 2, updatedAt: instant(), model: { updatedAt: instant() } });
  expect(after.evidenceDigest).not.toBe(before.evidenceDigest);
  const stale = { version: "given/1", description: "d", expectedRevision: before.revision };
  expect(await registry.refusal("updateModelVersion", stale)).toMatchObject({
    code: "CONFLICT",
    path: ["input", "expectedRevision"],
  });
  now += 1_000;
  await registry.mutate("recordLineage", input);
  expect((await world.ask(seen)).modelVersion).toEqual(after);
});

it("moves the time of runs and logged models that an edge leads into", async () => {
  const tracker = trackerOf(world);
  const { runId } = await tracker.run();
  const { modelId } = await tracker.done("createLoggedModel", {});
  now += 1_000;
  await registry.mutate(
    "recordLineage",
    joining({ commit: { sha: "c0ffee1" } }, { run: { runId } }, "CODE_OF"),
  );
  const source = { run: { runId: hex("b") } };
  await registry.mutate("recordLineage", joining(source, { loggedModel: modelId }, "PRODUCED"));
  const found = await world.ask(
    `query ($runId: String!, $modelId: String!) { run(runId: $runId) { updatedAt } loggedModel(modelId: $modelId) { updatedAt run { runId } } }`,
    { runId, modelId },
  );
  expect(found).toEqual({
    run: { updatedAt: instant() },
    loggedModel: { updatedAt: instant(), run: { runId: hex("b") } },
  });
});

it("takes an edge that is there in another role, too: it leads to the same run", async () => {
  await registry.model("roles");
  await registry.version("roles");
  const from = { run: { runId: hex("c") } };
  for (const role of [undefined, "x"]) {
    const input = joining(from, { modelVersion: "roles/1" }, "PRODUCED", role);
    expect(await registry.mutate("recordLineage", input)).toMatchObject({ addedEdges: 1 });
  }
  const other = joining({ run: { runId: hex("d") } }, { modelVersion: "roles/1" }, "PRODUCED", "x");
  expect((await registry.refusal("recordLineage", other)).code).toBe("CONFLICT");
});

it.each([
  ["long roles", 100, "🦊".repeat(61)],
  ["many edges", 101, ""],
])("tells %s by count and digest", async (_, count, role) => {
  const own = `by digest ${count}`;
  await registry.model(own);
  const { id } = await registry.version(own);
  const nodes = Array.from({ length: count }, (_, at) => ({
    ref: `d${at}`,
    datasetVersion: { name: own, digest: `${at}` },
  }));
  const edges = nodes.map(({ ref }, at) => ({
    from: ref,
    to: "version",
    type: "CONSUMED",
    role: `${role}${at}`,
  }));
  const input = { nodes: [...nodes, { ref: "version", modelVersion: id }], edges };
  expect(await registry.mutate("recordLineage", input)).toMatchObject({ addedEdges: count });
  expect(await payloadsOf(id)).toEqual([
    { edgesCount: count, edgesDigest: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ]);
});

it("takes two thousand edges into one version, of the longest roles", async () => {
  await registry.model("widest");
  const { id } = await registry.version("widest");
  const nodes = Array.from({ length: 999 }, (_, at) => ({
    ref: `d${at}`,
    datasetVersion: { name: "widest", digest: `${at}` },
  }));
  const edges = ["a", "b"].flatMap((mark) =>
    nodes.map(({ ref }) => ({ from: ref, to: "v", type: "CONSUMED", role: `${"🦊".repeat(63)}${mark}` })),
  );
  const input = { nodes: [...nodes, { ref: "v", modelVersion: id }], edges };
  expect(await registry.mutate("recordLineage", input)).toMatchObject({ addedEdges: 1_998 });
});

it("locks the runs and logged models that will change before the graph, and no others", async () => {
  const tracker = trackerOf(world);
  const { runId } = await tracker.run();
  const { modelId } = await tracker.done("createLoggedModel", {});
  const statements = await world.statementsOf(() =>
    registry.mutate("recordLineage", joining({ run: { runId } }, { loggedModel: modelId }, "PRODUCED")),
  );
  const placeOf = (part: string) => statements.findIndex((statement) => statement.includes(part));
  const isLocked = placeOf("SELECT l.id FROM logged_model l");
  expect(isLocked).toBeGreaterThanOrEqual(0);
  expect(isLocked).toBeLessThan(placeOf("FROM graph_lock"));
  expect(placeOf("SELECT r.id FROM run r")).toBe(-1);
  const more = await world.statementsOf(() =>
    registry.mutate("recordLineage", joining({ commit: { sha: "c0ffee2" } }, { run: { runId } }, "CODE_OF")),
  );
  const at = more.findIndex((statement) => statement.includes("SELECT r.id FROM run r"));
  expect(at).toBeGreaterThanOrEqual(0);
  expect(at).toBeLessThan(more.findIndex((statement) => statement.includes("FROM graph_lock")));
});

it("lets rivals log to a run and tell its lineage at once", async () => {
  const tracker = trackerOf(world);
  const { runId } = await tracker.run();
  const told = (at: number) =>
    joining({ datasetVersion: { name: `rival ${at}`, digest: "1" } }, { run: { runId } }, "CONSUMED");
  await Promise.all(
    Array.from({ length: 16 }, (_, at) =>
      at % 2 === 0
        ? registry.mutate("recordLineage", told(at))
        : tracker.done("logRun", { runId, datasets: [{ name: `rival ${at}`, digest: "1" }] }),
    ),
  );
  const { run } = await world.ask(
    `query ($runId: String!) { run(runId: $runId) { inputs { datasetVersion { digest } } } }`,
    { runId },
  );
  expect(run.inputs).toHaveLength(16);
});
