import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

const at = "2026-01-01T00:00:00.000Z";
const runIdOf = () => String(++made).padStart(32, "0");

async function runOf(more: object = {}): Promise<string> {
  return (await registry.mutate("createRun", { runId: runIdOf(), ...more }, "run { runId }")).run.runId;
}

async function versionOf(more: object = {}): Promise<{ id: string; model: string }> {
  const model = `model ${++made}`;
  await registry.model(model);
  return { id: (await registry.version(model, more)).id, model };
}

async function read(id: string, selection: string) {
  const query = `query ($id: ID!) { node(id: $id) { ... on ModelVersion { ${selection} } } }`;
  return (await world.ask(query, { id })).node;
}

const digestOf = async (id: string): Promise<string> => (await read(id, "evidenceDigest")).evidenceDigest;

describe("evidenceDigest", () => {
  it("is the same for the same evidence, whatever else is said of a version", async () => {
    const evidence = {
      source: "s3://x",
      signature: { b: 1, a: [2] },
      commit: { repository: "r", sha: "abcdef01" },
      datasets: [
        { name: "evidence", digest: "1", role: "train" },
        { name: "evidence", digest: "2", role: "test" },
      ],
      params: [
        { key: "a", value: "1" },
        { key: "b", value: "2" },
      ],
      metrics: [
        { key: "auc", value: 0.5, at },
        { key: "loss", special: "NAN", at },
      ],
      image: { uri: "registry.example/x", digest: "sha256:1" },
    };
    const { id, model } = await versionOf(evidence);
    const digest = await digestOf(id);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    const turned = {
      ...evidence,
      signature: { a: [2], b: 1 },
      params: [...evidence.params].reverse(),
      metrics: [...evidence.metrics].reverse(),
      datasets: [...evidence.datasets].reverse(),
    };
    expect(
      await digestOf(
        (await versionOf({ ...turned, description: "another", tags: [{ key: "a", value: "b" }] })).id,
      ),
    ).toBe(digest);
    await registry.mutate("updateModelVersion", {
      version: id,
      description: "new",
      semanticVersion: "1.0.0",
    });
    await registry.mutate("setModelVersionTags", { version: id, set: [{ key: "a", value: "b" }] });
    await registry.mutate("setAlias", { model, alias: "champion", version: 1 });
    await registry.promote(id, "Staging");
    await registry.mutate("updateModel", { model, owner: "ann", description: "new" });
    await registry.mutate("renameModel", { model, name: `${model} renamed` });
    await registry.mutate("logModelVersionMetrics", { version: id, metrics: [evidence.metrics[0]] });
    expect(await digestOf(id)).toBe(digest);
  });

  it("is another for each fact that differs", async () => {
    const facts: object[] = [
      {},
      { source: "s3://x" },
      { signature: { a: 1 } },
      { signature: { a: 2 } },
      { commit: { sha: "abcdef0123" } },
      { commit: { sha: "abcdef0124" } },
      { commit: { repository: "other", sha: "abcdef0123" } },
      { datasets: [{ name: "differing", digest: "1" }] },
      { datasets: [{ name: "differing", digest: "2" }] },
      { datasets: [{ name: "differing", digest: "1", role: "test" }] },
      { params: [{ key: "a", value: "1" }] },
      { params: [{ key: "a", value: "2" }] },
      { metrics: [{ key: "a", value: 1, at }] },
      { metrics: [{ key: "a", value: 2, at }] },
      { metrics: [{ key: "a", value: 1, at, dataset: "d" }] },
      { metrics: [{ key: "a", value: 1, at, step: 1 }] },
      { metrics: [{ key: "a", special: "NAN", at }] },
      { image: { uri: "registry.example/a" } },
      { image: { uri: "registry.example/a", digest: "sha256:1" } },
    ];
    const digests = new Set<string>();
    for (const fact of facts) digests.add(await digestOf((await versionOf(fact)).id));
    expect(digests.size).toBe(facts.length);
  });

  it("moves with metrics and image that come later, and with the facts of its run", async () => {
    const runId = await runOf();
    const { id } = await versionOf({ runId });
    const seen = [await digestOf(id)];
    const changes: [string, object, string?][] = [
      ["logModelVersionMetrics", { version: id, metrics: [{ key: "auc", value: 0.5 }] }],
      ["updateModelVersion", { version: id, image: { uri: "registry.example/y" } }],
      ["logRun", { runId, metrics: [{ key: "loss", value: 1 }] }, "run { id }"],
      ["logRun", { runId, params: [{ key: "lr", value: "0.1" }] }, "run { id }"],
      ["logRun", { runId, datasets: [{ name: "run data", digest: "1", role: "train" }] }, "run { id }"],
    ];
    for (const [mutation, input, selection] of changes) {
      await registry.mutate(mutation, input, selection);
      seen.push(await digestOf(id));
    }
    await registry.mutate("finishRun", { runId }, "run { id }");
    await registry.mutate("setRunTags", { runId, set: [{ key: "a", value: "b" }] }, "run { id }");
    expect(await digestOf(id)).toBe(seen.at(-1));
    expect(new Set(seen).size).toBe(changes.length + 1);
  });
});

