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
