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

describe("what a run of MLflow logs", () => {
  it("is shown as it was told, NaN and infinities by their words", async () => {
    const run_id = await started();
    const metric = (key: string, value: unknown, step = 0) => ({ key, value, timestamp: 5, step });
    await mlflow.post("runs/log-batch", {
      run_id,
      metrics: [
        metric("auc", 0.5, 1),
        metric("auc", 0.75, 2),
        metric("nan", "NaN"),
        metric("up", "Infinity"),
        metric("down", "-Infinity"),
        metric("text", "1.5"),
      ],
      params: [{ key: "lr", value: "0.1" }, { key: "empty" }],
      tags: [
        { key: "team", value: "a" },
        { key: "team", value: "b" },
      ],
    });
    await mlflow.post("runs/log-metric", { run_id, key: "late", value: 1, timestamp: 7 });
    await mlflow.post("runs/set-tag", { run_id, key: "gone", value: "1" });
    await mlflow.post("runs/delete-tag", { run_id, key: "gone" });
    const { data } = await shown(run_id);
    expect(data.metrics).toEqual([
      metric("auc", 0.75, 2),
      metric("down", "-Infinity"),
      { key: "late", value: 1, timestamp: 7, step: 0 },
      metric("nan", "NaN"),
      metric("text", 1.5),
      metric("up", "Infinity"),
    ]);
    expect(data.params).toEqual([
      { key: "empty", value: "" },
      { key: "lr", value: "0.1" },
    ]);
    expect(data.tags).toContainEqual({ key: "team", value: "b" });
    expect(data.tags.map(({ key }: { key: string }) => key)).not.toContain("gone");
  });

  it("may be told again, but a parameter never changes", async () => {
    const run_id = await started();
    const told = { run_id, key: "lr", value: "0.1" };
    await mlflow.post("runs/log-parameter", told);
    const again = await mlflow.post("runs/log-parameter", told);
    const one = await mlflow.post("runs/log-parameter", { ...told, value: "0.2" });
    const params = [
      { key: "lr", value: "0.3" },
      { key: "new", value: "1" },
    ];
    const many = await mlflow.post("runs/log-batch", { run_id, params });
    expect(again.status).toBe(200);
    expect([one.body.error_code, one.body.message]).toEqual([
      "INVALID_PARAMETER_VALUE",
      `Changing param values is not allowed. Param with key='lr' was already logged with value='0.1' for run ID='${run_id}'. Attempted logging new value '0.2'.`,
    ]);
    expect(many.body.message).toBe(
      `Changing param values is not allowed. Params were already logged='[{'key': 'lr', 'old_value': '0.1', 'new_value': '0.3'}]' for run ID='${run_id}'.`,
    );
    expect((await shown(run_id)).data.params).toEqual([{ key: "lr", value: "0.1" }]);
  });

  it("of data makes edges, in the role its context names", async () => {
    const run_id = await started();
    const dataset = {
      name: "loans",
      digest: "abc",
      source_type: "http",
      source: '{"url": "https://me:secret@data.example/x.csv"}',
      schema: '{"a":1}',
      profile: '{"num_rows":2}',
    };
    const context = [{ key: "mlflow.data.context", value: "training" }];
    await mlflow.post("runs/log-inputs", { run_id, datasets: [{ dataset, tags: context }] });
    const { inputs } = await shown(run_id);
    expect(inputs.dataset_inputs).toEqual([
      { tags: context, dataset: { ...dataset, source: '{"url": "https://data.example/x.csv"}' } },
    ]);
    const found = await mlflow.post("experiments/search-datasets", { experiment_ids: ["0"] });
    expect(found.body.dataset_summaries).toEqual([
      { experiment_id: "0", name: "loans", digest: "abc", context: "training" },
    ]);
    expect(
      await world.ask(`{ experiment(name: "Default") { inputs { role datasetVersion { digest } } } }`),
    ).toEqual({ experiment: { inputs: [{ role: "training", datasetVersion: { digest: "abc" } }] } });
  });

  it("of a model by an old client is kept in its history tag", async () => {
    const run_id = await started();
    const model = {
      artifact_path: "m",
      run_id,
      utc_time_created: "now",
      flavors: { sklearn: { config: 1, v: 2 } },
    };
    await mlflow.post("runs/log-model", { run_id, model_json: JSON.stringify(model) });
    await mlflow.post("runs/log-model", {
      run_id,
      model_json: JSON.stringify({ ...model, artifact_path: "n" }),
    });
    const { tags } = (await shown(run_id)).data;
    const history = tags.find(({ key }: { key: string }) => key === "mlflow.log-model.history").value;
    expect(JSON.parse(history)).toEqual([
      { ...model, flavors: { sklearn: { v: 2 } } },
      { ...model, artifact_path: "n", flavors: { sklearn: { v: 2 } } },
    ]);
  });

  it("takes the same number of statements however much a batch holds", async () => {
    const run_id = await started();
    const batch = (name: string, count: number) => ({
      run_id,
      metrics: Array.from({ length: count }, (_, at) => ({ key: `${name}${at}`, value: at, timestamp: 1 })),
      params: Array.from({ length: count }, (_, at) => ({ key: `${name}${at}`, value: "1" })),
      tags: Array.from({ length: count }, (_, at) => ({ key: `${name}${at}`, value: "1" })),
    });
    await mlflow.post("runs/log-batch", batch("warm", 2));
    const few = await world.statementsOf(() => mlflow.post("runs/log-batch", batch("few", 2)));
    const many = await world.statementsOf(() => mlflow.post("runs/log-batch", batch("many", 60)));
    expect(many.length).toBe(few.length);
  });
});

describe("the history of a metric", () => {
  it("holds every point, by run, by page, in samples and for several runs", async () => {
    const run_id = await started();
    const metrics = Array.from({ length: 9 }, (_, step) => ({
      key: "loss",
      value: step,
      timestamp: 100 - step,
      step,
    }));
    await mlflow.post("runs/log-batch", { run_id, metrics });
    const steps = ({ body }: { body: { metrics?: { step: number }[] } }) =>
      (body.metrics ?? []).map(({ step }) => step);
    const all = await mlflow.get("metrics/get-history", { run_id, metric_key: "loss" });
    const page = await mlflow.get("metrics/get-history", { run_id, metric_key: "loss", max_results: "5" });
    const rest = await mlflow.get("metrics/get-history", {
      run_id,
      metric_key: "loss",
      max_results: "5",
      page_token: page.body.next_page_token,
    });
    const sample = await mlflow.get("metrics/get-history-bulk-interval", {
      run_ids: [run_id],
      metric_key: "loss",
      start_step: "2",
      end_step: "6",
      max_results: "3",
    });
    const bulk = await mlflow.get("metrics/get-history-bulk", {
      run_id: [run_id, "nobody"],
      metric_key: "loss",
    });
    expect(steps(all)).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect([steps(page), steps(rest)]).toEqual([
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
    expect(rest.body).not.toHaveProperty("next_page_token");
    expect(steps(sample).sort()).toEqual([2, 4, 6]);
    expect(bulk.body.metrics[0]).toEqual({ key: "loss", value: 8, timestamp: 92, step: 8, run_id });
    expect((await mlflow.get("metrics/get-history", { run_id: "nobody", metric_key: "loss" })).body).toEqual(
      {},
    );
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
