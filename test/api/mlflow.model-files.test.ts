import { readdir, readFile, rename, symlink, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pino } from "pino";
import { beforeAll, describe, expect, it } from "vitest";
import { described, describedAs, facts, nothing, signature } from "../support/described-model.ts";
import { objectFolderOf } from "../support/engines.ts";
import { type FilesOf, proxyOf } from "../support/logged-files.ts";
import { type Mlflow, mlflowOf } from "../support/mlflow.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { type Tracker, trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let mlflow: Mlflow;
let registry: Registry;
let tracker: Tracker;
let proxy: ReturnType<typeof proxyOf>;
const warnings: string[] = [];

beforeAll(async () => {
  const log = pino({ level: "warn" }, { write: (line) => void warnings.push(line) });
  world = await startWorld({ log });
  mlflow = mlflowOf(world);
  registry = registryOf(world);
  tracker = trackerOf(world);
  proxy = proxyOf(world);
  return world.close;
});

async function runWith(mlmodel: Buffer | string | null, folder = "model"): Promise<{ runId: string }> {
  const run = await tracker.run();
  await proxy.log(run, `${folder}/model.pkl`, `weights of ${run.runId}`);
  if (mlmodel !== null) await proxy.log(run, `${folder}/MLmodel`, mlmodel);
  return run;
}

/** What its client asks; the model is made where there is none. */
async function create(name: string, source: string, more: object = {}) {
  await mlflow.post("registered-models/create", { name });
  return mlflow.post("model-versions/create", { name, source, ...more });
}

async function factsOf(name: string, number = 1) {
  const fields = "framework format signature bundle { fileCount }";
  const { modelVersion } = await world.ask(`{ modelVersion(ref: "${name}/${number}") { ${fields} } }`);
  const { bundle, ...rest } = modelVersion;
  return { ...rest, files: bundle?.fileCount ?? null };
}

/** Registers what is at the source, and reads what became of it. */
async function registered(name: string, source: string, more: object = {}) {
  const { status, body } = await create(name, source, more);
  expect([status, body.message]).toEqual([200, undefined]);
  return factsOf(name, Number(body.model_version.version));
}

async function loggedModelWith(mlmodel: string): Promise<FilesOf> {
  const logged = await tracker.done("createLoggedModel", { name: "logged", status: "PENDING" });
  await proxy.log({ modelId: logged.modelId }, "MLmodel", mlmodel);
  return logged;
}

