import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { registryOf } from "../support/registry.ts";
import { type Asker, startWorld, type World } from "../support/world.ts";

let world: World;
let reader: Person;
/** May log, in part of what the reader may read. */
let writer: Person;
const runs = 60;

/** Runs of two labs by turns, each on the data of both, nested in the first of its own. */
beforeAll(async () => {
  world = await startWorld();
  const labs = ["risk", "other"];
  const runId = (index: number) => index.toString(16).padStart(32, "0");
  const batch = {
    source: "costs",
    experiments: labs.map((lab) => ({ name: lab, scope: `${lab}.lab` })),
    runs: Array.from({ length: 2 * runs }, (_, index) => ({
      runId: runId(index),
      experiment: labs[index % 2],
      status: "FINISHED",
      startedAt: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString(),
      commit: { sha: `${index % 7}`.padEnd(40, "0") },
      parentRunId: index < 2 ? null : runId(index % 2),
      inputs: labs.map((lab) => ({ name: `${lab} data`, digest: `${index % 11}`, role: lab })),
      params: [{ key: "lr", value: "1" }],
    })),
    loggedModels: Array.from({ length: 2 * runs }, (_, index) => ({
      modelId: `m-${runId(index)}`,
      experiment: labs[index % 2],
      runId: runId(index),
      status: "READY",
    })),
  };
  await registryOf(world).mutate("importHistory", { batch }, "imported");
  reader = await person(world, "reader", { grants: [["VIEWER", "risk.*"]] });
  writer = await person(world, "writer", {
    grants: [
      ["VIEWER", "risk.*"],
      ["MAINTAINER", "risk.lab"],
    ],
  });
  return world.close;
});

/** Who asks is looked up when a token is shown first, and again once the feed has seen that rights have changed. */
const asksWho = /FROM (access_token|role_grant|role)\b/;

/** What a page costs with 5 and with 50 entries on it. */
async function costsOf(asker: Asker, list: string, selection: string): Promise<number[]> {
  const question = `query ($first: Int) { ${list}(first: $first) { nodes { ${selection} } } }`;
  const costs: number[] = [];
  for (const first of [5, 50]) {
    const statements = await world.statementsOf(async () =>
      expect((await asker.ask(question, { first }))[list].nodes).toHaveLength(first),
    );
    costs.push(statements.filter((statement) => !asksWho.test(statement)).length);
  }
  return costs;
}

const links = `name experiment { name } parent { name } commit { sha } params { key } loggedModels { modelId }
  inputs { role datasetVersion { digest dataset { name } } } children(first: 5) { totalCount nodes { name } }`;
const rights = "viewerCanLog viewerCanDelete";

describe("a page of runs with all that they are joined to", () => {
  it("costs the administrator as many statements with the caller's rights as without", async () => {
    const costs = await costsOf(world, "runs", links);
    expect(costs).toEqual([11, 11]);
    expect(await costsOf(world, "runs", `${links} ${rights}`)).toEqual(costs);
  });

  it("costs who may read a part as many as the administrator, however long it is", async () => {
    expect(await costsOf(reader, "runs", links)).toEqual([11, 11]);
    expect(await costsOf(writer, "runs", `${links} ${rights}`)).toEqual([11, 11]);
  });

  it("is one statement for rights that nobody need look up, and one more where the experiment decides", async () => {
    expect(await costsOf(world, "runs", rights)).toEqual([1, 1]);
    expect(await costsOf(reader, "runs", rights)).toEqual([1, 1]);
    expect(await costsOf(writer, "runs", rights)).toEqual([2, 2]);
  });
});

describe("the caller's rights", () => {
  const question = `{ experiment(name: "risk") { viewerCanLog viewerCanDelete } dataset(name: "risk data") { viewerCanRecord }
    runs(first: 1, filter: { experiment: { eq: "risk" } }) { nodes { viewerCanLog viewerCanDelete } } }`;
  const rightsOf = async (asker: Asker) => {
    const { experiment, dataset, runs: page } = await asker.ask(question);
    expect(page.nodes[0]).toEqual(experiment);
    return { ...experiment, ...dataset };
  };

  it.each<[string, [string, string][], boolean, boolean, boolean]>([
    ["a viewer", [["VIEWER", "risk.*"]], false, false, false],
    ["a contributor", [["CONTRIBUTOR", "risk.*"]], true, false, true],
    ["a maintainer", [["MAINTAINER", "risk.*"]], true, true, true],
    ["a maintainer of everything", [["MAINTAINER", "*"]], true, true, true],
    [
      "a contributor elsewhere",
      [
        ["VIEWER", "risk.*"],
        ["MAINTAINER", "other.*"],
      ],
      false,
      false,
      false,
    ],
  ])(
    "of %s are those that verbs ask for",
    async (name, grants, viewerCanLog, viewerCanDelete, viewerCanRecord) => {
      const one = await person(world, name, { grants });
      expect(await rightsOf(one)).toEqual({ viewerCanLog, viewerCanDelete, viewerCanRecord });
    },
  );

  it("of a narrowed token are no more than it was narrowed to", async () => {
    const grants: [string, string][] = [["MAINTAINER", "risk.*"]];
    const one = await person(world, "narrowed", { grants, scopes: ["registry:read", "run:write"] });
    const rightsLeft = { viewerCanLog: true, viewerCanDelete: false, viewerCanRecord: false };
    expect(await rightsOf(one)).toEqual(rightsLeft);
  });
});
