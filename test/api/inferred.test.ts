import { beforeAll, describe, expect, it } from "vitest";
import { inferredCode, inferredData, pairs, recorded, upstreamOf } from "../support/inferred.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { type Tracker, trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let tracker: Tracker;
let registry: Registry;
let now = Date.parse("2026-03-01T00:00:00Z");

beforeAll(async () => {
  world = await startWorld({ clock: () => now });
  tracker = trackerOf(world);
  registry = registryOf(world);
  return world.close;
});

const sha = (digit: string) => digit.repeat(40);
const inputsOf = async (runId: string) =>
  (await world.ask(`{ run(runId: "${runId}") { inputs { role isInferred datasetVersion { digest } } } }`)).run
    .inputs;

describe("an inferred edge", () => {
  it("joins a run to the data and the code that its params and tags name", async () => {
    await recorded(world, "loans", "h-params");
    await recorded(world, "holdout", "h-tags");
    const run = await tracker.run({ params: pairs({ training_data_hash: "h-params", depth: "6" }) });
    await tracker.done("logRun", {
      runId: run.runId,
      tags: pairs({ dataset_version: "h-tags", git_commit: sha("a").toUpperCase() }),
    });
    expect(await upstreamOf(world, run.id)).toEqual([
      inferredCode(sha("a")),
      inferredData("h-params"),
      inferredData("h-tags"),
    ]);
    expect(await inputsOf(run.runId)).toEqual([
      { role: "", isInferred: true, datasetVersion: { digest: "h-params" } },
      { role: "", isInferred: true, datasetVersion: { digest: "h-tags" } },
    ]);
  });

  it("joins a version to what its own params and tags name", async () => {
    await recorded(world, "versions", "h-version");
    await registry.model("told");
    const version = await registry.version("told", { params: pairs({ training_data_hash: "h-version" }) });
    expect(await upstreamOf(world, version.id)).toEqual([inferredData("h-version")]);
    await registry.mutate("setModelVersionTags", { version: "told/1", set: pairs({ git_commit: sha("b") }) });
    expect(await upstreamOf(world, version.id)).toEqual([inferredCode(sha("b")), inferredData("h-version")]);
  });

  it("is an event of its own, which says what it joins", async () => {
    const data = await recorded(world, "journal", "h-journal");
    const run = await tracker.run();
    await tracker.done("logRun", { runId: run.runId, params: pairs({ dataset_version: "h-journal" }) });
    await tracker.done("logRun", { runId: run.runId, params: pairs({ dataset_version: "h-journal" }) });
    const { registryEvents } = await world.ask(
      `query ($id: ID!) { registryEvents(after: "start", first: 9, filter: { subject: $id }) { nodes { type payload } } }`,
      { id: run.id },
    );
    expect(registryEvents.nodes.slice(1)).toEqual([
      { type: "lineage.inferred", payload: { edges: [[data.id, "CONSUMED", ""]] } },
    ]);
  });

  it("is gone once the tag says something else, and was there before", async () => {
    await recorded(world, "moved", "h-before");
    await recorded(world, "moved", "h-after");
    const run = await tracker.run({ tags: pairs({ dataset_version: "h-before", git_commit: sha("c") }) });
    const before = new Date(now).toISOString();
    now += 60_000;
    await tracker.done("setRunTags", { runId: run.runId, set: pairs({ dataset_version: "h-after" }) });
    expect(await upstreamOf(world, run.id)).toEqual([inferredCode(sha("c")), inferredData("h-after")]);
    await tracker.done("setRunTags", { runId: run.runId, delete: ["dataset_version", "git_commit"] });
    expect(await upstreamOf(world, run.id)).toEqual([]);
    expect(await upstreamOf(world, run.id, before)).toEqual([
      inferredCode(sha("c")),
      inferredData("h-before"),
    ]);
  });

  it("stays while a param still says what a tag said, too", async () => {
    await recorded(world, "twice", "h-twice");
    const run = await tracker.run({
      params: pairs({ training_data_hash: "h-twice" }),
      tags: pairs({ dataset_version: "h-twice" }),
    });
    await tracker.done("setRunTags", { runId: run.runId, delete: ["dataset_version"] });
    expect(await upstreamOf(world, run.id)).toEqual([inferredData("h-twice")]);
  });

  it("gives way to a declared one, in whatever role, and is not drawn beside one", async () => {
    await recorded(world, "declared", "h-declared");
    const run = await tracker.run({ params: pairs({ training_data_hash: "h-declared" }) });
    const datasets = [{ name: "declared", digest: "h-declared", role: "train" }];
    await tracker.done("logRun", { runId: run.runId, datasets });
    const declared = [{ type: "CONSUMED", role: "train", isInferred: false, label: "h-declared" }];
    expect(await upstreamOf(world, run.id)).toEqual(declared);
    await tracker.done("logRun", { runId: run.runId, tags: pairs({ dataset_version: "h-declared" }) });
    expect(await upstreamOf(world, run.id)).toEqual(declared);
    const other = await tracker.run({ datasets, tags: pairs({ dataset_version: "h-declared" }) });
    expect(await upstreamOf(world, other.id)).toEqual(declared);
  });

  it("becomes a declared one where somebody declares the very same", async () => {
    await recorded(world, "same", "h-same");
    const run = await tracker.run({ params: pairs({ training_data_hash: "h-same" }) });
    const datasets = [{ name: "same", digest: "h-same" }];
    await tracker.done("logRun", { runId: run.runId, datasets });
    expect(await upstreamOf(world, run.id)).toEqual([{ ...inferredData("h-same"), isInferred: false }]);
    expect(await inputsOf(run.runId)).toMatchObject([{ isInferred: false }]);
    await tracker.done("setRunTags", { runId: run.runId, set: pairs({ dataset_version: "elsewhere" }) });
    expect(await upstreamOf(world, run.id)).toMatchObject([{ isInferred: false }]);
  });
});