describe("a version that MLflow's client registers", () => {
  it("is said to be what the MLmodel of its run says", async () => {
    const { runId } = await runWith(described);
    expect(await registered("of-run", `runs:/${runId}/model`)).toEqual({ ...facts, files: 2 });
    const place = `mlflow-artifacts:/0/${runId}/artifacts/model`;
    expect(await registered("of-place", place)).toEqual({ ...facts, files: 2 });
    const deeper = await runWith(described, "deep/er/folder");
    expect(await registered("of-folder", `runs:/${deeper.runId}/deep/er/folder/`)).toMatchObject(facts);
    expect(await registered("of-above", `runs:/${deeper.runId}/deep`)).toEqual({ ...nothing, files: 2 });
  });

  it("is said to be what the MLmodel of its logged model says", async () => {
    const { modelId } = await loggedModelWith(described);
    const source = `models:/${modelId}`;
    expect(await registered("of-logged", source, { model_id: modelId })).toEqual({ ...facts, files: 1 });
    const place = `mlflow-artifacts:/0/models/${modelId}/artifacts`;
    expect(await registered("of-logged", place)).toEqual({ ...facts, files: 1 });
  });

  it("is said to be what the version is that it was copied from, whether files are here or not", async () => {
    const { runId } = await runWith(described);
    await create("first", `runs:/${runId}/model`);
    await proxy.log({ runId }, "model/MLmodel", describedAs("xgboost"));
    expect(await registered("second", "models:/first/1")).toEqual({ ...facts, files: 2 });
    const uri = (await mlflow.get("model-versions/get-download-uri", { name: "second", version: "1" })).body;
    expect(await registered("third", uri.artifact_uri)).toEqual({ ...facts, files: 2 });
    const elsewhere = { source: "s3://bucket/model", ...facts };
    await registry.mutate("registerModelVersion", { model: "away", createModel: true, ...elsewhere });
    expect(await registered("fourth", "models:/away/latest")).toEqual({ ...facts, files: null });
  });

  it("stays what it was said to be, whatever the run leaves there later", async () => {
    const { runId } = await runWith(described);
    expect(await registered("kept", `runs:/${runId}/model`)).toMatchObject(facts);
    await proxy.log({ runId }, "model/MLmodel", describedAs("xgboost"));
    expect(await factsOf("kept")).toMatchObject(facts);
    const next = await registered("kept", `runs:/${runId}/model`);
    expect(next).toEqual({ framework: "xgboost", format: "cloudpickle", signature, files: 2 });
    await tracker.done("deleteLoggedFiles", { runId, path: "model/MLmodel" });
    expect(await registered("kept", `runs:/${runId}/model`)).toEqual({ ...nothing, files: 1 });
    expect(await factsOf("kept")).toEqual({ ...facts, files: 2 });
  });

  it("can be checked by what it takes, as one that was pushed", async () => {
    const { runId } = await runWith(described);
    await create("checked", `runs:/${runId}/model`);
    const check = async (rows: object) => {
      const query = `query ($rows: JSON!) { validatePayload(ref: "checked/1", rows: $rows) { isValid } }`;
      return (await world.ask(query, { rows })).validatePayload.isValid;
    };
    expect(await check([{ x: 1.5 }])).toBe(true);
    expect(await check([{ x: "one" }])).toBe(false);
  });

  it("of 10,000 columns has them all", async () => {
    const wide = Array.from({ length: 10_000 }, (_, at) => ({ type: "double", name: `column ${at}` }));
    const { runId } = await runWith(
      `flavors: {sklearn: {}}\nsignature:\n  inputs: '${JSON.stringify(wide)}'\n`,
    );
    const { signature: came } = await registered("wide", `runs:/${runId}/model`);
    expect(came.inputs).toEqual(wide);
  });
});

