// Whatever a query leads to, it may lead on to what its asker must not read. A query of the schema that leads to a noun
// and has no row here fails the tests: tell how it is asked by somebody who reads `plain.*`.

import {
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
} from "graphql";
import { registryOf } from "../registry.ts";
import { trackerOf } from "../tracker.ts";
import { fileOf, senderOf } from "../uploads.ts";
import type { World } from "../world.ts";
import type { Arguments } from "./paths.ts";
import type { AccessStory } from "./story.ts";

/** Names of the queries that lead to a noun within so many steps. */
export function queriesToNouns(schema: GraphQLSchema, depth: number): string[] {
  const leads = (type: GraphQLObjectType, steps: number): boolean =>
    Object.values(type.getFields()).some((field) => {
      const target = getNamedType(field.type);
      if (isInterfaceType(target)) return true;
      if (!isObjectType(target)) return false;
      return target.getInterfaces().length > 0 || (steps > 1 && leads(target, steps - 1));
    });
  const query = schema.getQueryType()!;
  return Object.values(query.getFields())
    .filter(({ type }) => {
      const target = getNamedType(type);
      return isInterfaceType(target) || (isObjectType(target) && leads(target, depth - 1));
    })
    .map(({ name }) => name);
}

export interface NestedStory {
  /** Arguments of every query, and of every field on the way, so that each leads to something of `plain`. */
  told: Arguments;
  /** Public ids of what stands under `plain`, or is everybody's, by type. */
  ids: Record<string, string>;
}

/** Steps within which a query that is asked for something of `plain` leads whoever reads everything on to `hush`. */
export const leadingOn: ReadonlyMap<string, number> = new Map([
  ...[
    ..."compareVersions datasets experiments grants impact lineage lineageDiff lineagePath".split(" "),
    ..."loggedModel loggedModels model modelVersion modelVersions models registry registryEvents reproduction run runs".split(
      " ",
    ),
  ].map((name): [string, number] => [name, 4]),
  ["experiment", 5],
  ["upload", 5],
  ["retentionPlan", 5],
  ["transitionRequest", 5],
  ["transitionRequests", 5],
  ["resolve", 5],
  ["dataset", 6],
]);

/** Queries that lead to nouns, and from there to nothing that has a scope; nodes are asked for kind by kind. */
export const leadingNowhere: readonly string[] = "actor actors commit commits node nodes viewer".split(" ");

/** The same of nodes, by their type. */
export const nodesLeadingOn: ReadonlyMap<string, number> = new Map([
  ...["DatasetVersion", "LoggedModel", "Model", "ModelVersion", "Run"].map((type): [string, number] => [
    type,
    3,
  ]),
  ["Artifact", 4],
  ["Experiment", 4],
  ["Dataset", 5],
  ["TransitionRequest", 4],
  ["Upload", 4],
  ["Validation", 4],
  ["Approval", 5],
]);
/** Kinds that no event here is about: files are told of with their version, and built-in roles were there from the first. */
export const withoutEvents: readonly string[] = ["Artifact", "Role", "Upload"];
export const nodesLeadingNowhere: readonly string[] =
  "Actor AliasProtection Commit Grant ModelCard Policy RetentionPolicy Role StageSet Token".split(" ");

/** What the other scope holds besides: of every kind of noun one, each linked with something of `hush`. */
export async function tellNestedStory(world: World, story: AccessStory): Promise<NestedStory> {
  const registry = registryOf(world);
  const tracker = trackerOf(world);
  const data = { name: "plain-data", digest: "plain-digest", role: "train" };
  const run = await tracker.run({ experiment: "plain-experiment", name: "plain trained", datasets: [data] });
  const logged = await tracker.done("createLoggedModel", { runId: run.runId, name: "plain logged" });
  const made = { loggedModelId: logged.modelId, runId: run.runId };
  const derived = (model: string, parent: string) =>
    registry.version(model, { ...made, parents: [{ version: parent, relation: "finetune" }] });
  // To what must not be seen from there, and back.
  const second = await derived("plain.beta", "plain.beta/1");
  const hidden = await derived("hush.alpha", second.id);
  const third = await derived("plain.beta", hidden.id);
  const sender = senderOf(world);
  await sender.push(second.id, [fileOf("plain.bin")]);
  const { upload } = await sender.create(second.id, [fileOf("plain.txt")], { isEvidence: true });
  const child = { name: "hush on plain", parentRunId: run.runId, datasets: [data] };
  await tracker.run({ experiment: "hush-experiment", ...child });
  await registry.mutate("setAlias", { model: "plain.beta", alias: "plain-champion", version: third.number });
  await registry.promote("plain.beta/1", "Production");
  return settled(world, {
    story,
    run,
    logged,
    second,
    third,
    upload,
    ...(await governance(world, second.id)),
  });
}

// biome-ignore lint/suspicious/noExplicitAny: nouns as they were answered
type Noun = any;

