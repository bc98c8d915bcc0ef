import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
/** Reads one half of what is there, by three patterns of different forms. */
let reader: Person;

const modelsEach = 30;
const versionsEach = 4;

/** 30 models that the reader may read and 30 that it may not, each with versions that runs of both kinds made. */
beforeAll(async () => {
  world = await startWorld();
  const registry = registryOf(world);
  const at = "2026-01-01T00:00:00.000Z";
  const range = (length: number) => Array.from({ length }, (_, index) => index);
  const runIdOf = (index: number) => index.toString(16).padStart(32, "0");
  const nameOf = (model: number) =>
    `${model % 2 === 0 ? "risk" : "other"}.m${String(model).padStart(2, "0")}`;
  const labOf = (index: number) => (index % 3 === 0 ? "other.lab" : "risk.lab");
  const models = range(2 * modelsEach).map(nameOf);
  const batch = {
    source: "costs",
    experiments: ["risk.lab", "other.lab"].map((name) => ({ name, scope: name })),
    runs: range(models.length * versionsEach).map((index) => ({
      runId: runIdOf(index),
      experiment: labOf(index),
      status: "FINISHED",
      startedAt: at,
      endedAt: at,
      params: [{ key: "depth", value: "1" }],
      metrics: [{ key: "auc", value: 1, at }],
      commit: { repository: "r", sha: `${(index % 7).toString(16).padStart(7, "0")}abc` },
      inputs: [{ name: `data of ${labOf(index)}`, digest: String(index % 5), role: "train" }],
    })),
    models: models.map((name) => ({ name, tags: [{ key: "team", value: name }] })),
    versions: models.flatMap((model, m) =>
      range(versionsEach).map((version) => ({
        model,
        number: version + 1,
        externalId: `${model}/${version}`,
        runId: runIdOf(m * versionsEach + version),
        stage: version === 0 ? "Production" : "None",
      })),
    ),
    aliases: models.map((model) => ({ model, alias: "champion", version: 2 })),
  };
  await registry.mutate("importHistory", { batch }, "imported");
  const grants = ["risk.*", "single", "risk.lab"].map((scope): [string, string] => ["VIEWER", scope]);
  reader = await person(world, "reader", { grants });
  return world.close;
});

/** The different numbers of statements that a question took, asked four times: at last as compiled code. */
async function costOf(query: string, variables: object, check: (data: never) => void): Promise<number[]> {
  const costs = new Set<number>();
  for (let turn = 0; turn < 4; turn++) {
    const statements = await world.statementsOf(async () =>
      check((await reader.ask(query, { ...variables })) as never),
    );
    // Rights are learned anew when some have changed, whoever asks what.
    costs.add(statements.filter((statement) => !/access_token|role_grant/.test(statement)).length);
  }
  return [...costs].sort((a, b) => a - b);
}

/** The same for pages with 3 and with 30 entries. */
async function costsOf(query: string): Promise<number[]> {
  const costs: number[] = [];
  for (const first of [3, 30]) {
    const each = await costOf(query, { first }, (data: object) => {
      const [page] = Object.values(data) as { nodes: object[] }[];
      expect(page!.nodes).toHaveLength(first);
    });
    costs.push(...each);
  }
  return [...new Set(costs)].sort((a, b) => a - b);
}

const versionFacts = `model { name owner } uri tags { key value } params { key value } metrics { key value } aliases
  run { runId name } commit { sha } datasets { role datasetVersion { digest dataset { name } } }
  evidenceDigest completeness { score missing }`;

describe("for a reader of some scopes", () => {
  it("one version by name@alias is one statement, with its model, too, and so is none", async () => {
    const query = `query ($ref: VersionRef!) { modelVersion(ref: $ref) { id number stage model { name } } }`;
    for (const ref of ["risk.m02@champion", "risk.m02/2", "risk.m02@latest", "risk.m02/Production"]) {
      expect(await costOf(query, { ref }, ({ modelVersion }) => expect(modelVersion).not.toBeNull())).toEqual(
        [1],
      );
    }
    const hidden = { ref: "other.m01@champion" };
    expect(await costOf(query, hidden, ({ modelVersion }) => expect(modelVersion).toBeNull())).toEqual([1]);
  });

  it("a page of models is one statement, two with its total, and two with versions of each", async () => {
    const cost = (nodes: string, more = "") =>
      costsOf(`query ($first: Int) { models(first: $first) { nodes { ${nodes} } ${more} } }`);
    expect(await cost("id name")).toEqual([1]);
    expect(await cost("id", "totalCount")).toEqual([2]);
    expect(await cost("name versions(first: 4) { nodes { number stage } }")).toEqual([2]);
    expect(await cost("versions(first: 4) { nodes { number } totalCount }", "totalCount")).toEqual([4]);
  });

  it("a page of models with all that stands beside their versions is a few more, however long", async () => {
    const query = `query ($first: Int) { models(first: $first) { nodes { name tags { key value } latestVersion { number }
      greatestVersion { number } version(number: 3) { number } aliases { name modelVersion { number } } inStage(stage: "Production") { number } } } }`;
    expect(await costsOf(query)).toEqual([11]);
  });

  it("a page of versions with all their facts costs at most eighteen, however long", async () => {
    const query = `query ($first: Int) { modelVersions(first: $first) { nodes { number ${versionFacts} } } }`;
    // What is shown and the digest, which sees all, ask for the same things together or one after the other.
    for (const cost of await costsOf(query)) expect(cost).toBeLessThanOrEqual(18);
  });

  it("a page of versions with parents, children and moves costs the same for any number", async () => {
    const query = `query ($first: Int) { modelVersions(first: $first, filter: { stage: { eq: "Production" } }) { nodes { number
      parents { relation } children(first: 3) { nodes { relation } } transitions(first: 3) { nodes { to comment modelVersion { number } } } } } }`;
    expect(await costsOf(query)).toEqual([5]);
  });
});