const signed = (inputs: string) => `flavors:\n  sklearn: {}\nsignature:\n  inputs: ${inputs}\n`;
const quoted = (json: string) => `'${json.replaceAll("'", "''")}'`;
const framework = { ...nothing, framework: "sklearn" };
const bomb = Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`).join("\n");
const deep = (levels: number) => Array.from({ length: levels }, (_, at) => `${" ".repeat(at)}a:`).join("\n");

const odd: [string, Buffer | string | null, object][] = [
  ["none", null, nothing],
  ["an empty one", "", nothing],
  ["one that is no YAML", "flavors: {sklearn: [", nothing],
  ["one that is no text", Buffer.from([0x66, 0xff, 0xfe, 0x00]), nothing],
  ["null bytes in it", described.replace("conda", "con\u0000da"), nothing],
  ["two documents", `${described}---\n${described}`, nothing],
  ["a list", "- sklearn\n", nothing],
  ["a word", "sklearn\n", nothing],
  ["flavors that are a list", "flavors: [sklearn]\nsignature: [1]\n", nothing],
  ["no flavors", "flavors: {}\nsignature: {}\n", nothing],
  ["a flavor that is a word", "flavors: {sklearn: pickle}\n", framework],
  ["a format that is a number", "flavors: {sklearn: {serialization_format: 4}}\n", framework],
  [
    "a format that is too long",
    `flavors: {sklearn: {serialization_format: ${"x".repeat(256)}}}\n`,
    framework,
  ],
  [
    "a flavor that is no name",
    `flavors: {" a\\u0000": {serialization_format: pickle}}`,
    { format: "pickle" },
  ],
  ["a flavor with a lone surrogate", 'flavors: {"\\ud800": {}}\n', nothing],
  ["keys given twice", "flavors: {sklearn: {}}\nflavors: {xgboost: {}}\n", nothing],
  ["aliases", "flavors: {a: &a {}, sklearn: *a}\n", nothing],
  ["aliases that grow", `a0: &a0 [x, x]\n${bomb}\n${described}`, nothing],
  ["100 levels in flow", `a: ${"[".repeat(100)}${"]".repeat(100)}\n${described}`, nothing],
  ["1,400 levels by indentation", `${deep(1_400)}\n${described}`, nothing],
  ["very many tokens", `${described}more: [${"1,".repeat(30_000)}]\n`, nothing],
  ["2 MiB of comment", `${described}#${"x".repeat(2 * 1024 * 1024)}\n`, nothing],
  ["a tag of Python", `flavors: {sklearn: {}}\nx: !!python/object/apply:os.system ["id"]\n`, framework],
  ["a prototype", "__proto__: {flavors: {evil: {}}}\nflavors: {sklearn: {}}\n", framework],
  ["a signature that is no JSON", signed("'[{'"), framework],
  ["a signature that is a word", "flavors: {sklearn: {}}\nsignature: x\n", framework],
  ["a part that is no list", signed(quoted('{"type": "double"}')), framework],
  ["a part that is a number", signed("5"), framework],
  ["one part that is no list beside one that is", `${signed("'[]'")}  outputs: '5'\n`, framework],
  ["a lone surrogate in its signature", signed(quoted('[{"type": "double", "name": "\\ud800"}]')), framework],
  ["a number beyond all", signed(quoted('[{"type": "double", "name": 1e999}]')), framework],
  ["40 levels in its signature", signed(quoted("[".repeat(40) + "]".repeat(40))), framework],
  ["500,000 brackets in its signature", signed(quoted("[".repeat(500_000))), framework],
  ["100,000 values in its signature", signed(quoted(`[${"1,".repeat(100_000)}1]`)), framework],
  [
    "a signature that is JSON of YAML",
    signed("[{type: double, name: x}]"),
    { signature: { inputs: [{ type: "double", name: "x" }] } },
  ],
  [
    "a NUL in its signature",
    signed(quoted('[{"type": "double", "name": "\\u0000"}]')),
    { signature: { inputs: [{ type: "double", name: "\u0000" }] } },
  ],
];

describe("a version whose files hold", () => {
  it.each(odd)("%s is registered all the same", async (what, mlmodel, expected) => {
    const { runId } = await runWith(mlmodel);
    warnings.length = 0;
    const name = what.replaceAll(/[^a-z0-9]/g, "-");
    const came = await registered(name, `runs:/${runId}/model`);
    expect(came).toMatchObject({ ...expected, files: mlmodel === null ? 1 : 2 });
    expect(warnings).toEqual([]);
  });
});

describe("where the store", () => {
  it("is away, nothing is registered, and the client may come again", async () => {
    const own = described.replace("bytes: 491", "bytes: 492");
    const { runId } = await runWith(own);
    const folder = dirname(await storedAt(own));
    await rename(folder, `${folder}-away`);
    await symlink(folder, folder);
    const refused = await create("away-again", `runs:/${runId}/model`);
    await unlink(folder);
    await rename(`${folder}-away`, folder);
    expect([refused.status, refused.body.error_code]).toEqual([503, "TEMPORARILY_UNAVAILABLE"]);
    const { body } = await create("away-again", `runs:/${runId}/model`);
    expect(body.model_version.version).toBe("1");
    expect(await factsOf("away-again")).toEqual({ ...facts, files: 2 });
  });

  it("has lost the MLmodel, the version is registered without what it said", async () => {
    const own = described.replace("bytes: 491", "bytes: 493");
    const { runId } = await runWith(own);
    await unlink(await storedAt(own));
    const { status } = await create("lost", `runs:/${runId}/model`);
    expect(status).toBe(200);
    expect(await factsOf("lost")).toMatchObject(nothing);
  });
});

/** Where the store keeps a file of these contents. */
async function storedAt(text: string): Promise<string> {
  const root = objectFolderOf(world.settings);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if ((await readFile(path, "utf8")) === text) return path;
  }
  throw new Error("the store keeps no such file");
}
