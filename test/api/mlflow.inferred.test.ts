import { beforeAll, describe, expect, it } from "vitest";
import { inferredCode, inferredData, pairs, recorded, upstreamOf } from "../support/inferred.ts";
import { type Mlflow, mlflowOf } from "../support/mlflow.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let mlflow: Mlflow;

beforeAll(async () => {
  world = await startWorld();
  mlflow = mlflowOf(world);
  return world.close;
});

async function started(given: object = {}): Promise<string> {
  const { body } = await mlflow.post("runs/create", { experiment_id: "0", start_time: 1_000, ...given });
  return body.run.info.run_id;
}

const done = async (path: string, body: object) => {
  const answer = await mlflow.post(path, body);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body;
};
const nodeOf = async (runId: string) => (await world.ask(`{ run(runId: "${runId}") { id } }`)).run.id;

describe("MLflow's client, which declares nothing", () => {
  it("has its runs joined by log-parameter, set-tag, log-batch and the tags they begin with", async () => {
    for (const digest of ["m-param", "m-batch", "m-begin"]) await recorded(world, "mlflow", digest);
    const run_id = await started({ tags: pairs({ dataset_version: "m-begin" }) });
    const id = await nodeOf(run_id);
    expect(await upstreamOf(world, id)).toEqual([inferredData("m-begin")]);
    await done("runs/log-parameter", { run_id, key: "training_data_hash", value: "m-param" });
    await done("runs/set-tag", { run_id, key: "git_commit", value: "a".repeat(40) });
    await done("runs/log-batch", { run_id, tags: pairs({ dataset_version: "m-batch" }) });
    const all = [inferredCode("a".repeat(40)), inferredData("m-batch"), inferredData("m-param")];
    expect(await upstreamOf(world, id)).toEqual(all);
    await done("runs/delete-tag", { run_id, key: "dataset_version" });
    expect(await upstreamOf(world, id)).toEqual([all[0], all[2]]);
  });

  it("sees as a run's inputs what it declared, and nothing else", async () => {
    await recorded(world, "inputs", "m-inputs");
    const run_id = await started({ tags: pairs({ dataset_version: "m-inputs" }) });
    const shown = async () => (await mlflow.get("runs/get", { run_id })).body.run.inputs;
    expect(await shown()).toEqual({});
    const dataset = { name: "inputs", digest: "m-inputs", source: "s", source_type: "local" };
    const tags = pairs({ "mlflow.data.context": "training" });
    await done("runs/log-inputs", { run_id, datasets: [{ dataset, tags }] });
    expect((await shown()).dataset_inputs).toHaveLength(1);
    expect(await upstreamOf(world, await nodeOf(run_id))).toEqual([
      { type: "CONSUMED", role: "training", isInferred: false, label: "m-inputs" },
    ]);
  });

  it("has the commit that its own tags name as the declared one", async () => {
    const sha = "b".repeat(40);
    const run_id = await started({ tags: pairs({ "mlflow.source.git.commit": sha, git_commit: sha }) });
    expect(await upstreamOf(world, await nodeOf(run_id))).toEqual([
      { ...inferredCode(sha), isInferred: false },
    ]);
  });

  it("has its versions joined by the tags they are made with and get later", async () => {
    await recorded(world, "tags", "m-version");
    await done("registered-models/create", { name: "joined" });
    const tags = pairs({ dataset_version: "m-version" });
    await done("model-versions/create", { name: "joined", source: "s3://bucket/m", tags });
    const { modelVersion } = await world.ask(`{ modelVersion(ref: "joined/1") { id } }`);
    expect(await upstreamOf(world, modelVersion.id)).toEqual([inferredData("m-version")]);
    await done("model-versions/set-tag", {
      name: "joined",
      version: "1",
      key: "git_commit",
      value: "c".repeat(40),
    });
    expect(await upstreamOf(world, modelVersion.id)).toHaveLength(2);
    await mlflow.delete("model-versions/delete-tag", {
      name: "joined",
      version: "1",
      key: "dataset_version",
    });
    expect(await upstreamOf(world, modelVersion.id)).toEqual([inferredCode("c".repeat(40))]);
  });
});
