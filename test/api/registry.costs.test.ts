import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { fewestStatements } from "../support/statements.ts";
import { senderOf } from "../support/uploads.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
const models = 50;
const versionsEach = 20;

/** 50 models with 20 versions each, every one with facts of its own and a run with more of them. */
beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  const at = "2026-01-01T00:00:00.000Z";
  const range = (length: number) => Array.from({ length }, (_, index) => index);
  const nameOf = (model: number) => `m${String(model).padStart(2, "0")}`;
  const runIdOf = (index: number) => index.toString(16).padStart(32, "0");
  const factsOf = (index: number) => ({
    tags: [{ key: "tier", value: String(index) }],
    params: [{ key: "depth", value: String(index) }],
    metrics: [{ key: "auc", value: index, at }],
  });
  const commitOf = (index: number) => ({ repository: "r", sha: `${index.toString(16).padStart(7, "0")}abc` });
  const batch = {
    source: "costs",
    runs: range(models * versionsEach).map((index) => ({
      runId: runIdOf(index),
      experiment: "Default",
      status: "FINISHED",
      startedAt: at,
      endedAt: at,
      commit: commitOf(index % 7),
      inputs: [{ name: "data", digest: String(index % 11), role: "train" }],
      ...factsOf(index),
    })),
    models: range(models).map((model) => ({
      name: nameOf(model),
      tags: [{ key: "team", value: nameOf(model) }],
    })),
    versions: range(models).flatMap((model) =>
      range(versionsEach).map((version) => ({
        model: nameOf(model),
        number: version + 1,
        externalId: `${model}/${version}`,
        runId: runIdOf(model * versionsEach + version),
        semanticVersion: `1.0.${version}`,
        stage: version === 0 ? "Production" : "None",
        datasets: [{ name: "more data", digest: String(version), role: "test" }],
        ...factsOf(version),
      })),
    ),
    aliases: range(models).map((model) => ({ model: nameOf(model), alias: "champion", version: 2 })),
  };
  await registry.mutate("importHistory", { batch }, "imported");
  return world.close;
});

/** How many statements a question costs, never three more than at best. */
async function costOf(query: string, variables: object, check: (data: never) => void): Promise<number> {
  const { fewest, most } = await fewestStatements(world, async () =>
    check((await world.ask(query, { ...variables })) as never),
  );
  expect(most - fewest).toBeLessThan(3);
  return fewest;
}

const nodes = (data: object) => (Object.values(data)[0] as { nodes: Record<string, never>[] }).nodes;

/** What a page costs with 5 and with 50 entries on it. */
async function costsOf(
  query: string,
  check: (entry: Record<string, never>) => void = () => {},
): Promise<number[]> {
  const costs: number[] = [];
  for (const first of [5, 50]) {
    const cost = await costOf(query, { first }, (data) => {
      expect(nodes(data)).toHaveLength(first);
      for (const entry of nodes(data)) check(entry);
    });
    costs.push(cost);
  }
  return costs;
}

const versionFacts = `model { name owner } uri tags { key value } params { key value } metrics { key value } aliases
  run { runId name } commit { sha } datasets { role datasetVersion { digest dataset { name } } }
  evidenceDigest completeness { score missing }`;

describe("one version", () => {
  it("by name@alias is one statement", async () => {
    const query = `query ($ref: VersionRef!) { modelVersion(ref: $ref) { id number stage semanticVersion createdAt } }`;
    for (const ref of ["m07@champion", "m07/2", "m07/1.0.1", "m07@latest", "m07/Production"]) {
      expect(
        await costOf(query, { ref }, (data: { modelVersion: object }) =>
          expect(data.modelVersion).not.toBeNull(),
        ),
      ).toBe(1);
    }
  });

  it("with its model is one statement, and one more each for aliases and tags", async () => {
    const query = `{ modelVersion(ref: "m07@champion") { number model { name } aliases tags { key value } } }`;
    const cost = await costOf(query, {}, (data: { modelVersion: object }) =>
      expect(data.modelVersion).toEqual({
        number: 2,
        model: { name: "m07" },
        aliases: ["champion"],
        tags: [{ key: "tier", value: "1" }],
      }),
    );
    expect(cost).toBe(3);
  });

  it("with all its facts is eleven, and a page of fifty twelve", async () => {
    const one = await costOf(
      `{ modelVersion(ref: "m07@champion") { number ${versionFacts} } }`,
      {},
      () => {},
    );
    expect(one).toBe(11);
    const page = `query ($first: Int) { modelVersions(first: $first) { nodes { number ${versionFacts} } } }`;
    expect(await costsOf(page, (entry) => expect(entry.datasets).toHaveLength(2))).toEqual([12, 12]);
  });
});

