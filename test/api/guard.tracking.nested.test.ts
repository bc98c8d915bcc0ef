import { beforeAll, describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import { type Labs, startLabs } from "../support/labs.ts";
import { registryOf } from "../support/registry.ts";
import type { Asker } from "../support/world.ts";

let labs: Labs;

beforeAll(async () => {
  labs = await startLabs();
  return labs.world.close;
});

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question
type Data = any;
const namesOf = ({ nodes }: Data) => nodes.map(({ name }: Data) => name);

describe("from a run that one may read", () => {
  const runAs = async (asker: Asker, runId: string): Promise<Data> =>
    (
      await asker.ask(
        `query ($runId: String!) { run(runId: $runId) { name experiment { name } parent { name } commit { sha }
          children { totalCount nodes { name } } loggedModels { name experiment { name } run { name } }
          inputs { role datasetVersion { digest dataset { name } } } outputs { totalCount nodes { number } } } }`,
        { runId },
      )
    ).run;

  it("the parent is absent where it is hidden", async () => {
    const { risk, world, people } = labs;
    expect((await runAs(world, risk.child.runId)).parent).toEqual({ name: "other run" });
    expect((await runAs(people.viewer, risk.child.runId)).parent).toBeNull();
  });

  it("the children are those that one may read, and so is their number", async () => {
    const { risk, world, people } = labs;
    await world.ask(
      `mutation ($input: CreateRunInput!) { createRun(input: $input) { userErrors { code } } }`,
      {
        input: { name: "risk grandchild", experiment: "risk lab", parentRunId: risk.run.runId },
      },
    );
    const all = { totalCount: 2, nodes: [{ name: "other child" }, { name: "risk grandchild" }] };
    expect((await runAs(world, risk.run.runId)).children).toEqual(all);
    const seen = { totalCount: 1, nodes: [{ name: "risk grandchild" }] };
    expect((await runAs(people.viewer, risk.run.runId)).children).toEqual(seen);
  });

  it("data that is hidden is absent from what it used; what belongs to its experiment is there", async () => {
    const { risk, world, people, commit } = labs;
    const whole = await runAs(world, risk.run.runId);
    expect(whole.inputs.map(({ role }: Data) => role).sort()).toEqual(["other", "risk"]);
    expect(await runAs(people.viewer, risk.run.runId)).toMatchObject({
      experiment: { name: "risk lab" },
      commit: { sha: commit.sha },
      inputs: [{ role: "risk", datasetVersion: { digest: "risk 1", dataset: { name: "risk data" } } }],
      loggedModels: [{ name: "risk model", experiment: { name: "risk lab" }, run: { name: "risk run" } }],
    });
  });

  it("versions that it came to are those of models that one may read", async () => {
    const { risk, world, people } = labs;
    const registry = registryOf(world);
    for (const name of ["risk.model", "other.model"]) {
      await registry.model(name);
      await registry.version(name, { runId: risk.run.runId });
    }
    expect((await runAs(world, risk.run.runId)).outputs.totalCount).toBe(2);
    expect((await runAs(people.viewer, risk.run.runId)).outputs).toEqual({
      totalCount: 1,
      nodes: [{ number: 1 }],
    });
  });
});

describe("from data that one may read", () => {
  const question = `{ dataset(name: "risk data") { versions { nodes { digest usedBy { totalCount nodes { name } } } } } }`;
  const usersAs = async (asker: Asker) => (await asker.ask(question)).dataset.versions.nodes[0].usedBy;

  it("the runs that used it are those that one may read, and so is their number", async () => {
    const everybody = ["risk run", "other run", "risk child", "other child"];
    expect(namesOf(await usersAs(labs.world))).toEqual(everybody);
    const seen = await usersAs(labs.people.viewer);
    expect([seen.totalCount, namesOf(seen)]).toEqual([2, ["risk run", "risk child"]]);
  });
});

describe("a logged model of another scope than its run's", () => {
  const modelId = `m-${"5".repeat(32)}`;

  beforeAll(async () => {
    const batch = {
      source: "elsewhere",
      loggedModels: [
        {
          modelId,
          name: "strayed",
          experiment: "other lab",
          runId: labs.risk.child.runId,
          status: "READY",
        },
      ],
    };
    await registryOf(labs.world).mutate("importHistory", { batch }, "imported");
  });

  it("shows no run to who may read only it", async () => {
    const question = `{ loggedModel(modelId: "${modelId}") { experiment { name } run { name } } }`;
    const model = { experiment: { name: "other lab" }, run: { name: "risk child" } };
    expect(await labs.world.ask(question)).toEqual({ loggedModel: model });
    expect(await labs.people.outsider.ask(question)).toEqual({ loggedModel: { ...model, run: null } });
    expect(await labs.people.viewer.ask(question)).toEqual({ loggedModel: null });
  });

  it("is absent from the run for who may read only that", async () => {
    const question = `{ run(runId: "${labs.risk.child.runId}") { loggedModels { name } } }`;
    expect(await labs.world.ask(question)).toEqual({ run: { loggedModels: [{ name: "strayed" }] } });
    expect(await labs.people.viewer.ask(question)).toEqual({ run: { loggedModels: [] } });
  });
});

describe("a filter confirms nothing that is hidden", () => {
  const runsAs = async (asker: Asker, filter: object) => {
    const { runs } = await asker.ask(
      `query ($filter: RunFilter) { runs(filter: $filter, orderBy: { field: NAME }) { totalCount nodes { name } } }`,
      { filter: { and: [{ name: { in: ["risk run", "risk child", "other run", "other child"] } }, filter] } },
    );
    expect(runs.totalCount).toBe(runs.nodes.length);
    return namesOf(runs);
  };
  const ofRisk = ["risk child", "risk run"];
  const everybody = ["other child", "other run", ...ofRisk];

  it.each<[string, object, string[], string[]]>([
    ["used data", { dataset: { eq: "other data" } }, everybody, []],
    ["used data, by its first letters", { dataset: { startsWith: "oth" } }, everybody, []],
    ["used data, turned round", { not: { dataset: { eq: "other data" } } }, [], ofRisk],
    ["used data that one may read", { dataset: { eq: "risk data" } }, everybody, ofRisk],
    ["a parent", { hasParent: true }, ["other child", "risk child"], []],
    ["no parent", { hasParent: false }, ["other run", "risk run"], ofRisk],
    ["an experiment", { experiment: { eq: "other lab" } }, ["other child", "other run"], []],
    ["a name", { name: { eq: "other run" } }, ["other run"], []],
    ["a commit, which is no secret", { commit: { startsWith: "c0ffee" } }, everybody, ofRisk],
  ])("of %s", async (_, filter, forAll, forViewer) => {
    expect(await runsAs(labs.world, filter)).toEqual(forAll);
    expect(await runsAs(labs.people.viewer, filter)).toEqual(forViewer);
    expect(await runsAs(labs.people.nobody, filter)).toEqual([]);
  });

  it("of a parent finds the children of those that one may read", async () => {
    const grants: [string, string][] = [
      ["VIEWER", "risk.*"],
      ["VIEWER", "other.lab"],
    ];
    const both = await person(labs.world, "reader of both", { grants });
    expect(await runsAs(both, { hasParent: true })).toEqual(["other child", "risk child"]);
    expect(await runsAs(both, { hasParent: false })).toEqual(["other run", "risk run"]);
    expect(await runsAs(labs.people.outsider, { hasParent: true })).toEqual([]);
  });

  it.each([
    ["experiments", `filter: { scope: { eq: "other.lab" } }`],
    ["experiments", `filter: { or: [{ name: { eq: "other lab" } }] }`],
    ["datasets", `filter: { digest: { eq: "other 1" } }`],
    ["datasets", `filter: { name: { contains: "other" } }`],
  ])("of %s by %s", async (list, filter) => {
    const question = `{ ${list}(${filter}) { totalCount nodes { name } edges { cursor } } }`;
    expect((await labs.world.ask(question))[list].totalCount).toBe(1);
    const nothing = { totalCount: 0, nodes: [], edges: [] };
    expect((await labs.people.viewer.ask(question))[list]).toEqual(nothing);
  });
});