/** A policy, a request with a decision on it, a validation and a protected alias, all of `plain`. */
async function governance(world: World, version: string): Promise<Record<string, Noun>> {
  const registry = registryOf(world);
  const policyWish = { model: "plain.*", stage: "Staging", approvalsNeeded: 2 };
  const { policy } = await registry.mutate("setPolicy", policyWish, "policy { id }");
  const { transitionRequest: asked } = await registry.mutate(
    "requestTransition",
    { version, to: "Staging" },
    "transitionRequest { id }",
  );
  const reviewer = await registry.colleague("plain reviewer", "APPROVER");
  const decision = { request: asked.id, decision: "APPROVE" };
  const { approval } = await reviewer.mutate("reviewTransition", decision, "approval { id }");
  const validationWish = {
    version,
    validator: "v",
    organisation: "o",
    scope: "s",
    reportUri: "https://example.org",
  };
  const { validation } = await reviewer.mutate("recordValidation", validationWish, "validation { id }");
  const protection = { model: "plain.*", alias: "kept", stages: ["Production"] };
  const { aliasProtection } = await registry.mutate("protectAlias", protection, "aliasProtection { id }");
  const retentionWish = { model: "plain.*", rules: [{ stage: "None", keepDays: 1 }] };
  const { retention } = await registry.mutate("setRetention", retentionWish, "retention { id }");
  const cardWish = { version, card: { details: "plain" } };
  const { card } = await registry.mutate("setModelCard", cardWish, "card { id }");
  const stages = [
    { name: "None" },
    { name: "Staging", synonyms: ["plain word"] },
    { name: "Production", isLive: true },
    { name: "Archived", isRetired: true },
  ];
  const { stageSet } = await registry.mutate("defineStages", { stages }, "stageSet { id }");
  return { policy, asked, approval, validation, aliasProtection, retention, stageSet, card };
}

async function settled(
  world: World,
  { story, run, logged, second, third, upload, ...governed }: Record<string, Noun>,
): Promise<NestedStory> {
  const found = await world.ask(`{
    model(name: "plain.beta") { id }
    experiment(name: "plain-experiment") { id }
    dataset(name: "plain-data") { id versions { nodes { id } } }
    modelVersion(ref: "plain.beta/2") { artifacts { id } }
    commits { nodes { id } }
    roles { id }
    actor(actor: "outsider") { id grants { nodes { id } } tokens { nodes { id } } } }`);
  const ids = {
    Actor: found.actor.id,
    AliasProtection: governed.aliasProtection.id,
    Approval: governed.approval.id,
    Artifact: found.modelVersion.artifacts[0].id,
    ModelCard: governed.card.id,
    Policy: governed.policy.id,
    RetentionPolicy: governed.retention.id,
    StageSet: governed.stageSet.id,
    TransitionRequest: governed.asked.id,
    Validation: governed.validation.id,
    Commit: found.commits.nodes[0].id,
    Dataset: found.dataset.id,
    DatasetVersion: found.dataset.versions.nodes[0].id,
    Experiment: found.experiment.id,
    Grant: found.actor.grants.nodes[0].id,
    LoggedModel: logged.id,
    Model: found.model.id,
    ModelVersion: second.id,
    Role: found.roles[0].id,
    Run: run.id,
    Upload: upload.id,
    Token: found.actor.tokens.nodes[0].id,
  };
  const told = {
    ...story.told,
    "Query.actor": 'actor: "outsider"',
    "Query.compareVersions": 'refs: ["plain.beta/1", "plain.beta/2"]',
    "Query.dataset": 'name: "plain-data"',
    "Query.experiment": 'name: "plain-experiment"',
    "Query.impact": `of: ["${ids.DatasetVersion}"]`,
    "Query.lineage": `root: "${second.id}", direction: BOTH`,
    "Query.lineageDiff": 'left: "plain.beta/2", right: "plain.beta/3"',
    "Query.lineagePath": `from: "${second.id}", to: "${third.id}"`,
    "Query.loggedModel": `modelId: "${logged.modelId}"`,
    "Query.model": 'name: "plain.beta"',
    "Query.modelVersion": 'ref: "plain.beta/1"',
    "Query.node": `id: "${second.id}"`,
    "Query.nodes": `ids: ["${second.id}", "${run.id}"]`,
    "Query.reproduction": 'ref: "plain.beta/1"',
    "Query.resolve": 'ref: "plain.beta@plain-champion"',
    "Query.upload": `id: "${ids.Upload}"`,
    "Query.transitionRequest": `id: "${governed.asked.id}"`,
    "Query.run": `runId: "${run.runId}"`,
    // Few at a time: all of them at every turn of the way would cost too much.
    ...{
      "ModelVersion.artifacts": "first: 2",
      "Run.loggedFiles": "first: 2",
      "LoggedModel.loggedFiles": "first: 2",
      "Bundle.files": "first: 2",
      "Resolution.files": "first: 2",
    },
    ...{ "Upload.files": "first: 2", "FileContents.tensors": "first: 2" },
    "Model.inStage": 'stage: "None"',
    "Model.policy": 'stage: "Staging"',
    "ModelVersion.lineage": "direction: BOTH",
  };
  return { ids, told };
}