describe("completeness", () => {
  const all = ["code", "dataset", "params", "metrics", "owner", "documentation"];

  it("names what is missing, until nothing is", async () => {
    const { id, model } = await versionOf();
    const told = async () => (await read(id, "completeness { score missing }")).completeness;
    expect(await told()).toEqual({ score: 0, missing: all });
    await registry.mutate("updateModel", { model, owner: "ann" });
    await registry.mutate("updateModelVersion", { version: id, description: "what it is" });
    expect((await told()).missing).toContain("documentation");
    await registry.mutate("setModelCard", { version: id, card: { details: "what it is" } });
    await registry.mutate("logModelVersionMetrics", { version: id, metrics: [{ key: "a", value: 1 }] });
    expect(await told()).toEqual({ score: 0.5, missing: ["code", "dataset", "params"] });
    // It begins with the card of the one before.
    await registry.version(model, {
      commit: { sha: "abcdef0123" },
      datasets: [{ name: "d", digest: "1" }],
      params: [{ key: "a", value: "1" }],
      metrics: [{ key: "a", value: 1 }],
    });
    const { modelVersion } = await world.ask(
      `query ($ref: VersionRef!) { modelVersion(ref: $ref) { completeness { score missing } } }`,
      { ref: `${model}/2` },
    );
    expect(modelVersion.completeness).toEqual({ score: 1, missing: [] });
  });

  it("counts what its run has", async () => {
    const runId = await runOf({
      commit: { sha: "abcdef0123" },
      datasets: [{ name: "d", digest: "1" }],
      params: [{ key: "a", value: "1" }],
    });
    await registry.mutate("logRun", { runId, metrics: [{ key: "a", value: 1 }] }, "run { id }");
    const { id } = await versionOf({ runId });
    expect(
      await read(
        id,
        "completeness { score missing } commit { sha } datasets { role } params { key } metrics { key }",
      ),
    ).toEqual({
      completeness: { score: 0.67, missing: ["owner", "documentation"] },
      commit: { sha: "abcdef0123" },
      datasets: [{ role: "" }],
      params: [],
      metrics: [],
    });
  });
});

describe("a version's run", () => {
  it("is named by run id or id, alone or through a logged model, and contradictions are refused", async () => {
    const [runId, otherRunId] = [await runOf({ commit: { sha: "aaaaaaa1" } }), await runOf()];
    const { loggedModel } = await registry.mutate(
      "createLoggedModel",
      { runId },
      "loggedModel { id modelId run { id } }",
    );
    for (const named of [
      { runId },
      { runId: loggedModel.run.id },
      { loggedModelId: loggedModel.modelId },
      { loggedModelId: loggedModel.id, runId },
    ]) {
      const { id } = await versionOf(named);
      expect(await read(id, "run { runId } commit { sha }")).toEqual({
        run: { runId },
        commit: { sha: "aaaaaaa1" },
      });
    }
    const model = `model ${++made}`;
    await registry.model(model);
    const contradictions: [object, string, string][] = [
      [{ loggedModelId: loggedModel.id, runId: otherRunId }, "runId", "came out of another run than"],
      [{ runId, commit: { sha: "bbbbbbb1" } }, "commit", "was made with another commit than bbbbbbb1"],
    ];
    for (const [input, field, message] of contradictions) {
      const refusal = await registry.refusal("registerModelVersion", { model, ...input });
      expect(refusal).toMatchObject({ code: "CONFLICT", path: ["input", field] });
      expect(refusal.message).toContain(message);
    }
    const { id } = await versionOf({ runId, commit: { sha: "aaaaaaa1" } });
    expect(await read(id, "commit { sha }")).toEqual({ commit: { sha: "aaaaaaa1" } });
  });
});