describe("a page of models", () => {
  it("is one statement, and two with its totalCount", async () => {
    expect(
      await costsOf(`query ($first: Int) { models(first: $first) { nodes { id name description } } }`),
    ).toEqual([1, 1]);
    expect(
      await costsOf(`query ($first: Int) { models(first: $first) { nodes { id } totalCount } }`),
    ).toEqual([2, 2]);
  });

  it("with twenty versions each is two, and four with both totals", async () => {
    const nested = `query ($first: Int) { models(first: $first) { nodes { name versions(first: 20) { nodes { number stage } } } } }`;
    const count = (entry: Record<string, never>) =>
      expect((entry.versions as unknown as { nodes: object[] }).nodes).toHaveLength(20);
    expect(await costsOf(nested, count)).toEqual([2, 2]);
    const counted = `query ($first: Int) { models(first: $first) { nodes { versions(first: 20) { nodes { number } totalCount } } totalCount } }`;
    expect(await costsOf(counted, count)).toEqual([4, 4]);
  });

  it("with twenty versions each, and all their facts, is 13 for a hundred versions and 23 for a thousand", async () => {
    const nested = `query ($first: Int) { models(first: $first) { nodes { name tags { key value } versions(first: 20) { nodes { number ${versionFacts} } } } } }`;
    const [few, many] = await costsOf(nested);
    expect(few).toBe(13);
    // A thousand versions go to the database in lists of at most 900: ten of the thirteen go in two.
    expect(many).toBe(23);
  });

  it("with latest and greatest version, aliases, a stage and history is a few more, however long", async () => {
    const query = `query ($first: Int) { models(first: $first) { nodes { name tags { key value }
      latestVersion { number } greatestVersion { number } version(number: 3) { number }
      aliases { name modelVersion { number } } inStage(stage: "Production") { number } history(first: 5) { nodes { type } } } } }`;
    const costs = await costsOf(query, (entry) =>
      expect(entry).toMatchObject({
        latestVersion: { number: 20 },
        greatestVersion: { number: 20 },
        version: { number: 3 },
        aliases: [{ name: "champion", modelVersion: { number: 2 } }],
        inStage: [{ number: 1 }],
      }),
    );
    expect(costs).toEqual([12, 12]);
  });
});

describe("a page of versions", () => {
  it("with parents, children, moves and history costs the same for any number", async () => {
    const query = `query ($first: Int) { modelVersions(first: $first, filter: { stage: { eq: "Production" } }) { nodes { number createdBy { name }
      parents { relation } children(first: 3) { nodes { relation } } transitions(first: 3) { nodes { to comment actor { name } } }
      history(first: 3) { nodes { type } } } } }`;
    const moved = (entry: Record<string, never>) =>
      expect(entry.transitions).toMatchObject({ nodes: [{ to: "Production" }] });
    expect(await costsOf(query, moved)).toEqual([6, 6]);
  });
});

describe("uploads", () => {
  it("asked for one by one cost as much as one", async () => {
    const files = [{ path: "a", sizeBytes: 1, sha256: "ab".repeat(32) }];
    const ids: string[] = [];
    for (const model of ["m01", "m02", "m03", "m04", "m05"]) {
      ids.push((await senderOf(world).announce(`${model}/3`, files)).upload.id);
    }
    const asking = (some: string[]) =>
      some.map((id, at) => `u${at}: upload(id: "${id}") { id state }`).join(" ");
    const costs: number[] = [];
    for (const some of [ids.slice(0, 1), ids]) {
      const check = (data: object) =>
        expect(Object.values(data)).toEqual(some.map((id) => ({ id, state: "OPEN" })));
      costs.push(await costOf(`{ ${asking(some)} }`, {}, check));
    }
    expect(costs).toEqual([2, 2]);
  });
});
