import { beforeAll, describe, expect, it } from "vitest";
import { runIdOf } from "../support/example.ts";
import { type Mlflow, mlflowOf } from "../support/mlflow.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let mlflow: Mlflow;
let registry: Registry;
let now = Date.parse("2027-01-01T00:00:00Z");
const source = "s3://bucket/model";

beforeAll(async () => {
  world = await startWorld({ clock: () => (now += 1_000) });
  mlflow = mlflowOf(world);
  registry = registryOf(world);
  return world.close;
});

async function version(name: string, more: object = {}) {
  await mlflow.post("registered-models/create", { name });
  const { status, body } = await mlflow.post("model-versions/create", { name, source, ...more });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body.model_version;
}

const changedAt = async (name: string) =>
  (await mlflow.get("registered-models/get", { name })).body.registered_model.last_updated_timestamp;

describe("a model version of MLflow", () => {
  it("is ready at once, and is a version of the graph", async () => {
    const tags = [{ key: "team", value: "risk" }];
    const made = await version("credit", { description: "first", tags });
    expect(made).toMatchObject({
      name: "credit",
      version: "1",
      current_stage: "None",
      status: "READY",
      description: "first",
      source,
      tags,
    });
    expect((await mlflow.get("model-versions/get", { name: "credit", version: "1" })).body).toEqual({
      model_version: made,
    });
    expect(
      await world.ask(`{ modelVersion(ref: "credit/1") { description source tags { key value } } }`),
    ).toEqual({ modelVersion: { description: "first", source, tags } });
  });

  it("hangs on the run that made it, where that is here", async () => {
    const runId = runIdOf("mlflow run");
    await registry.mutate("createRun", { runId }, "run { id }");
    expect(await version("of-run", { run_id: runId })).toMatchObject({ run_id: runId });
    expect(await version("of-run", { source: `runs:/${runId}/model` })).toMatchObject({ run_id: runId });
    expect(
      await world.ask(`{ model(name: "of-run") { versions(first: 2) { nodes { run { runId } } } } }`),
    ).toEqual({
      model: { versions: { nodes: [{ run: { runId } }, { run: { runId } }] } },
    });
  });

  it("keeps a run that is not here, and the link to it, as told", async () => {
    const told = { run_id: "elsewhere-1", run_link: "https://host/run" };
    const made = await version("of-nobody", told);
    expect(made).toMatchObject(told);
    expect(made.tags).toBeUndefined();
    expect(
      await world.ask(`{ modelVersion(ref: "of-nobody/1") { run { runId } tags { key value } } }`),
    ).toEqual({
      modelVersion: {
        run: null,
        tags: [
          { key: "mlflow.runId", value: "elsewhere-1" },
          { key: "mlflow.runLink", value: "https://host/run" },
        ],
      },
    });
  });

  it("comes from a logged model, and is loaded from files of its own", async () => {
    const runId = runIdOf("mlflow logged");
    await registry.mutate("createRun", { runId }, "run { id }");
    const { loggedModel } = await registry.mutate("createLoggedModel", { runId }, "loggedModel { modelId }");
    const { modelId } = loggedModel;
    const made = await version("of-logged", { source: `models:/${modelId}`, model_id: modelId });
    expect(made).toMatchObject({ model_id: modelId, run_id: runId, source: `models:/${modelId}` });
    const at = { name: "of-logged", version: "1" };
    const { artifact_uri: uri } = (await mlflow.get("model-versions/get-download-uri", at)).body;
    expect(uri).toMatch(/^mlflow-artifacts:\/versions\/mv_\d+$/);
    const other = `m-${"e".repeat(32)}`;
    const wrong = { name: "of-logged", source: `models:/${modelId}`, model_id: other };
    expect((await mlflow.post("model-versions/create", wrong)).status).toBe(400);
    const nobodys = { name: "of-logged", source: `models:/${other}` };
    expect((await mlflow.post("model-versions/create", nobodys)).status).toBe(404);
  });

  it("is copied with its origin, and is derived from what it was copied from", async () => {
    await version("original", { run_id: "elsewhere-2" });
    await mlflow.post("registered-models/alias", { name: "original", alias: "best", version: "1" });
    const copy = await version("copy", { source: "models:/original@best" });
    expect(copy).toMatchObject({ source: "models:/original/1", run_id: "elsewhere-2" });
    const of = await version("copy", { source: "models:/copy/1", run_id: "elsewhere-2" });
    expect(of).toMatchObject({ version: "2" });
    const uri = await mlflow.get("model-versions/get-download-uri", { name: "copy", version: "2" });
    expect(uri.body).toEqual({ artifact_uri: source });
    expect(
      await world.ask(
        `{ modelVersion(ref: "copy/1") { parents { relation modelVersion { model { name } } } } }`,
      ),
    ).toEqual({
      modelVersion: {
        parents: [{ relation: "copy", modelVersion: { model: { name: "original" } } }],
      },
    });
    const wrong = { name: "copy", source: "models:/original/1", run_id: "another" };
    expect((await mlflow.post("model-versions/create", wrong)).status).toBe(400);
  });

  it("is described and tagged without a change of its model, which its making and end change", async () => {
    await version("quiet");
    const at = { name: "quiet", version: "1" };
    const before = await changedAt("quiet");
    const { body } = await mlflow.patch("model-versions/update", { ...at, description: "second" });
    expect(body.model_version).toMatchObject({ description: "second" });
    await mlflow.post("model-versions/set-tag", { ...at, key: "k", value: "v" });
    await mlflow.post("model-versions/set-tag", { ...at, key: "k", value: "w" });
    await mlflow.post("model-versions/set-tag", { ...at, key: "empty" });
    const tagged = (await mlflow.get("model-versions/get", at)).body.model_version;
    expect(tagged.tags).toEqual([
      { key: "empty", value: "" },
      { key: "k", value: "w" },
    ]);
    expect(tagged.last_updated_timestamp).toBeGreaterThan(tagged.creation_timestamp);
    expect((await mlflow.delete("model-versions/delete-tag", { ...at, key: "k" })).body).toEqual({});
    expect((await mlflow.delete("model-versions/delete-tag", { ...at, key: "k" })).status).toBe(200);
    expect(await changedAt("quiet")).toBe(before);
    await version("quiet");
    const grown = await changedAt("quiet");
    expect(grown).toBeGreaterThan(before);
    await mlflow.post("model-versions/transition-stage", { ...at, stage: "staging" });
    const moved = await changedAt("quiet");
    expect(moved).toBeGreaterThan(grown);
    await mlflow.delete("model-versions/delete", at);
    expect(await changedAt("quiet")).toBeGreaterThan(moved);
  });

  it("is deleted with its aliases, and its number is never given again", async () => {
    await version("gone");
    await version("gone");
    await mlflow.post("registered-models/alias", { name: "gone", alias: "champion", version: "2" });
    expect((await mlflow.delete("model-versions/delete", { name: "gone", version: "2" })).body).toEqual({});
    const { registered_model } = (await mlflow.get("registered-models/get", { name: "gone" })).body;
    expect(registered_model.aliases).toBeUndefined();
    expect((await mlflow.get("model-versions/get", { name: "gone", version: "2" })).body).toEqual({
      error_code: "RESOURCE_DOES_NOT_EXIST",
      message: "Model Version (name=gone, version=2) not found",
    });
    expect(await version("gone")).toMatchObject({ version: "3" });
  });

  it.each([
    [
      "a model that is not there",
      "create",
      { name: "nobody", source },
      404,
      "Registered Model with name=nobody not found",
    ],
    ["no source", "create", { name: "credit" }, 400, "Missing value for required parameter 'source'."],
    [
      "a local path",
      "create",
      { name: "credit", source: "/etc/passwd" },
      400,
      "Invalid model version source: '/etc/passwd'. To use a local path",
    ],
    [
      "a way out",
      "create",
      { name: "credit", source: "s3://b/%2e%2e/x" },
      400,
      "Invalid model version source: 's3://b/%2e%2e/x'. If supplying",
    ],
    [
      "a host",
      "create",
      { name: "credit", source: "http://169.254.169.254/x" },
      400,
      "'source' cannot use the 'http' scheme",
    ],
    [
      "a run that its source does not name",
      "create",
      { name: "credit", source: "runs:/a/m", run_id: "b" },
      400,
      "Invalid model version source: 'runs:/a/m'. The run_id request parameter",
    ],
    [
      "a prompt with files",
      "create",
      { name: "credit", source, tags: [{ key: "mlflow.prompt.is_prompt", value: "true" }] },
      400,
      "Invalid prompt source",
    ],
    [
      "a version that is not there",
      "set-tag",
      { name: "credit", version: "9", key: "k" },
      404,
      "Model Version (name=credit, version=9) not found",
    ],
    ["a model but for a space", "set-tag", { name: "credit ", version: "1", key: "k" }, 404, "not found"],
    [
      "a version of no model",
      "set-tag",
      { name: "nobody", version: "1", key: "k" },
      404,
      "Model Version (name=nobody, version=1) not found",
    ],
    [
      "what is no number",
      "set-tag",
      { name: "credit", version: "1.0", key: "k" },
      400,
      "Parameter 'version' must be an integer, got '1.0'.",
    ],
    [
      "a number beyond all",
      "set-tag",
      { name: "credit", version: "9".repeat(30), key: "k" },
      404,
      "Model Version (name=credit",
    ],
    [
      "a number that is no text",
      "set-tag",
      { name: "credit", version: 1, key: "k" },
      400,
      "Invalid value 1 for parameter 'version' supplied:  Hint: Value was of type 'int'.",
    ],
    [
      "no key",
      "set-tag",
      { name: "credit", version: "1", value: "v" },
      400,
      "Missing value for required parameter 'key'.",
    ],
    [
      "a key that is none",
      "set-tag",
      { name: "credit", version: "1", key: "a$b" },
      400,
      `Invalid value "a$b" for parameter 'key' supplied: Names may only contain`,
    ],
    [
      "a key that is another path",
      "set-tag",
      { name: "credit", version: "1", key: "a//b" },
      400,
      "This name would resolve to 'a/b'",
    ],
    [
      "a key too long",
      "set-tag",
      { name: "credit", version: "1", key: "k".repeat(251) },
      400,
      "'key' exceeds the maximum length of 250 characters",
    ],
    [
      "a value too long",
      "set-tag",
      { name: "credit", version: "1", key: "k", value: "v".repeat(100_001) },
      400,
      "'value' exceeds the maximum length of 100000 characters",
    ],
  ])("is refused in MLflow's words with %s", async (_, path, body, status, message) => {
    const refusal = await mlflow.post(`model-versions/${path}`, body);
    expect([refusal.status, refusal.body.message]).toEqual([status, expect.stringContaining(message)]);
  });

  it("is a prompt where its tags say so, and then needs no files", async () => {
    const tags = [
      { key: "mlflow.prompt.is_prompt", value: "true" },
      { key: "mlflow.prompt.text", value: "Hello {{ name }}" },
    ];
    await mlflow.post("registered-models/create", { name: "prompt", tags: tags.slice(0, 1) });
    expect(await version("prompt", { source: "prompt-template", tags })).toMatchObject({ tags });
  });
});
