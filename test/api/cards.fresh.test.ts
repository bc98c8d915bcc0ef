import { beforeAll, describe, expect, it } from "vitest";
import { denial, type Person, person } from "../support/access.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
/** Writes versions everywhere. */
let author: Person;
let reviewer: Person;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  author = await person(world, "author", { grants: [["CONTRIBUTOR", "*"]] });
  reviewer = await person(world, "reviewer", { grants: [["APPROVER", "*"]] });
  return world.close;
});

const runIdOf = () => String(++made).padStart(32, "0");

async function modelOf(more: object = {}): Promise<string> {
  const model = `fresh ${++made}`;
  await registry.model(model);
  await registry.version(model, more);
  return model;
}

const selection = "card { revision status isFresh confirmedBy { name } }";
const set = async (by: Registry, version: string, input: object) =>
  (await by.mutate("setModelCard", { version, ...input }, selection)).card;

async function read(ref: string, wanted: string, by: Pick<World, "ask"> = world) {
  const query = `query ($ref: VersionRef!) { modelVersion(ref: $ref) { ${wanted} } }`;
  return (await by.ask(query, { ref })).modelVersion;
}

const isFresh = async (ref: string) => (await read(ref, "card { isFresh }")).card.isFresh;

describe("a card is fresh", () => {
  it("once a person has set it, not where a service has", async () => {
    const ref = `${await modelOf()}/1`;
    expect(await set(registry, ref, { card: { details: "a" } })).toMatchObject({ isFresh: false });
    const confirmed = await set(author, ref, { status: "DRAFT" });
    expect(confirmed).toEqual({
      ...{ revision: 2, status: "DRAFT", isFresh: true },
      confirmedBy: { name: "author" },
    });
    // Confirmed already: nothing is left to say.
    expect(await set(author, ref, { card: { details: "a" } })).toMatchObject({ revision: 2 });
    expect(await set(registry, ref, { status: "IN_REVIEW" })).toMatchObject({ revision: 3, isFresh: true });
    expect(await set(registry, ref, { card: { details: "b" } })).toMatchObject({ isFresh: false });
    expect(await set(registry, ref, { card: { details: "a" } })).toMatchObject({ isFresh: true });
  });

  it("until the version's evidence changes, and again once it is confirmed", async () => {
    const runId = runIdOf();
    await registry.mutate("createRun", { runId }, "run { id }");
    const ref = `${await modelOf({ runId })}/1`;
    await set(author, ref, { card: { details: "a" } });
    const tracker = trackerOf(world);
    const data = { ref: "data", datasetVersion: { name: `data ${made}`, digest: "1" } };
    const changes: [string, () => Promise<unknown>][] = [
      [
        "measured",
        () => registry.mutate("logModelVersionMetrics", { version: ref, metrics: [{ key: "a", value: 1 }] }),
      ],
      [
        "image",
        () => registry.mutate("updateModelVersion", { version: ref, image: { uri: "registry.example/x" } }),
      ],
      ["end of its run", () => tracker.done("finishRun", { runId, status: "FINISHED" })],
      ["later metric of its run", () => tracker.done("logRun", { runId, metrics: [{ key: "b", value: 1 }] })],
      [
        "lineage of its run",
        () =>
          registry.mutate("recordLineage", {
            nodes: [data, { ref: "run", run: { runId } }],
            edges: [{ from: "data", to: "run", type: "CONSUMED", role: "train" }],
          }),
      ],
    ];
    for (const [what, change] of changes) {
      expect([what, await isFresh(ref)]).toEqual([what, true]);
      await change();
      expect([what, await isFresh(ref)]).toEqual([what, false]);
      await set(author, ref, { status: "DRAFT" });
    }
  });

  it("whatever else becomes of the version", async () => {
    const model = await modelOf();
    const ref = `${model}/1`;
    await set(author, ref, { card: { details: "a" } });
    await registry.mutate("updateModelVersion", {
      version: ref,
      description: "new",
      semanticVersion: "1.0.0",
    });
    await registry.mutate("setModelVersionTags", { version: ref, set: [{ key: "imageUri", value: "b" }] });
    await registry.mutate("setAlias", { model, alias: "champion", version: 1 });
    await registry.promote(ref, "Production");
    await registry.mutate("updateModel", { model, owner: "ann" });
    await registry.version(model);
    expect(await isFresh(ref)).toBe(true);
  });
});

