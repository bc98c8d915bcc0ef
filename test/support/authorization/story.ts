import { createHash } from "node:crypto";
import { person } from "../access.ts";
import { proxyOf } from "../logged-files.ts";
import { type Registry, registryOf } from "../registry.ts";
import { trackerOf } from "../tracker.ts";
import { senderOf } from "../uploads.ts";
import type { World } from "../world.ts";
import type { Arguments } from "./paths.ts";

/** Stands in whatever a reader of `plain.*` must never see. */
export const secretWord = "hush";

const hex = (text: string) => createHash("sha1").update(text).digest("hex");
const runId = (text: string) => hex(text).slice(0, 32);

export interface AccessStory {
  /** Public ids of what stands under `hush`, by type. A commit has no scope. */
  ids: Record<string, string>;
  /** Arguments of every field that needs some, so that it leads to something. */
  told: Arguments;
}

/**
 * Two lines of work in one registry: `hush.alpha` with all that it was made from, and `plain.beta`, which was fine-tuned
 * from it and trained on its data. So every kind of link leads from what a reader of `plain.*` sees to what it must not.
 */
export async function tellAccessStory(world: World): Promise<AccessStory> {
  const registry = registryOf(world);
  const tracker = trackerOf(world);
  const commit = { repository: "git@example.org:shared/code.git", sha: hex("shared code") };
  const data = { name: "hush-data", digest: "hush-digest", role: "train" };
  const facts = {
    params: [{ key: "hush-param", value: "1" }],
    tags: [{ key: "hush-tag", value: "1" }],
  };
  const metrics = [{ key: "hush-auc", value: 0.9, dataset: "hush-data", split: "test", slice: "all" }];
  const { experimentId } = await tracker.done("createExperiment", {
    name: "hush-experiment",
    scope: "hush",
    tags: facts.tags,
  });
  const run = await tracker.run({
    experiment: "hush-experiment",
    runId: runId("hush run"),
    name: "hush run",
    datasets: [data],
    commit,
    ...facts,
  });
  await tracker.run({ experiment: "hush-experiment", parentRunId: run.runId, name: "hush child" });
  await tracker.done("logRun", { runId: run.runId, metrics: [{ key: "hush-auc", value: 0.9 }] });
  await tracker.done("finishRun", { runId: run.runId, status: "FINISHED" });
  const second = await tracker.run({
    experiment: "hush-experiment",
    name: "hush second",
    datasets: [
      { ...data, digest: "hush-digest-2" },
      { ...data, name: "hush-more" },
    ],
  });
  await proxyOf(world).log({ experimentId, runId: run.runId }, "hush.txt", "hush");
  const logged = await tracker.done("createLoggedModel", { runId: run.runId, name: "hush logged", ...facts });
  await proxyOf(world).log({ experimentId, modelId: logged.modelId }, "hush.bin", "hush weights");
  const versions = await modelsOf(world, registry, { facts, metrics, run, second, logged });
  await tracker.done("createExperiment", { name: "plain-experiment", scope: "plain" });
  await tracker.run({
    experiment: "plain-experiment",
    name: "plain run",
    datasets: [{ name: "hush-data", digest: "hush-digest" }],
    parentRunId: run.runId,
  });
  return settled(world, { run, logged, versions, commit });
}

// biome-ignore lint/suspicious/noExplicitAny: nouns as they were answered
type Noun = any;

async function modelsOf(
  world: World,
  registry: Registry,
  { facts, metrics, run, second, logged }: Record<string, Noun>,
): Promise<
  Record<"alpha" | "first" | "tuned" | "asked" | "validation" | "documented" | "upload" | "retention", Noun>
> {
  const alpha = await registry.model("hush.alpha", { tags: facts.tags, owner: "hush-owner" });
  const made = { runId: run.runId, loggedModelId: logged.modelId, metrics, ...facts };
  const first = await registry.version("hush.alpha", { ...made, framework: "hush-framework" });
  const tuned = await registry.version("hush.alpha", {
    ...facts,
    metrics,
    runId: second.runId,
    parents: [{ version: first.id, relation: "finetune" }],
    signature: { inputs: [{ name: "hush", type: "double" }] },
  });
  const upload = await filesOf(world, first.id, tuned.id);
  const group = { name: "hush", value: 1, perGroup: [{ group: "hush", value: 1 }] };
  const card = { details: "hush", fairnessMetrics: [group], extra: { language: "hush" } };
  const { card: documented } = await registry.mutate("setModelCard", { version: tuned.id, card });
  for (const version of [first.id, tuned.id]) {
    const image = { uri: "registry.example.org/hush", digest: `sha256:${"a".repeat(64)}` };
    await registry.mutate("updateModelVersion", { version, image });
    await registry.promote(version, "Production", { comment: "hush, it is live" });
  }
  await registry.version("hush.alpha", { runId: second.runId });
  const gates = [{ kind: "METRIC", metric: "hush-auc", compare: { op: "GE", value: 0.1 } }];
  const policy = { model: "hush.*", stage: "Staging", approvalsNeeded: 2, gates };
  await registry.mutate("setPolicy", policy, "policy { revision }");
  const wish = { version: "hush.alpha/3", to: "Staging", reason: "hush, it is wanted" };
  const { transitionRequest } = await registry.mutate("requestTransition", wish, "transitionRequest { id }");
  const reviewer = await person(world, "second reviewer", { grants: [["APPROVER", "hush.*"]] });
  const decision = { request: transitionRequest.id, decision: "APPROVE", comment: "hush, it is good" };
  await reviewer.mutate("reviewTransition", decision, "approval { id }");
  await registry.version("hush.alpha", { parents: [{ version: tuned.id, relation: "finetune" }] });
  const auditor = await registry.colleague("auditor", "APPROVER");
  const { validation } = await auditor.mutate("recordValidation", {
    version: tuned.id,
    validator: "hush-validator",
    organisation: "hush-organisation",
    scope: "hush-scope",
    reportUri: "https://example.org/hush",
  });
  await registry.mutate("setAlias", { model: "hush.alpha", alias: "hush-champion", version: 1 });
  await registry.mutate("protectAlias", {
    model: "hush.alpha",
    alias: "hush-champion",
    stages: ["Production"],
  });
  await registry.mutate("setLegalHold", { model: "hush.alpha", isHeld: true, reason: "hush, a case" });
  const { retention } = await registry.mutate(
    "setRetention",
    { model: "hush.*", preset: "STANDARD" },
    "retention { id }",
  );
  await registry.model("plain.beta");
  await registry.version("plain.beta", {
    parents: [{ version: first.id, relation: "finetune" }],
    datasets: [{ name: "hush-data", digest: "hush-digest", role: "train" }],
    runId: run.runId,
  });
  return { alpha, first, tuned, validation, documented, upload, retention, asked: transitionRequest };
}

