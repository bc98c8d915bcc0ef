import { beforeAll, describe, expect, it } from "vitest";
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

async function shown(run_id: string) {
  const { body } = await mlflow.get("runs/get", { run_id });
  return body.run;
}

describe("a run of MLflow", () => {
  it("begins with the name, the user and the tags it was given", async () => {
    const tags = [
      { key: "mlflow.user", value: "ann" },
      { key: "team", value: "risk" },
    ];
    const { body } = await mlflow.post("runs/create", {
      experiment_id: "0",
      start_time: "1000",
      run_name: "first",
      tags,
    });
    const { run_id } = body.run.info;
    expect(body.run.info).toEqual({
      run_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      run_uuid: run_id,
      run_name: "first",
      experiment_id: "0",
      user_id: "ann",
      status: "RUNNING",
      start_time: 1_000,
      artifact_uri: `mlflow-artifacts:/0/${run_id}/artifacts`,
      lifecycle_stage: "active",
    });
    expect(body.run.data.tags).toEqual(
      expect.arrayContaining([...tags, { key: "mlflow.runName", value: "first" }]),
    );
    expect(await world.ask(`{ run(runId: "${run_id}") { name attributedTo tags { key value } } }`)).toEqual({
      run: { name: "first", attributedTo: "ann", tags: [{ key: "team", value: "risk" }] },
    });
  });

  it("gets a name where it was given none", async () => {
    expect((await shown(await started())).info.run_name).toMatch(/^[a-z]+-[a-z]+-[0-9]+$/);
  });

  it("is joined to the commit and the run that the client's own tags name", async () => {
    const parent = await started();
    const child = await started({
      tags: [
        { key: "mlflow.parentRunId", value: parent },
        { key: "mlflow.source.git.commit", value: "0123456789abcdef0123456789abcdef01234567" },
        { key: "mlflow.source.git.repoURL", value: "https://me:secret@git.example/repo.git?x=1" },
        { key: "mlflow.source.git.branch", value: "main" },
        { key: "mlflow.source.name", value: "train.py" },
      ],
    });
    const { run } = await world.ask(
      `{ run(runId: "${child}") { parent { runId } entryPoint commit { sha repository branch } } }`,
    );
    expect(run).toEqual({
      parent: { runId: parent },
      entryPoint: "train.py",
      commit: {
        sha: "0123456789abcdef0123456789abcdef01234567",
        repository: "https://git.example/repo.git",
        branch: "main",
      },
    });
  });

  it("keeps a parent or a commit that can be none as a tag", async () => {
    const tags = [
      { key: "mlflow.parentRunId", value: "nobody" },
      { key: "mlflow.source.git.commit", value: "unknown" },
    ];
    const run = await shown(await started({ tags }));
    expect(run.data.tags).toEqual(expect.arrayContaining(tags));
  });

  it("is ended, ended otherwise, taken up again and renamed", async () => {
    const run_id = await started();
    const update = async (given: object) => {
      const { body } = await mlflow.post("runs/update", { run_id, ...given });
      const { status, end_time, run_name } = body.run_info;
      return [status, end_time, run_name];
    };
    const name = (await shown(run_id)).info.run_name;
    expect(await update({ status: "FINISHED", end_time: 2_000 })).toEqual(["FINISHED", 2_000, name]);
    expect(await update({ status: 4 })).toEqual(["FAILED", 2_000, name]);
    expect(await update({ status: "RUNNING" })).toEqual(["RUNNING", undefined, name]);
    expect(await update({ run_name: "second" })).toEqual(["RUNNING", undefined, "second"]);
    await mlflow.post("runs/set-tag", { run_id, key: "mlflow.runName", value: "third" });
    expect(await update({ status: "ODD" })).toEqual(["RUNNING", undefined, "third"]);
    const { registryEvents } = await world.ask(
      `{ registryEvents(first: 100, filter: { types: ["run.finished", "run.reopened", "run.updated"] }) { nodes { type payload } } }`,
    );
    const own = registryEvents.nodes.filter(
      ({ payload }: { payload: { runId: string } }) => payload.runId === run_id,
    );
    expect(own.map(({ type }: { type: string }) => type)).toEqual([
      "run.finished",
      "run.finished",
      "run.reopened",
      "run.updated",
      "run.updated",
    ]);
  });

  it("takes nothing while it is deleted, and comes back as it was", async () => {
    const run_id = await started();
    await mlflow.post("runs/log-parameter", { run_id, key: "lr", value: "0.1" });
    await mlflow.post("runs/delete", { run_id });
    const refused = await mlflow.post("runs/log-parameter", { run_id, key: "x", value: "1" });
    const deleted = await shown(run_id);
    await mlflow.post("runs/restore", { run_id });
    expect(refused).toMatchObject({
      status: 400,
      body: { message: `The run ${run_id} must be in the 'active' state. Current state is deleted.` },
    });
    expect(deleted.info.lifecycle_stage).toBe("deleted");
    expect(await shown(run_id)).toMatchObject({
      info: { lifecycle_stage: "active" },
      data: { params: [{ key: "lr", value: "0.1" }] },
    });
  });
});

