import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { LocalStore } from "../../src/objects/local-store.ts";
import { ObjectStoreError } from "../../src/objects/object-store.ts";
import { type PersonWish, person } from "../support/access.ts";
import { described, describedAs, facts, nothing, signature } from "../support/described-model.ts";
import { proxyOf } from "../support/logged-files.ts";
import { mlflowOf } from "../support/mlflow.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { type Tracker, trackerOf } from "../support/tracker.ts";
import { sha256Of } from "../support/uploads.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let tracker: Tracker;
let proxy: ReturnType<typeof proxyOf>;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  tracker = trackerOf(world);
  proxy = proxyOf(world);
  return world.close;
});

afterEach(() => {
  vi.restoreAllMocks();
});

const fields = "id framework format signature bundle { files { path sha256 } }";
const register = async (input: object) =>
  (
    await registry.mutate(
      "registerModelVersion",
      { createModel: true, ...input },
      `modelVersion { ${fields} }`,
    )
  ).modelVersion;
const mutation = `mutation ($input: RegisterModelVersionInput!) {
  registerModelVersion(input: $input) { modelVersion { id } userErrors { code } } }`;

async function runWith(mlmodel: string, inExperiment: object = {}) {
  const run = await tracker.run(inExperiment, "runId experiment { experimentId }");
  const of = { runId: run.runId, experimentId: run.experiment.experimentId };
  await proxy.log(of, "model/MLmodel", mlmodel);
  await proxy.log(of, "model/model.pkl", `weights of ${run.runId}`);
  return of;
}

/** From now on nothing is read from the store; the spy has counted who tried. */
function storeAway() {
  return vi.spyOn(LocalStore.prototype, "read").mockImplementation(async () => {
    throw new ObjectStoreError("AWAY", "gone for lunch");
  });
}

/** Has something done each time before the store is read, the first so many times. */
function beforeReads(times: number, act: (time: number) => Promise<void>) {
  const { read } = LocalStore.prototype;
  let time = 0;
  return vi.spyOn(LocalStore.prototype, "read").mockImplementation(async function (
    this: LocalStore,
    ...asked
  ) {
    if (time < times) await act(++time);
    return read.apply(this, asked);
  });
}

describe("a version that is registered with files", () => {
  it("is said to be what the MLmodel among them says, of a run's folder, one file and a logged model", async () => {
    const { runId } = await runWith(described);
    expect(await register({ model: "of-run", bundleFrom: { runId, path: "model" } })).toMatchObject(facts);
    const file = { runId, path: "model/MLmodel" };
    expect(await register({ model: "of-file", bundleFrom: file })).toMatchObject(facts);
    expect(await register({ model: "of-above", bundleFrom: { runId } })).toMatchObject(nothing);
    const { modelId } = await tracker.done("createLoggedModel", { name: "logged", status: "PENDING" });
    await proxy.log({ modelId }, "MLmodel", described);
    const logged = { loggedModelId: modelId };
    expect(await register({ model: "of-logged", bundleFrom: logged })).toMatchObject(facts);
  });

  it("is said to be what its registrant says, field by field", async () => {
    const { runId } = await runWith(described);
    const bundleFrom = { runId, path: "model" };
    for (const given of [{ framework: "onnx" }, { format: "onnx" }, { signature: { inputs: [] } }]) {
      const expected = { ...facts, ...given };
      expect(await register({ model: "given", bundleFrom, ...given })).toMatchObject(expected);
      const copied = { model: "given.copy", bundleFrom: { version: "given/1" }, ...given };
      expect(await register(copied)).toMatchObject({ ...facts, framework: "onnx", ...given });
    }
    storeAway();
    const all = { framework: "a", format: "b", signature: { c: 1 } };
    expect(await register({ model: "given", bundleFrom, ...all })).toMatchObject(all);
  });

  it("is said to be what the version says whose bundle it takes, as either door tells", async () => {
    const { runId } = await runWith(described);
    const first = { model: "first", bundleFrom: { runId, path: "model" }, framework: "catboost" };
    await register(first);
    const told = { ...facts, framework: "catboost" };
    expect(await register({ model: "second", bundleFrom: { version: "first/1" } })).toMatchObject(told);
    await registry.model("third");
    await mlflowOf(world).post("model-versions/create", { name: "third", source: "models:/first/1" });
    const { modelVersion } = await world.ask(`{ modelVersion(ref: "third/1") { ${fields} } }`);
    expect(modelVersion).toMatchObject(told);
  });

  it("is not told what a version is said to be that its registrant may download, but not read", async () => {
    const { runId } = await runWith(described);
    await register({ model: "unread", bundleFrom: { runId, path: "model" } });
    const scopes = ["artifact:download@unread", "CONTRIBUTOR@taker"];
    const taker = await person(world, "taker", { grants: [["ADMIN", "*"]], scopes });
    const input = { model: "taker", createModel: true, bundleFrom: { version: "unread/1" } };
    const { modelVersion } = await taker.mutate(
      "registerModelVersion",
      input,
      "modelVersion { framework format signature }",
    );
    expect(modelVersion).toEqual(nothing);
  });

  it("is made once under an idempotency key, whatever became of the file, and without another look", async () => {
    const run = await runWith(described);
    const input = {
      model: "once",
      bundleFrom: { runId: run.runId, path: "model" },
      idempotencyKey: "bundle",
    };
    const first = await register(input);
    await proxy.log(run, "model/MLmodel", describedAs("xgboost"));
    const read = storeAway();
    expect(await register(input)).toEqual(first);
    expect(read).not.toHaveBeenCalled();
    const other = { ...input, createModel: true, ...facts };
    expect(await registry.refusal("registerModelVersion", other)).toMatchObject({
      code: "IDEMPOTENCY_MISMATCH",
    });
  });
});

