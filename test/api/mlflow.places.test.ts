import { beforeAll, describe, expect, it } from "vitest";
import { artifactsOf, proxyOf } from "../support/logged-files.ts";
import { type Mlflow, mlflowOf } from "../support/mlflow.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { type Tracker, trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let mlflow: Mlflow;
let registry: Registry;
let tracker: Tracker;
let proxy: ReturnType<typeof proxyOf>;

beforeAll(async () => {
  world = await startWorld();
  mlflow = mlflowOf(world);
  registry = registryOf(world);
  tracker = trackerOf(world);
  proxy = proxyOf(world);
  return world.close;
});

async function registered(name: string, source: string, more: object = {}) {
  await mlflow.post("registered-models/create", { name });
  const { body } = await mlflow.post("model-versions/create", { name, source, ...more });
  const { version } = body.model_version;
  const { artifact_uri } = (await mlflow.get("model-versions/get-download-uri", { name, version })).body;
  const listed = await proxy.send("GET", `artifacts?path=${artifact_uri.replace("mlflow-artifacts:/", "")}`);
  return { uri: artifact_uri, files: JSON.parse(listed.body.toString()).files };
}

const own = /^mlflow-artifacts:\/versions\/mv_\d+$/;

describe("where the files of a version are", () => {
  it("sends no client, and no token of his, to the artifact proxy of another host", async () => {
    await registry.model("lured");
    const sources = [
      "mlflow-artifacts://evil.example/x",
      " MLFLOW-artifacts:/\t/evil.example/x",
      "s3://bucket/x",
    ];
    const told = [];
    for (const source of sources) {
      const { number } = await registry.version("lured", { source });
      const at = { name: "lured", version: String(number) };
      told.push((await mlflow.get("model-versions/get-download-uri", at)).status);
    }
    expect(told).toEqual([400, 400, 200]);
  });

  it("is a place of its own, also where there were none yet: what is logged later is not the version's", async () => {
    const run = await tracker.run();
    const { uri, files } = await registered("early", `runs:/${run.runId}/model`);
    await proxy.log(run, "model/MLmodel", "later");
    expect(uri).toMatch(own);
    expect(files).toEqual([]);
    const again = await registered("early", `runs:/${run.runId}/model`);
    expect(again.files).toMatchObject([{ path: "MLmodel", is_dir: false }]);
  });

  it("is a place of its own for a logged model that is named twice", async () => {
    const { runId } = await tracker.run();
    const { modelId } = await tracker.done("createLoggedModel", { runId, name: "twice" });
    await proxy.log({ modelId }, "MLmodel", "flavors");
    const source = `mlflow-artifacts:/0/models/${modelId}/artifacts`;
    const { uri, files } = await registered("twice", source, { model_id: modelId });
    expect(uri).toMatch(own);
    expect(files).toHaveLength(1);
  });

  it("is nowhere below another experiment than the run's, to read and to write", async () => {
    const run = await tracker.run();
    await proxy.log(run, "model/MLmodel", "flavors");
    const astray = artifactsOf({ ...run, experimentId: "99" });
    expect((await registered("astray", `mlflow-artifacts:/${astray}/model`)).files).toEqual([]);
    expect((await proxy.send("PUT", `artifacts/${astray}/x`, Buffer.from("x"))).status).toBe(404);
    expect((await proxy.send("GET", `artifacts/${astray}/model/MLmodel`)).status).toBe(404);
  });
});