describe("what cannot be done with a run", () => {
  it("is refused in MLflow's words, and none of it is a fault", async () => {
    const run_id = await started();
    const many = (count: number) => Array.from({ length: count }, (_, at) => ({ key: `k${at}`, value: "1" }));
    const metric = { run_id, key: "m", value: 1, timestamp: 1 };
    const refusals: [string, object, number, RegExp][] = [
      ["runs/create", { experiment_id: "77777" }, 404, /^No Experiment with id=77777 exists$/],
      ["runs/create", { experiment_id: "x" }, 400, /^Invalid experiment ID 'x'/],
      [
        "runs/create",
        { run_name: "a", tags: [{ key: "mlflow.runName", value: "b" }] },
        400,
        /^Both 'run_name' argument and 'mlflow.runName' tag are specified/,
      ],
      ["runs/update", { run_id: "nobody", status: "FINISHED" }, 404, /^Run with id=nobody not found$/],
      ["runs/update", {}, 400, /^Missing value for required parameter 'run_id'\./],
      ["runs/delete", { run_id: "nobody" }, 404, /^Run with id=nobody not found$/],
      [
        "runs/log-metric",
        { ...metric, value: "x" },
        400,
        /^Invalid value "x" for parameter 'value' supplied:/,
      ],
      [
        "runs/log-metric",
        { ...metric, timestamp: undefined },
        400,
        /^Missing value for required parameter 'timestamp'/,
      ],
      ["runs/log-metric", { ...metric, timestamp: -1 }, 400, /Timestamp must be a nonnegative long/],
      [
        "runs/log-metric",
        { ...metric, key: "a?b" },
        400,
        /^Invalid value "a\?b" for parameter 'name' supplied: Names may only/,
      ],
      [
        "runs/log-metric",
        { ...metric, key: "k".repeat(251) },
        400,
        /^'Metric name' exceeds the maximum length of 250 characters$/,
      ],
      [
        "runs/log-batch",
        { run_id, metrics: [{ key: "z" }] },
        400,
        /^Missing value for required parameter 'metrics\[0\].value'/,
      ],
      [
        "runs/log-batch",
        { run_id, params: many(101) },
        400,
        /^A batch logging request can contain at most 100 params\./,
      ],
      [
        "runs/log-batch",
        { run_id, params: [...many(1), ...many(1)] },
        400,
        /^Duplicate parameter keys have been submitted: \['k0'\]/,
      ],
      ["runs/set-tag", { run_id, key: "a//b", value: "" }, 400, /This name would resolve to 'a\/b'$/],
      ["runs/delete-tag", { run_id, key: "none" }, 404, /^No tag with name: none in run with id/],
      [
        "runs/log-inputs",
        { run_id, datasets: [{}] },
        400,
        /^Missing value for required parameter 'datasets\[0\].dataset'/,
      ],
      ["runs/log-model", { run_id, model_json: "x" }, 400, /^Malformed model info/],
      ["runs/log-model", { run_id, model_json: "{}" }, 400, /^Model json is missing mandatory fields/],
      [
        "runs/outputs",
        { run_id, models: [{ model_id: "m-x" }] },
        404,
        /^Logged model with ID 'm-x' not found\.$/,
      ],
    ];
    for (const [path, body, status, message] of refusals) {
      const answer = await mlflow.post(path, body);
      expect([path, answer.status, answer.body.message]).toEqual([
        path,
        status,
        expect.stringMatching(message),
      ]);
    }
  });
});