describe("the card of a new version", () => {
  it("begins as what people wrote in the latest card before it, a draft that nobody has confirmed", async () => {
    const model = await modelOf();
    const yaml = "owner: ann\nintended_use: flag\ntraining_data: 2025\nmetrics: { auc: 0.9 }\nboard: ann\n";
    await set(author, `${model}/1`, { yaml });
    await author.version(model);
    const wanted = `card { revision status isFresh owner extra confirmedAt inheritedFrom { number }
      sections { intendedUse trainingData metrics } completeness { score } }`;
    const card = {
      ...{ revision: 1, status: "DRAFT", isFresh: false, owner: "ann", extra: { board: "ann" } },
      ...{ confirmedAt: null, inheritedFrom: { number: 1 } },
      sections: { intendedUse: "flag", trainingData: null, metrics: null },
      completeness: { score: 0.11 },
    };
    expect(await read(`${model}/2`, wanted)).toEqual({ card });
    // Whatever is said of the other card later says nothing of this one.
    const digest = (await read(`${model}/2`, "evidenceDigest")).evidenceDigest;
    await set(author, `${model}/1`, { yaml: "owner: bob" });
    expect(await read(`${model}/2`, wanted)).toEqual({ card });
    expect((await read(`${model}/2`, "evidenceDigest")).evidenceDigest).toBe(digest);
    expect(await set(author, `${model}/2`, { status: "DRAFT" })).toMatchObject({
      revision: 2,
      isFresh: true,
    });
    expect((await read(`${model}/2`, "evidenceDigest")).evidenceDigest).toBe(digest);
    await registry.mutate("deleteModelVersion", { version: `${model}/2` });
    await registry.version(model);
    expect(await read(`${model}/3`, "card { owner inheritedFrom { number } }")).toEqual({
      card: { owner: "bob", inheritedFrom: { number: 1 } },
    });
  });

  it("is none where nobody wrote anything of the model", async () => {
    const model = await modelOf();
    await set(author, `${model}/1`, { card: { trainingData: "2025", metrics: "auc" } });
    await registry.version(model);
    expect(await read(`${model}/2`, "card { id }")).toEqual({ card: null });
  });
});

describe("the evidence of a version", () => {
  it("holds what its card says, not how far it has come", async () => {
    const ref = `${await modelOf()}/1`;
    const digest = async () => (await read(ref, "evidenceDigest")).evidenceDigest;
    const seen = [await digest()];
    await set(registry, ref, { card: { details: "a" } });
    seen.push(await digest());
    await set(registry, ref, { status: "APPROVED" });
    expect(await digest()).toBe(seen[1]);
    await set(registry, ref, { card: { details: "b" } });
    seen.push(await digest());
    expect(new Set(seen).size).toBe(3);
    await set(registry, ref, { card: { details: "a" } });
    expect(await digest()).toBe(seen[1]);
  });
});

describe("a card is approved", () => {
  it("by who may review, and is a draft again once it says something new", async () => {
    const ref = `${await modelOf()}/1`;
    await set(author, ref, { card: { details: "a" }, status: "IN_REVIEW" });
    expect(await denial(author, "setModelCard", { version: ref, status: "APPROVED" })).toMatchObject({
      code: "FORBIDDEN",
    });
    const both = { version: ref, card: { details: "b" }, status: "APPROVED" };
    expect((await denial(author, "setModelCard", both)).message).toContain("transition:review");
    expect((await denial(reviewer, "setModelCard", both)).message).toContain("version:write");
    expect((await denial(reviewer, "setModelCard", { version: ref, status: "DRAFT" })).code).toBe(
      "FORBIDDEN",
    );
    expect(await set(reviewer, ref, { status: "APPROVED" })).toMatchObject({
      status: "APPROVED",
      isFresh: true,
    });
    expect(await set(author, ref, { card: { details: "b" } })).toMatchObject({ status: "DRAFT" });
  });
});