/** A bundle for each, and evidence that is on its way to the second: small enough for one request, and too large for one. */
async function filesOf(world: World, first: string, second: string): Promise<Noun> {
  const sender = senderOf(world);
  const header = JSON.stringify({ hush: { dtype: "F32", shape: [1], data_offsets: [0, 4] } });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const bytes = Buffer.concat([length, Buffer.from(header), Buffer.alloc(4)]);
  for (const version of [first, second]) await sender.push(version, [{ path: "hush.safetensors", bytes }]);
  const sha256 = "a".repeat(64);
  const files = [
    { path: "hush.small", sizeBytes: 1, sha256 },
    { path: "hush.large", sizeBytes: 40 * 1024 * 1024, sha256 },
  ];
  return (await sender.announce(second, files, { isEvidence: true })).upload;
}

async function settled(world: World, { run, logged, versions, commit }: Record<string, Noun>) {
  const found = await world.ask(`{
    experiment(name: "hush-experiment") { id }
    dataset(name: "hush-data") { id versions { nodes { id } } }
    modelVersion(ref: "hush.alpha/2") { artifacts { id } } }`);
  const ids: Record<string, string> = {
    Artifact: found.modelVersion.artifacts[0].id,
    Upload: versions.upload.id,
    RetentionPolicy: versions.retention.id,
    Model: versions.alpha.id,
    ModelVersion: versions.first.id,
    ModelCard: versions.documented.id,
    Experiment: found.experiment.id,
    Run: run.id,
    LoggedModel: logged.id,
    Dataset: found.dataset.id,
    TransitionRequest: versions.asked.id,
    Validation: versions.validation.id,
    DatasetVersion: found.dataset.versions.nodes[0].id,
  };
  const told: Record<string, string> = {
    // All that there is to ask of twenty would cost too much.
    "Query.models": "first: 10",
    "Query.model": 'name: "hush.alpha"',
    "Query.modelVersion": 'ref: "hush.alpha/2"',
    "Query.resolve": 'ref: "hush.alpha@hush-champion"',
    "Query.validatePayload": 'ref: "hush.alpha/2", rows: [{ hush: "hush" }]',
    "Query.retentionPlan": 'at: "9000-01-01T00:00:00Z"',
    "Query.upload": `id: "${ids.Upload}"`,
    "Query.experiment": 'name: "hush-experiment"',
    "Query.run": `runId: "${run.runId}"`,
    "Query.loggedModel": `modelId: "${logged.modelId}"`,
    "Query.dataset": 'name: "hush-data"',
    "Query.commit": `sha: "${commit.sha}"`,
    "Query.node": `id: "${ids.Model}"`,
    "Query.nodes": `ids: ["${ids.Model}", "${ids.Run}"]`,
    "Query.lineage": `root: "${ids.ModelVersion}", direction: BOTH`,
    "Query.lineagePath": `from: "${ids.DatasetVersion}", to: "${versions.tuned.id}"`,
    "Query.lineageDiff": 'left: "hush.alpha/1", right: "hush.alpha/3"',
    "Query.transitionRequest": `id: "${ids.TransitionRequest}"`,
    "Query.impact": `of: ["${ids.DatasetVersion}"]`,
    "Query.compareVersions": 'refs: ["hush.alpha/1", "hush.alpha/2"]',
    "Query.reproduction": 'ref: "hush.alpha/1"',
    "Query.registry": 'asOf: "9000-01-01T00:00:00Z", first: 100',
    "Query.registryEvents": "first: 100",
    "Model.version": "number: 1",
    "Model.policy": 'stage: "Staging"',
    "Model.inStage": 'stage: "Production"',
    "ModelVersion.lineage": "direction: UPSTREAM",
    "ModelVersion.viewerCanTransition": 'to: "Staging"',
    "Run.metricHistory": 'key: "hush-auc"',
    "Query.checkModelCard": 'markdown: "Text"',
    "Query.actor": 'actor: "viewer"',
    "Viewer.permissions": 'scope: "hush.alpha"',
    "Viewer.can": 'permission: "registry:read", scope: "hush.alpha"',
  };
  return { ids, told };
}
