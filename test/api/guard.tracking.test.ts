import { beforeAll, describe, expect, it } from "vitest";
import { type Lab, type Labs, startLabs } from "../support/labs.ts";
import type { Asker } from "../support/world.ts";

let labs: Labs;

beforeAll(async () => {
  labs = await startLabs();
  return labs.world.close;
});

/** Every way to ask for one thing of a lab. */
const questions: Record<string, (lab: Lab, name: string) => string> = {
  "an experiment by name": (_, name) => `experiment(name: "${name} lab") { id }`,
  "an experiment by id": ({ experiment }) => `node(id: "${experiment}") { id }`,
  "a run by run id": ({ run }) => `run(runId: "${run.runId}") { id experiment { id } }`,
  "a run by id": ({ run }) => `run(runId: "${run.id}") { id }`,
  "a run as a node": ({ run }) =>
    `node(id: "${run.id}") { id ... on Run { experiment { id } params { key } } }`,
  "a logged model by model id": ({ loggedModel }) =>
    `loggedModel(modelId: "${loggedModel.modelId}") { id experiment { id } }`,
  "a logged model by id": ({ loggedModel }) => `loggedModel(modelId: "${loggedModel.id}") { id }`,
  "a logged model as a node": ({ loggedModel }) =>
    `node(id: "${loggedModel.id}") { id ... on LoggedModel { experiment { id } params { key } } }`,
  "a dataset by name": (_, name) => `dataset(name: "${name} data") { id }`,
  "a dataset by id": ({ dataset }) => `node(id: "${dataset}") { id }`,
  "a dataset version by id": ({ datasetVersion }) =>
    `node(id: "${datasetVersion}") { id ... on DatasetVersion { dataset { id } } }`,
};

/** Of the two labs' answers to a question, which are not null. */
async function seenBy(asker: Asker, question: (lab: Lab, name: string) => string): Promise<string[]> {
  const { risk, other } = labs;
  const seen = await asker.ask(`{ risk: ${question(risk, "risk")} other: ${question(other, "other")} }`);
  return ["risk", "other"].filter((name) => seen[name] !== null);
}

describe.each(Object.entries(questions))("%s", (_, question) => {
  it("is there for who may read its scope, and absent for others", async () => {
    const { viewer, outsider, nobody, limited } = labs.people;
    expect(await seenBy(labs.world, question)).toEqual(["risk", "other"]);
    expect(await seenBy(viewer, question)).toEqual(["risk"]);
    expect(await seenBy(limited, question)).toEqual(["risk"]);
    expect(await seenBy(outsider, question)).toEqual(["other"]);
    expect(await seenBy(nobody, question)).toEqual([]);
  });
});

describe("lists and their totals", () => {
  const listOf = async (asker: Asker, list: string, filter = "") => {
    const { nodes, totalCount } = (
      await asker.ask(`{ ${list}${filter} { totalCount nodes { ${list === "commits" ? "sha" : "name"} } } }`)
    )[list];
    expect(totalCount).toBe(nodes.length);
    return nodes.map(({ name, sha }: Record<string, string>) => name ?? sha).sort();
  };

  it("hold what one may read of experiments", async () => {
    expect(await listOf(labs.world, "experiments")).toEqual(["Default", "other lab", "risk lab"]);
    expect(await listOf(labs.people.viewer, "experiments")).toEqual(["risk lab"]);
    expect(await listOf(labs.people.outsider, "experiments")).toEqual(["other lab"]);
    expect(await listOf(labs.people.nobody, "experiments")).toEqual([]);
  });

  it("hold what one may read of runs", async () => {
    const all = ["other child", "other run", "risk child", "risk run"];
    expect(await listOf(labs.world, "runs")).toEqual(all);
    expect(await listOf(labs.people.viewer, "runs")).toEqual(["risk child", "risk run"]);
    expect(await listOf(labs.people.outsider, "runs")).toEqual(["other child", "other run"]);
    expect(await listOf(labs.people.nobody, "runs")).toEqual([]);
    expect(await listOf(labs.people.nobody, "runs", "(filter: { includeDeleted: true })")).toEqual([]);
  });

  it("hold what one may read of datasets", async () => {
    expect(await listOf(labs.world, "datasets")).toEqual(["other data", "risk data"]);
    expect(await listOf(labs.people.viewer, "datasets")).toEqual(["risk data"]);
    expect(await listOf(labs.people.nobody, "datasets")).toEqual([]);
  });

  it("hold every commit for who may read anything", async () => {
    for (const reader of [labs.world, labs.people.viewer, labs.people.outsider])
      expect(await listOf(reader, "commits")).toEqual([labs.commit.sha]);
    expect(await listOf(labs.people.nobody, "commits")).toEqual([]);
  });
});

describe("a commit", () => {
  it("is there for who may read anything, and absent for others", async () => {
    const question = `{ byId: node(id: "${labs.commit.id}") { id } bySha: commit(sha: "${labs.commit.sha}") { parents { sha } } }`;
    const there = { byId: { id: labs.commit.id }, bySha: { parents: [] } };
    expect(await labs.people.viewer.ask(question)).toEqual(there);
    expect(await labs.people.outsider.ask(question)).toEqual(there);
    expect(await labs.people.nobody.ask(question)).toEqual({ byId: null, bySha: null });
  });
});
