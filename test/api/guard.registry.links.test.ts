import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { endingOf } from "../support/endings.ts";
import { registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
/** Reads risk.*, of models, experiments and data alike. */
let reader: Person;

const sha = (digit: string) => digit.repeat(40);
const runId = (digit: string) => digit.repeat(32);
const param = (key: string) => ({ params: [{ key, value: "1" }], metrics: [{ key, value: 1 }] });
const use = (name: string) => ({ name, digest: "1", role: "train" });
const parent = (version: string) => ({ version, relation: "finetune" });

/**
 * risk.fraud/1 came out of a run that is hidden, with its own facts beside the run's; /2 and other.secret/1 out of one
 * that is not. Derivations lead from each scope into the other.
 */
beforeAll(async () => {
  world = await startWorld();
  const registry = registryOf(world);
  const tracker = trackerOf(world);
  for (const scope of ["risk.lab", "other.lab"]) {
    await tracker.done("createExperiment", { name: scope, scope });
    await tracker.done("recordDataset", { name: `data of ${scope}`, digest: "1", scope });
  }
  const data = [use("data of risk.lab"), use("data of other.lab")];
  await tracker.run({
    runId: runId("a"),
    experiment: "risk.lab",
    commit: { repository: "r", sha: sha("a") },
  });
  await tracker.run({
    runId: runId("b"),
    experiment: "other.lab",
    commit: { repository: "r", sha: sha("b") },
    datasets: data,
  });
  await tracker.done("logRun", { runId: runId("b"), ...param("hidden") });
  await tracker.done("finishRun", { runId: runId("b"), status: "FINISHED" });
  for (const [digit, experiment] of [
    ["a", "risk.lab"],
    ["b", "other.lab"],
  ] as const) {
    await tracker.done("createLoggedModel", { modelId: `m-${runId(digit)}`, experiment });
  }
  for (const name of ["risk.fraud", "risk.child", "other.secret", "other.child"]) await registry.model(name);
  const ofData = { datasets: [use("data of other.lab")] };
  await registry.version("risk.fraud", { runId: runId("b"), ...ofData, ...param("own") });
  await registry.version("risk.fraud", {
    runId: runId("a"),
    loggedModelId: `m-${runId("a")}`,
    datasets: data,
  });
  await registry.version("other.secret", { runId: runId("a"), loggedModelId: `m-${runId("a")}` });
  await registry.version("risk.child", { parents: [parent("risk.fraud/1"), parent("other.secret/1")] });
  await registry.version("other.child", { parents: [parent("risk.fraud/1"), parent("other.secret/1")] });
  reader = await person(world, "reader", { grants: [["VIEWER", "risk.*"]] });
  return world.close;
});

/** Which versions of the whole registry a filter finds, and the count it tells. */
async function found(asker: Person | World, filter: string): Promise<string[]> {
  const { modelVersions } = await asker.ask(
    `{ modelVersions(first: 100, filter: ${filter}, orderBy: { field: CREATED_AT, direction: ASC }) { nodes { uri } totalCount } }`,
  );
  const uris = modelVersions.nodes.map(({ uri }: { uri: string }) => uri.replace("models:/", ""));
  expect(modelVersions.totalCount).toBe(uris.length);
  return uris.sort();
}

const ofReader = ["risk.child/1", "risk.fraud/1", "risk.fraud/2"];

describe("a filter confirms nothing that is hidden:", () => {
  it.each([
    ["a run", `{ runId: { eq: "${runId("b")}" } }`, ["risk.fraud/1"]],
    ["the beginning of its id", `{ runId: { startsWith: "b" } }`, ["risk.fraud/1"]],
    ["a param of a run", `{ param: { key: "hidden" } }`, ["risk.fraud/1"]],
    ["the value of one", `{ param: { key: "hidden", value: { eq: "1" } } }`, ["risk.fraud/1"]],
    ["a metric of a run", `{ metric: { key: "hidden" } }`, ["risk.fraud/1"]],
    ["the value of one", `{ metric: { key: "hidden", value: { gt: 0 } } }`, ["risk.fraud/1"]],
    ["a model", `{ model: { eq: "other.secret" } }`, ["other.secret/1"]],
    [
      "one of several",
      `{ or: [{ runId: { eq: "${runId("b")}" } }, { param: { key: "hidden" } }] }`,
      ["risk.fraud/1"],
    ],
  ])("%s", async (_, filter, there) => {
    expect(await found(world, filter)).toEqual(there);
    expect(await found(reader, filter)).toEqual([]);
    // The opposite must tell no more: for this reader it holds of all.
    expect(await found(reader, `{ not: ${filter} }`)).toEqual(ofReader);
    const { models } = await reader.ask(
      `{ models(first: 100) { nodes { name versions(filter: ${filter}) { nodes { id } totalCount } } } }`,
    );
    for (const { versions } of models.nodes) expect(versions).toEqual({ nodes: [], totalCount: 0 });
  });

  it("what is not hidden it finds", async () => {
    expect(await found(reader, `{ runId: { eq: "${runId("a")}" } }`)).toEqual(["risk.fraud/2"]);
    expect(await found(reader, `{ param: { key: "own" } }`)).toEqual(["risk.fraud/1"]);
    expect(await found(reader, `{ metric: { key: "own", value: { eq: 1 } } }`)).toEqual(["risk.fraud/1"]);
  });
});

const origin = `query ($ref: VersionRef!) { modelVersion(ref: $ref) { evidenceDigest completeness { score missing }
  run { runId } commit { sha } datasets { role datasetVersion { dataset { name } } } } }`;

const originOf = async (asker: Person | World, ref: string) =>
  (await asker.ask(origin, { ref })).modelVersion;

const used = (...names: string[]) =>
  names.map((name) => ({ role: "train", datasetVersion: { dataset: { name } } }));

describe("what a version came from", () => {
  it("is shown as far as one may read it: nothing of a hidden run, even where that would not be hidden itself", async () => {
    expect(await originOf(world, "risk.fraud/1")).toMatchObject({
      run: { runId: runId("b") },
      commit: { sha: sha("b") },
      datasets: used("data of other.lab", "data of risk.lab"),
    });
    expect(await originOf(reader, "risk.fraud/1")).toMatchObject({ run: null, commit: null, datasets: [] });
    expect(await originOf(reader, "risk.fraud/2")).toMatchObject({
      run: { runId: runId("a") },
      commit: { sha: sha("a") },
      datasets: used("data of risk.lab"),
    });
  });

  it("has one digest and one completeness, whoever asks", async () => {
    for (const ref of ["risk.fraud/1", "risk.fraud/2", "risk.child/1"]) {
      const { evidenceDigest, completeness } = await originOf(world, ref);
      expect(await originOf(reader, ref)).toMatchObject({ evidenceDigest, completeness });
    }
    const { completeness } = await originOf(reader, "risk.fraud/1");
    expect(completeness.missing).toEqual(["owner", "documentation"]);
  });

  it("is compared and reproduced as far as one may read it", async () => {
    const compare = `{ compareVersions(refs: ["risk.fraud/1", "risk.fraud/2"]) { facts { key cells } params { key cells } metrics { key } } }`;
    const { compareVersions: all } = await world.ask(compare);
    const { compareVersions: some } = await reader.ask(compare);
    const cells = (rows: { key: string; cells: unknown[] }[], key: string) =>
      rows.find((row) => row.key === key)?.cells;
    expect(cells(all.facts, "run")).toEqual([runId("b"), runId("a")]);
    expect(cells(some.facts, "run")).toEqual([null, runId("a")]);
    expect(cells(some.facts, "commit")).toEqual([null, sha("a")]);
    expect(cells(some.facts, "data")).toEqual([null, "data of risk.lab@1"]);
    expect(all.params.map(({ key }: { key: string }) => key)).toEqual(["hidden", "own"]);
    expect(some.params).toEqual([{ key: "own", cells: ["1", null] }]);
    expect(some.metrics).toEqual([{ key: "own" }]);
    const reproduce = `{ reproduction(ref: "risk.fraud/1") { sha params { key } datasets { role } } }`;
    expect((await world.ask(reproduce)).reproduction).toMatchObject({ sha: sha("b"), datasets: [{}, {}] });
    expect((await reader.ask(reproduce)).reproduction).toEqual({
      sha: null,
      params: [{ key: "own" }],
      datasets: [],
    });
    const { errors } = await reader.graphql(
      `{ compareVersions(refs: ["risk.fraud/1", "other.secret/1"]) { facts { key } } }`,
    );
    expect(errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
  });
});

describe("versions that other things lead to are those one may read:", () => {
  it("parents and children, with their pages and counts", async () => {
    const relatives = `query ($ref: VersionRef!) { modelVersion(ref: $ref) { parents { modelVersion { uri } }
      children(first: 1) { nodes { modelVersion { uri } } totalCount pageInfo { hasNextPage } } } }`;
    const of = async (asker: Person | World, ref: string) =>
      (await asker.ask(relatives, { ref })).modelVersion;
    const uri = (ref: string) => ({ modelVersion: { uri: `models:/${ref}` } });
    expect((await of(world, "risk.child/1")).parents).toEqual([uri("risk.fraud/1"), uri("other.secret/1")]);
    expect((await of(reader, "risk.child/1")).parents).toEqual([uri("risk.fraud/1")]);
    expect((await of(world, "risk.fraud/1")).children).toMatchObject({
      totalCount: 2,
      pageInfo: { hasNextPage: true },
    });
    expect((await of(reader, "risk.fraud/1")).children).toEqual({
      nodes: [uri("risk.child/1")],
      totalCount: 1,
      pageInfo: { hasNextPage: false },
    });
  });

  it("outputs of a run, versions of a logged model", async () => {
    const outputs = `{ run(runId: "${runId("a")}") { outputs(first: 1) { nodes { uri } totalCount pageInfo { hasNextPage } } }
      loggedModel(modelId: "m-${runId("a")}") { versions { uri } } }`;
    const all = await world.ask(outputs);
    expect(all.run.outputs).toMatchObject({ totalCount: 2, pageInfo: { hasNextPage: true } });
    expect(all.loggedModel.versions).toHaveLength(2);
    const nodes = [{ uri: "models:/risk.fraud/2" }];
    expect(await reader.ask(outputs)).toEqual({
      run: { outputs: { nodes, totalCount: 1, pageInfo: { hasNextPage: false } } },
      loggedModel: { versions: nodes },
    });
  });
});

describe("a version is registered from what one may read:", () => {
  let writer: Person;
  let own = 0;

  beforeAll(async () => {
    writer = await person(world, "writer", { grants: [["CONTRIBUTOR", "risk.*"]] });
  });

  const register = (more: object) =>
    endingOf(writer, "registerModelVersion", { model: "risk.child", ...more });

  it.each([
    ["a run", { runId: runId("b") }, `run ${runId("b")} not found`],
    ["a logged model", { loggedModelId: `m-${runId("b")}` }, `logged model m-${runId("b")} not found`],
    ["a parent", { parents: [parent("other.secret/1")] }, "model version other.secret/1 not found"],
    [
      "one that is not there",
      { parents: [parent("other.nothing/1")] },
      "model version other.nothing/1 not found",
    ],
  ])("not from %s that is hidden", async (_, more, message) => {
    const before = await rowCounts(world.settings);
    expect(await register(more)).toEqual({ code: "NOT_FOUND", message });
    expect(await rowCounts(world.settings)).toEqual(before);
  });

  it("nor from a hidden parent by its id, nor from hidden data", async () => {
    const { modelVersion } = await world.ask(`{ modelVersion(ref: "other.secret/1") { id } }`);
    expect(await register({ parents: [parent(modelVersion.id)] })).toEqual({
      code: "NOT_FOUND",
      message: `model version ${modelVersion.id} not found`,
    });
    expect(await register({ runId: runId("a"), datasets: [use("data of other.lab")] })).toEqual({
      code: "ALREADY_EXISTS",
      message: "the name data of other.lab is taken by another dataset",
    });
  });

  it.each([
    ["a run", { runId: runId("a") }],
    ["a logged model", { loggedModelId: `m-${runId("a")}` }],
    ["a parent", { parents: [parent("risk.fraud/1")] }],
    ["data", { datasets: [use("data of risk.lab")] }],
    ["a commit", { commit: { repository: "r", sha: sha("c") } }],
  ])("but from %s that is not", async (_, more) => {
    expect(await register({ ...more, externalId: `own ${++own}` })).toMatchObject({ code: "done" });
  });
});