it("metrics and data are filled from run and lineage, as far as the caller may read them", async () => {
  const runId = runIdOf();
  const tracker = trackerOf(world);
  await tracker.done("createExperiment", { name: "hidden lab", scope: "hidden" });
  const use = (name: string, role: string) => ({ name, digest: "1", role });
  await tracker.run({
    runId,
    experiment: "hidden lab",
    datasets: [use("filled a", "train"), use("filled b", "test")],
  });
  await tracker.done("logRun", { runId, metrics: [{ key: "auc", value: 0.9 }] });
  await registry.model("seen.filled");
  await registry.version("seen.filled", { runId, metrics: [{ key: "own", value: 1 }] });
  await set(registry, "seen.filled/1", { card: { details: "a" } });
  const wanted = `card { filled { metrics { key } trainingData { role datasetVersion { dataset { name } } } evaluationData { role } } }`;
  const told = (await read("seen.filled/1", wanted)).card.filled;
  expect(told.metrics.map(({ key }: { key: string }) => key).sort()).toEqual(["auc", "own"]);
  expect(told.trainingData).toEqual([{ role: "train", datasetVersion: { dataset: { name: "filled a" } } }]);
  expect(told.evaluationData).toEqual([{ role: "test" }]);
  const guest = await person(world, "guest", { grants: [["VIEWER", "seen.*"]] });
  expect((await read("seen.filled/1", wanted, guest)).card.filled).toEqual({
    ...{ metrics: [{ key: "own" }], trainingData: [], evaluationData: [] },
  });
  const outsider = await person(world, "outsider", { grants: [["VIEWER", "other.*"]] });
  const { id } = (await read("seen.filled/1", "card { id }")).card;
  expect(await outsider.ask(`{ node(id: "${id}") { id } }`)).toEqual({ node: null });
  const absent = await outsider.graphql(
    `mutation { setModelCard(input: { version: "seen.filled/1", status: DRAFT }) { userErrors { code } } }`,
  );
  expect(absent.data.setModelCard.userErrors).toEqual([{ code: "NOT_FOUND" }]);
});

it("cards of a page of versions cost as many statements as one", async () => {
  const model = await modelOf();
  for (let number = 1; number <= 6; number++) {
    await set(registry, `${model}/1`, { card: { details: String(number) } });
    await registry.version(model);
  }
  const query = (first: number) => `{ model(name: "${model}") { versions(first: ${first}) { nodes {
    card { isFresh markdown sections { details } revisions(first: 2) { nodes { revision yaml } } modelVersion { id } } } } } }`;
  const one = await world.statementsOf(() => world.ask(query(1)));
  const many = await world.statementsOf(() => world.ask(query(6)));
  expect(many.length).toBe(one.length);
});

it("of two people who set a card at once, each has a revision, and compare-and-set lets one win", async () => {
  const ref = `${await modelOf()}/1`;
  const attempt = (details: string, expectedRevision?: number) =>
    author.attempt("setModelCard", { version: ref, card: { details }, expectedRevision }, selection);
  const first = await Promise.all(["a", "b", "c"].map((text) => attempt(text)));
  expect(first.map(({ card }) => card.revision).sort()).toEqual(expect.arrayContaining([3]));
  const now = (await read(ref, "card { revision }")).card.revision;
  expect(now).toBe(3);
  const rivals = await Promise.all(["d", "e", "f"].map((text) => attempt(text, 3)));
  expect(rivals.filter(({ userErrors }) => userErrors.length === 0).length).toBe(1);
  expect(rivals.flatMap(({ userErrors }) => userErrors).map(({ code }) => code)).toEqual([
    "CONFLICT",
    "CONFLICT",
  ]);
});
