import { type GraphQLField, getNamedType, isLeafType, isObjectType } from "graphql";
import { beforeAll, expect, it } from "vitest";
import { schemaOfApp } from "../../src/wiring/rooms.ts";
import { nastiesIn, nastyInput, shareOf } from "../support/nasty-inputs.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { fileOf, senderOf } from "../support/uploads.ts";
import { selectionOf } from "../support/whole-answers.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
/** An id of each kind of node that has fields with arguments. */
const ids: Record<string, string> = {};

const schema = schemaOfApp();
const runId = "f".repeat(32);
const known = ["BAD_USER_INPUT", "NOT_FOUND", "CURSOR_EXPIRED", "LIMIT", "REFUSED_BY_POLICY"];

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  await registry.mutate("createRun", { runId, datasets: [{ name: "d", digest: "1" }] }, "run { id }");
  await registry.mutate("logRun", { runId, metrics: [{ key: "auc", value: 1 }] }, "run { id }");
  ids.Model = (await registry.model("m")).id;
  ids.ModelVersion = (await registry.version("m", { runId, semanticVersion: "1.0.0" })).id;
  await registry.version("m", { parents: [{ version: "m/1", relation: "finetune" }] });
  const sender = senderOf(world);
  await sender.push("m/1", [fileOf("a")]);
  ids.Upload = (await sender.create("m/1", [fileOf("b")], { isEvidence: true })).upload.id;
  await registry.promote("m/1", "Production");
  const { run, dataset, experiment, modelVersion } =
    await world.ask(`{ run(runId: "${runId}") { id inputs { datasetVersion { id } } }
    dataset(name: "d") { id } experiment(name: "Default") { id } modelVersion(ref: "m/1") { artifacts { id } } }`);
  Object.assign(ids, { Run: run.id, Dataset: dataset.id, Experiment: experiment.id });
  ids.Artifact = modelVersion.artifacts[0].id;
  ids.DatasetVersion = run.inputs[0].datasetVersion.id;
  return world.close;
});

/** What each argument that must be given is where another one is in question. */
const usual: Record<string, unknown> = {
  ref: "m/1",
  refs: ["m/1", "m/2"],
  left: "m/1",
  right: "m/2",
  name: "m",
  runId,
  modelId: "m-0",
  sha: "abcdef0123",
  stage: "Production",
  number: 1,
  key: "auc",
  direction: "BOTH",
  asOf: "9000-01-01T00:00:00Z",
};
const ofIds = () => ({
  id: ids.Model,
  ids: [ids.Model],
  root: ids.Run,
  from: ids.Run,
  to: ids.ModelVersion,
  of: [ids.Run],
});

/** Asks for all that one field answers, its arguments given as variables. */
function questionOf(owner: string, field: GraphQLField<unknown, unknown>, id: string | undefined): string {
  const type = getNamedType(field.type);
  const variables = field.args.map((arg) => `$${arg.name}: ${arg.type}`).join(", ");
  const args = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
  const selection = isLeafType(type) ? "" : `{ ${selectionOf(type, 3)} }`;
  const asked = `${field.name}(${args}) ${selection}`;
  return `query (${variables}) { ${id ? `node(id: "${id}") { ... on ${owner} { ${asked} } }` : asked} }`;
}

async function faultOf(query: string, variables: object): Promise<string | null> {
  const { status, errors } = await world.graphql(query, { ...variables });
  const faults = (errors ?? []).filter(
    ({ message, extensions }) => !known.includes(extensions.code) || message.length > 1_000,
  );
  if (status < 500 && faults.length === 0) return null;
  return `${status} ${JSON.stringify(faults).slice(0, 300)}`;
}

let asked = 0;
const query = schema.getQueryType()!;
const owners = [
  "Model",
  "ModelVersion",
  "Run",
  "Experiment",
  "Dataset",
  "DatasetVersion",
  "Upload",
  "Artifact",
];
const rows = [query.name, ...owners].flatMap((owner) => {
  const type = schema.getType(owner);
  if (!isObjectType(type)) throw new Error(`no object type ${owner}`);
  const fields = Object.values(type.getFields()).filter(({ args }) => args.length > 0);
  return fields.map(
    (field) => [`${owner === query.name ? "" : `${owner}.`}${field.name}`, owner, field] as const,
  );
});

it.each(rows)(
  "%s answers or says what is wrong, whatever its arguments are",
  { timeout: 300_000 },
  async (_, owner, field) => {
    const given = { ...usual, ...ofIds() };
    const needed = field.args.filter(({ name }) => name in given).map(({ name }) => name);
    const base = Object.fromEntries(needed.map((name) => [name, given[name as keyof typeof given]]));
    const question = questionOf(owner, field, ids[owner]);
    expect(await faultOf(question, base)).toBeNull();
    const faults: string[] = [];
    for (const { name, type } of field.args) {
      for (const nasty of shareOf(nastiesIn(type, name), ++asked)) {
        const value = nastyInput((base[name] ?? {}) as object, type, nasty);
        const fault = await faultOf(question, { ...base, [name]: value });
        if (fault) faults.push(`${nasty.path} = ${JSON.stringify(nasty.value)?.slice(0, 60)}: ${fault}`);
      }
    }
    expect(faults).toEqual([]);
  },
);
