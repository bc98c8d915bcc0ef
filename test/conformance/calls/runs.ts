import { type Call, get, post } from "./call.ts";

export const start = 1_700_000_000_000;
const nobody = "f".repeat(32);
/** Only browsers ask it of MLflow. */
const bulk = "/ajax-api/2.0/mlflow/metrics/get-history-bulk";
export const runOf = (name: string, at: number, more: object = {}) => ({
  ...{ experiment_id: "$work", run_name: name, start_time: start + at, user_id: "someone" },
  ...more,
});
const modelOf = (run_id: string, more: object = {}) =>
  JSON.stringify({
    ...{ artifact_path: "model", run_id, utc_time_created: "2024-01-02 03:04:05.000000" },
    ...{ flavors: { python_function: { loader_module: "none" } }, ...more },
  });

export const runCalls: readonly Call[] = [
  post("a run", "runs/create", runOf("one", 1, { tags: [{ key: "color", value: "red" }] }), {
    one: "run.info.run_id",
  }),
  post("a second run", "runs/create", runOf("two", 2, { tags: [{ key: "color", value: "Red" }] }), {
    two: "run.info.run_id",
  }),
  post("a third run", "runs/create", runOf("three", 3), { three: "run.info.run_id" }),
  post(
    "a run in Default",
    "runs/create",
    { experiment_id: "0", start_time: start, run_name: "in Default" },
    { four: "run.info.run_id" },
  ),
  post("a run in an experiment that is not there", "runs/create", { experiment_id: "987654321" }),
  post("a run in an experiment that is no number", "runs/create", { experiment_id: "one" }),
  post("a run with a number for an experiment", "runs/create", { experiment_id: 0 }),
  post("a run with a word for its start", "runs/create", { experiment_id: "$work", start_time: "soon" }),
  post(
    "a run with two names",
    "runs/create",
    runOf("a", 4, { tags: [{ key: "mlflow.runName", value: "b" }] }),
  ),
  get("a read of a run", "runs/get", { run_id: "$one" }),
  get("a read of a run by its old parameter", "runs/get", { run_uuid: "$one" }),
  get("a read of a run that is not there", "runs/get", { run_id: nobody }),
  get("a read of a run by no id", "runs/get", { run_id: "x" }),
  get("a read of a run without an id", "runs/get"),
  post("a metric", "runs/log-metric", { run_id: "$one", key: "m", value: 1, timestamp: start, step: 0 }),
  post("a metric as a text", "runs/log-metric", {
    run_id: "$one",
    key: "m",
    value: "1.5",
    timestamp: String(start),
    step: "1",
  }),
  post("a metric that is no number", "runs/log-metric", {
    run_id: "$one",
    key: "nan",
    value: "NaN",
    timestamp: start,
  }),
  post("a metric that is infinite", "runs/log-metric", {
    run_id: "$one",
    key: "inf",
    value: "Infinity",
    timestamp: start,
  }),
  post("a metric that is infinite, below", "runs/log-metric", {
    run_id: "$one",
    key: "minus",
    value: "-Infinity",
    timestamp: start,
  }),
  post("a metric with a word for a value", "runs/log-metric", {
    run_id: "$one",
    key: "m",
    value: "high",
    timestamp: start,
  }),
  post("a metric without a value", "runs/log-metric", { run_id: "$one", key: "m", timestamp: start }),
  post("a metric without a time", "runs/log-metric", { run_id: "$one", key: "m", value: 1 }),
  post("a metric without a key", "runs/log-metric", { run_id: "$one", value: 1, timestamp: start }),
  post("a metric without a run", "runs/log-metric", { key: "m", value: 1, timestamp: start }),
  post("a metric with a word for a step", "runs/log-metric", {
    run_id: "$one",
    key: "m",
    value: 1,
    timestamp: start,
    step: "a",
  }),
  post("a metric of a run that is not there", "runs/log-metric", {
    run_id: nobody,
    key: "m",
    value: 1,
    timestamp: start,
  }),
  post("a metric with a key of other letters", "runs/log-metric", {
    run_id: "$one",
    key: "a*b",
    value: 1,
    timestamp: start,
  }),
  post("a metric with a key that climbs", "runs/log-metric", {
    run_id: "$one",
    key: "../b",
    value: 1,
    timestamp: start,
  }),
  post("a metric with a key that is too long", "runs/log-metric", {
    run_id: "$one",
    key: "k".repeat(251),
    value: 1,
    timestamp: start,
  }),
  post("a param", "runs/log-parameter", { run_id: "$one", key: "p", value: "x" }),
  post("a param again", "runs/log-parameter", { run_id: "$one", key: "p", value: "x" }),
  post("a param of another value", "runs/log-parameter", { run_id: "$one", key: "p", value: "y" }),
  post("a param without a value", "runs/log-parameter", { run_id: "$one", key: "empty" }),
  post("a param with a number for a value", "runs/log-parameter", { run_id: "$one", key: "n", value: 5 }),
  post("a param with a value that is too long", "runs/log-parameter", {
    run_id: "$four",
    key: "long",
    value: "v".repeat(6001),
  }),
  post("a param of a run that is not there", "runs/log-parameter", { run_id: nobody, key: "p", value: "x" }),
  post("a tag of a run", "runs/set-tag", { run_id: "$one", key: "t", value: "x" }),
  post("a tag of a run, anew", "runs/set-tag", { run_id: "$one", key: "t", value: "y" }),
  post("a tag of a run without a key", "runs/set-tag", { run_id: "$one", value: "y" }),
  post("a tag of a run that is not there", "runs/set-tag", { run_id: nobody, key: "t", value: "x" }),
  post("a tag of a run that is too long", "runs/set-tag", {
    run_id: "$four",
    key: "long",
    value: "v".repeat(8001),
  }),
  post("a tag of a run taken away", "runs/delete-tag", { run_id: "$one", key: "t" }),
  post("a tag of a run taken away again", "runs/delete-tag", { run_id: "$one", key: "t" }),
  post("a tag taken from a run that is not there", "runs/delete-tag", { run_id: nobody, key: "t" }),
  post("a batch", "runs/log-batch", {
    run_id: "$two",
    metrics: [0, 1, 2].map((step) => ({ key: "m", value: step + 1, timestamp: start + step, step })),
    params: [{ key: "p", value: "Y" }],
    tags: [{ key: "b", value: "1" }],
  }),
  post("a batch of nothing", "runs/log-batch", { run_id: "$two" }),
  post("a batch for nobody", "runs/log-batch", { run_id: nobody, params: [{ key: "p", value: "1" }] }),
  post("a batch without a run", "runs/log-batch", { params: [{ key: "p", value: "1" }] }),
  post("a batch that changes a param", "runs/log-batch", {
    run_id: "$two",
    params: [{ key: "p", value: "Z" }],
  }),
  post("a batch with a param twice", "runs/log-batch", {
    run_id: "$two",
    params: [
      { key: "q", value: "1" },
      { key: "q", value: "2" },
    ],
  }),
  post("a batch with a metric without a key", "runs/log-batch", {
    run_id: "$two",
    metrics: [{ value: 1, timestamp: 1, step: 0 }],
  }),
  post("a batch with a metric without a time", "runs/log-batch", {
    run_id: "$two",
    metrics: [{ key: "a", value: 1, step: 0 }],
  }),
  post("a batch with a text for metrics", "runs/log-batch", { run_id: "$two", metrics: "x" }),
  post("a batch with too many params", "runs/log-batch", {
    run_id: "$two",
    params: Array.from({ length: 101 }, (_, at) => ({ key: `k${at}`, value: "v" })),
  }),
  post("a batch with too many tags", "runs/log-batch", {
    run_id: "$two",
    tags: Array.from({ length: 101 }, (_, at) => ({ key: `k${at}`, value: "v" })),
  }),
  post("a batch with too many metrics", "runs/log-batch", {
    run_id: "$two",
    metrics: Array.from({ length: 1001 }, (_, step) => ({ key: "x", value: 1, timestamp: 1, step })),
  }),
  post("inputs of a run", "runs/log-inputs", {
    run_id: "$two",
    datasets: [
      {
        dataset: {
          name: "credit",
          digest: "abc123",
          source_type: "s3",
          source: '{"uri":"s3://bucket/data.csv"}',
          schema: "{}",
          profile: "{}",
        },
        tags: [{ key: "mlflow.data.context", value: "training" }],
      },
    ],
  }),
  post("inputs of a text", "runs/log-inputs", { run_id: "$two", datasets: "x" }),
  post("inputs of a run that is not there", "runs/log-inputs", { run_id: nobody, datasets: [] }),
  post("a model of a run, as of old", "runs/log-model", { run_id: "$four", model_json: modelOf("$four") }),
  post("a second model of a run, as of old", "runs/log-model", {
    run_id: "$four",
    model_json: modelOf("$four", { artifact_path: "other" }),
  }),
  post("a model of a run that is no JSON", "runs/log-model", { run_id: "$four", model_json: "{" }),
  post("a model of a run without its flavors", "runs/log-model", {
    run_id: "$four",
    model_json: modelOf("$four", { flavors: undefined }),
  }),
  post("a model of a run without a model", "runs/log-model", { run_id: "$four" }),
  post("a model of a run that is not there", "runs/log-model", {
    run_id: nobody,
    model_json: modelOf(nobody),
  }),
  get("the run with its models", "runs/get", { run_id: "$four" }),
  post("datasets of experiments", "/ajax-api/2.0/mlflow/experiments/search-datasets", {
    experiment_ids: ["$work"],
  }),
  post("the end of a run", "runs/update", { run_id: "$one", status: "FINISHED", end_time: start + 1001 }),
  post("the end of another run", "runs/update", {
    run_id: "$three",
    status: "FAILED",
    end_time: start + 1003,
    run_name: "Three",
  }),
  post("an update of a run that is not there", "runs/update", { run_id: nobody, status: "FINISHED" }),
  get("the run after all that", "runs/get", { run_id: "$one" }),
  get("the second run after all that", "runs/get", { run_id: "$two" }),
  get("the history of a metric", "metrics/get-history", { run_id: "$two", metric_key: "m" }),
  get(
    "a page of the history of a metric",
    "metrics/get-history",
    { run_id: "$two", metric_key: "m", max_results: "2" },
    { history: "next_page_token" },
  ),
  get("the next page of the history of a metric", "metrics/get-history", {
    run_id: "$two",
    metric_key: "m",
    max_results: "2",
    page_token: "$history",
  }),
  get("the history of a metric that is not there", "metrics/get-history", {
    run_id: "$two",
    metric_key: "nothing",
  }),
  get("the history of a metric of a run that is not there", "metrics/get-history", {
    run_id: nobody,
    metric_key: "m",
  }),
  get("the history without a metric", "metrics/get-history", { run_id: "$two" }),
  get("the histories of a metric", "metrics/get-history-bulk-interval", {
    run_ids: ["$one", "$two"],
    metric_key: "m",
    max_results: "10",
  }),
  get("the histories of a metric of no runs", "metrics/get-history-bulk-interval", { metric_key: "m" }),
  get("the histories of a metric, whole", bulk, { run_id: ["$two", nobody], metric_key: "m" }),
  get("the histories of a metric, in part", bulk, {
    run_id: ["$two"],
    metric_key: "m",
    max_results: "2",
  }),
  get("the histories of a metric that is not there, whole", bulk, {
    run_id: ["$one"],
    metric_key: "nothing",
  }),
  get("the histories of a metric of no runs, whole", bulk, { metric_key: "m" }),
  get("the histories of no metric, whole", bulk, { run_id: ["$one"] }),
  post("a run deleted", "runs/delete", { run_id: "$four" }),
  post("a run deleted again", "runs/delete", { run_id: "$four" }),
  post("a run deleted that is not there", "runs/delete", { run_id: nobody }),
  post("a metric of a run deleted", "runs/log-metric", {
    run_id: "$four",
    key: "m",
    value: 1,
    timestamp: start,
  }),
  get("the run after its deletion", "runs/get", { run_id: "$four" }),
  post("a run restored", "runs/restore", { run_id: "$four" }),
  post("a run restored again", "runs/restore", { run_id: "$four" }),
];