describe("a value", () => {
  it("finds a commit by seven digits where only one begins so", async () => {
    for (const end of ["1", "2"]) await tracker.done("recordCommit", { sha: `d00d00d${end.repeat(33)}` });
    await tracker.done("recordCommit", { sha: `d00d00e${"0".repeat(33)}`, repository: "r" });
    const run = await tracker.run({ tags: pairs({ git_commit: "d00d00d" }) });
    expect(await upstreamOf(world, run.id)).toEqual([]);
    await tracker.done("setRunTags", { runId: run.runId, set: pairs({ git_commit: " D00D00E " }) });
    expect(await upstreamOf(world, run.id)).toEqual([inferredCode("d00d00e000")]);
    await tracker.done("setRunTags", { runId: run.runId, set: pairs({ git_commit: "d00d00d1" }) });
    expect(await upstreamOf(world, run.id)).toEqual([inferredCode("d00d00d111")]);
  });

  it("makes a commit known by a whole sha only, and finds the declared one of any repository", async () => {
    const run = await tracker.run({ tags: pairs({ git_commit: "e0e0e0e0" }) });
    expect(await upstreamOf(world, run.id)).toEqual([]);
    await tracker.done("setRunTags", { runId: run.runId, set: pairs({ git_commit: sha("e") }) });
    const made = await world.ask(`{ commit(sha: "${sha("e")}") { repository } }`);
    expect(made).toEqual({ commit: { repository: "" } });
    const commit = { sha: sha("f"), repository: "https://git.example/r" };
    const declared = await tracker.run({ commit, tags: pairs({ git_commit: sha("f") }) });
    expect(await upstreamOf(world, declared.id)).toEqual([
      { type: "CODE_OF", role: null, isInferred: false, label: "ffffffffff" },
    ]);
  });

  it.each([
    ["training_data_hash", "unknown-data"],
    ["dataset_version", ""],
    ["dataset_version", "h".repeat(6_000)],
    ["dataset_version", "two\nlines"],
    ["git_commit", "main"],
    ["git_commit", "abc123"],
    ["git_commit", `${"a".repeat(40)}z`],
  ])("of %s that fits nothing makes no edge and is no error: %#", async (key, value) => {
    const run = await tracker.run({ params: pairs({ [key]: value }) });
    expect(await upstreamOf(world, run.id)).toEqual([]);
    expect(await tracker.eventsOf(run.id)).toEqual(["run.created"]);
  });

  it("makes no dataset, and no edge where two datasets have a version of that digest", async () => {
    await recorded(world, "left", "h-both");
    const run = await tracker.run({ params: pairs({ training_data_hash: "h-both" }) });
    expect(await upstreamOf(world, run.id)).toEqual([inferredData("h-both")]);
    await recorded(world, "right", "h-both");
    const other = await tracker.run({ params: pairs({ training_data_hash: "h-both" }) });
    expect(await upstreamOf(world, other.id)).toEqual([]);
    const before = await world.ask("{ datasets { totalCount } }");
    await tracker.run({ params: pairs({ training_data_hash: "h-nowhere" }) });
    expect(await world.ask("{ datasets { totalCount } }")).toEqual(before);
  });

  it("that names what the run made itself makes no edge, and what else it says is taken", async () => {
    await recorded(world, "fine", "h-fine");
    const run = await tracker.run();
    await registry.mutate("recordLineage", {
      nodes: [
        { ref: "run", run: { runId: run.runId } },
        { ref: "made", datasetVersion: { name: "made", digest: "h-made" } },
      ],
      edges: [{ from: "run", to: "made", type: "PRODUCED" }],
    });
    const tags = pairs({ training_data_hash: "h-made", dataset_version: "h-fine", team: "risk" });
    await tracker.done("logRun", { runId: run.runId, tags });
    expect(await upstreamOf(world, run.id)).toEqual([inferredData("h-fine")]);
    const { run: told } = await world.ask(`{ run(runId: "${run.runId}") { tags { key } } }`);
    expect(told.tags).toHaveLength(3);
  });
});

it("costs nothing where none of the keys is told", async () => {
  const run = await tracker.run({ tags: pairs({ git_commit: sha("9") }) });
  const log = (key: string) => () =>
    tracker.done("logRun", {
      runId: run.runId,
      params: pairs({ [`${key}p`]: "1" }),
      tags: pairs({ [key]: "1" }),
    });
  const without = await world.statementsOf(log("team"));
  expect(without.filter((statement) => /isInferred|dataset_version|git_commit/.test(statement))).toEqual([]);
  const withOne = await world.statementsOf(log("git_commit"));
  expect(withOne.length).toBeGreaterThan(without.length);
});
