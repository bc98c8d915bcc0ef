import { beforeAll, describe, expect, it } from "vitest";
import { canonical } from "../../src/kernel/canonical.ts";
import { person } from "../support/access.ts";
import { proxyOf } from "../support/logged-files.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { type Tracker, trackerOf } from "../support/tracker.ts";
import { fileOf, senderOf, sha256Of } from "../support/uploads.ts";
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

const versionFields = `modelVersion { id number status digest bundle { fileCount files { path role sha256 downloadUrl } } }`;
const register = (input: object) =>
  registry.mutate("registerModelVersion", { createModel: true, ...input }, versionFields);
const refusalOf = async (input: object) =>
  (await registry.attempt("registerModelVersion", { createModel: true, ...input }, versionFields)).userErrors;

async function runWithModel(own: string) {
  const run = await tracker.run();
  await proxy.log(run, "model/MLmodel", `flavors of ${own}`);
  await proxy.log(run, "model/data/weights.onnx", `weights of ${own}`);
  await proxy.log(run, "plots/roc.svg", `curve of ${own}`);
  return run;
}

describe("a version that is registered with files of a run", () => {
  it("has those of the folder as its bundle, under the digest of one that was pushed", async () => {
    const { runId } = await runWithModel("first");
    const { modelVersion } = await register({ model: "snap", runId, bundleFrom: { runId, path: "model" } });
    const pairs = [
      ["MLmodel", sha256Of("flavors of first")],
      ["data/weights.onnx", sha256Of("weights of first")],
    ];
    expect(modelVersion).toMatchObject({ status: "READY", digest: sha256Of(canonical(pairs)) });
    expect(modelVersion.bundle.files).toMatchObject([
      { path: "MLmodel", sha256: pairs[0]![1] },
      { path: "data/weights.onnx", role: "WEIGHTS" },
    ]);
  });

  it("is two events: that it was registered, and that its bundle was sealed", async () => {
    const { runId } = await runWithModel("told");
    const { modelVersion } = await register({ model: "told", runId, bundleFrom: { runId } });
    const events = `registryEvents(after: "start", first: 100, filter: { subject: $id }) { nodes { type actor { name } } }`;
    const told = await world.ask(`query ($id: ID!) { ${events} }`, { id: modelVersion.id });
    expect(told.registryEvents.nodes).toEqual(
      ["version.registered", "bundle.sealed"].map((type) => ({ type, actor: { name: "administrator" } })),
    );
  });

  it("keeps them, whatever becomes of the run's", async () => {
    const run = await runWithModel("kept");
    const { runId } = run;
    const { modelVersion } = await register({ model: "kept", runId, bundleFrom: { runId, path: "model" } });
    await proxy.log(run, "model/MLmodel", "other flavors");
    await tracker.done("deleteLoggedFiles", { runId, path: "model/data" });
    await tracker.done("deleteRun", { runId });
    await world.upkeep();
    const found = await world.ask(
      `{ modelVersion(ref: "kept/1") { digest isCorrupt bundle { files { path downloadUrl } } } }`,
    );
    expect(found.modelVersion).toMatchObject({ digest: modelVersion.digest, isCorrupt: false });
    const texts = found.modelVersion.bundle.files.map(async ({ downloadUrl }: { downloadUrl: string }) =>
      (await fetch(downloadUrl)).text(),
    );
    expect(await Promise.all(texts)).toEqual(["flavors of kept", "weights of kept"]);
  });

  it("takes one file alone, or all of a logged model, or the bundle of another version", async () => {
    const run = await runWithModel("several");
    const { runId } = run;
    const one = await register({ model: "one", bundleFrom: { runId, path: "model/data/weights.onnx" } });
    expect(one.modelVersion.bundle.files).toMatchObject([{ path: "weights.onnx" }]);
    const logged = await tracker.done("createLoggedModel", { runId, name: "logged", status: "PENDING" });
    await proxy.log({ modelId: logged.modelId }, "MLmodel", "flavors");
    await proxy.log({ modelId: logged.modelId }, "deep/er/x", "x");
    const whole = await register({ model: "whole", bundleFrom: { loggedModelId: logged.modelId } });
    expect(whole.modelVersion.bundle.fileCount).toBe(2);
    await registry.model("pushed");
    await registry.version("pushed");
    await senderOf(world).push("pushed/1", [fileOf("a.bin"), fileOf("b.txt", 10, { role: "THRESHOLDS" })]);
    const copy = await register({ model: "copy", bundleFrom: { version: "pushed/1" } });
    const { modelVersion } = await world.ask(`{ modelVersion(ref: "pushed/1") { digest } }`);
    expect(copy.modelVersion.digest).toBe(modelVersion.digest);
    expect(copy.modelVersion.bundle.files[1]).toMatchObject({ path: "b.txt", role: "THRESHOLDS" });
  });

  it("is not registered where there are none, or more than one place is named", async () => {
    const { runId } = await runWithModel("none");
    const refused: [object, string][] = [
      [{ runId, path: "nowhere" }, "NOT_FOUND"],
      [{ runId: "e".repeat(32) }, "NOT_FOUND"],
      [{ runId, path: "../model" }, "INVALID"],
      [{ runId, loggedModelId: "m-1" }, "INVALID"],
      [{ path: "model" }, "INVALID"],
      [{ version: "snap/99" }, "NOT_FOUND"],
    ];
    for (const [bundleFrom, code] of refused) {
      expect([bundleFrom, await refusalOf({ model: "no", bundleFrom })]).toEqual([
        bundleFrom,
        [expect.objectContaining({ code })],
      ]);
    }
    expect((await world.ask(`{ model(name: "no") { id } }`)).model).toBeNull();
  });

  it("is registered once only under an idempotency key", async () => {
    const { runId } = await runWithModel("again");
    const input = { model: "again", bundleFrom: { runId, path: "model" }, idempotencyKey: "once" };
    const [first, second] = [await register(input), await register(input)];
    expect(second.modelVersion).toEqual({
      ...first.modelVersion,
      bundle: expect.objectContaining({ fileCount: 2 }),
    });
  });

  it("takes nothing that its registrant may not download", async () => {
    await tracker.done("createExperiment", { name: "walled", scope: "walled" });
    const run = await tracker.run({ experiment: "walled" }, "runId experiment { experimentId }");
    const { experimentId } = run.experiment;
    await proxy.log({ experimentId, runId: run.runId }, "weights.onnx", "secret weights");
    const seeing = await person(world, "seeing", {
      grants: [
        ["VIEWER", "walled"],
        ["CONTRIBUTOR", "own.*"],
      ],
    });
    const input = { model: "own.copy", createModel: true, bundleFrom: { runId: run.runId } };
    const answer = await seeing.graphql(
      `mutation ($input: RegisterModelVersionInput!) { registerModelVersion(input: $input) { userErrors { code } } }`,
      { input },
    );
    expect(answer.errors?.[0]).toMatchObject({
      message: expect.stringContaining("artifact:download"),
      extensions: { code: "FORBIDDEN" },
    });
    const outsider = await person(world, "outside", { grants: [["CONTRIBUTOR", "own.*"]] });
    expect(
      (await registryOf(outsider).attempt("registerModelVersion", input, "modelVersion { id }")).userErrors,
    ).toMatchObject([{ code: "NOT_FOUND" }]);
  });
});