describe("while the MLmodel is read", () => {
  it("another may take its place: what is told is told by the one that is taken", async () => {
    const run = await runWith(described);
    const newer = describedAs("xgboost").replace('"name": "x"', '"name": "y"');
    beforeReads(1, () => proxy.log(run, "model/MLmodel", newer));
    const version = await register({ model: "raced", bundleFrom: { runId: run.runId, path: "model" } });
    expect(version.bundle.files[0]).toEqual({ path: "MLmodel", sha256: sha256Of(newer) });
    const inputs = [{ ...signature.inputs[0], name: "y" }];
    expect(version).toMatchObject({ framework: "xgboost", signature: { ...signature, inputs } });
  });

  it("it may become another each time: nothing is told then, rather than of another file", async () => {
    const run = await runWith(described);
    beforeReads(3, (time) => proxy.log(run, "model/MLmodel", describedAs(`flavour${time}`)));
    const version = await register({ model: "raced.on", bundleFrom: { runId: run.runId, path: "model" } });
    expect(version.bundle.files[0].sha256).toBe(sha256Of(describedAs("flavour3")));
    expect(version).toMatchObject(nothing);
  });
});

describe("while the store is away", () => {
  it("nothing is registered, and the caller may come again", async () => {
    const { runId } = await runWith(described);
    const input = { model: "away", createModel: true, bundleFrom: { runId, path: "model" } };
    storeAway();
    const { errors } = await world.graphql(mutation, { input });
    expect(errors).toMatchObject([{ extensions: { code: "UNAVAILABLE" } }]);
    expect((await world.ask(`{ model(name: "away") { id } }`)).model).toBeNull();
    vi.restoreAllMocks();
    expect(await register(input)).toMatchObject(facts);
  });

  const bounded: [string, PersonWish][] = [
    ["version:write", { grants: [["VIEWER", "*"]] }],
    [
      "artifact:upload",
      { grants: [["ADMIN", "*"]], scopes: ["registry:read", "version:write", "artifact:download"] },
    ],
    [
      "artifact:download",
      { grants: [["ADMIN", "*"]], scopes: ["registry:read", "version:write", "artifact:upload"] },
    ],
  ];

  it.each(bounded)("who lacks %s is told so by either door, and nothing is read", async (lacking, wish) => {
    const name = lacking.replace(":", "-");
    const { runId } = await runWith(described);
    await registry.model(name);
    const who = await person(world, name, wish);
    const read = storeAway();
    const input = { model: name, bundleFrom: { runId, path: "model" } };
    const { errors } = await who.graphql(mutation, { input });
    const message = expect.stringContaining(`needs ${lacking}`);
    expect(errors).toMatchObject([{ message, extensions: { code: "FORBIDDEN" } }]);
    const asked = { name, source: `runs:/${runId}/model` };
    const refused = await mlflowOf({ ...world, token: who.token }).post("model-versions/create", asked);
    expect(refused).toMatchObject({ status: 403, body: { error_code: "PERMISSION_DENIED", message } });
    expect(read).not.toHaveBeenCalled();
  });

  it("who may not see the run is told that there is none, and nothing is read", async () => {
    await tracker.done("createExperiment", { name: "hidden", scope: "hidden" });
    const { runId } = await runWith(described, { experiment: "hidden" });
    const outsider = await person(world, "outsider", { grants: [["CONTRIBUTOR", "own.*"]] });
    const read = storeAway();
    const input = { model: "own.one", createModel: true, bundleFrom: { runId, path: "model" } };
    expect(await outsider.refusal("registerModelVersion", input)).toMatchObject({ code: "NOT_FOUND" });
    expect(read).not.toHaveBeenCalled();
  });
});
