import { type Call, del, get, patch, post } from "./call.ts";

const nobody = `m-${"f".repeat(32)}`;

export const loggedModelCalls: readonly Call[] = [
  post(
    "a logged model",
    "logged-models",
    {
      ...{ experiment_id: "$work", name: "forest", model_type: "tree", source_run_id: "$two" },
      ...{ params: [{ key: "depth", value: "3" }], tags: [{ key: "k", value: "v" }] },
    },
    { model: "model.info.model_id" },
  ),
  post("a logged model without an experiment", "logged-models", { name: "x" }),
  post("a logged model of an experiment that is not there", "logged-models", {
    experiment_id: "987654321",
    name: "x",
  }),
  post("a logged model with a slash in its name", "logged-models", { experiment_id: "$work", name: "a/b" }),
  get("a read of a logged model", "logged-models/$model"),
  get("a read of a logged model that is not there", `logged-models/${nobody}`),
  post("params of a logged model", "logged-models/$model/params", {
    model_id: "$model",
    params: [{ key: "more", value: "4" }],
  }),
  patch("tags of a logged model", "logged-models/$model/tags", {
    tags: [
      { key: "k", value: "w" },
      { key: "l", value: "x" },
    ],
  }),
  patch("tags of a logged model that is not there", `logged-models/${nobody}/tags`, {
    tags: [{ key: "k", value: "w" }],
  }),
  del("a tag of a logged model taken away", "logged-models/$model/tags/l"),
  del("a tag of a logged model taken away again", "logged-models/$model/tags/l"),
  patch("a tag of a logged model, longest of all", "logged-models/$model/tags", {
    tags: [{ key: "k".repeat(250), value: "v" }],
  }),
  del("the longest tag of a logged model taken away", `logged-models/$model/tags/${"k".repeat(250)}`),
  post("a metric of a logged model", "runs/log-metric", {
    run_id: "$two",
    key: "auc",
    value: 0.5,
    timestamp: 1_700_000_000_000,
    step: 1,
    model_id: "$model",
  }),
  post("a metric of a logged model on data that its run used", "runs/log-metric", {
    ...{ run_id: "$two", model_id: "$model", key: "f1", value: 0.25, timestamp: 1_700_000_000_000, step: 1 },
    ...{ dataset_name: "credit", dataset_digest: "abc123" },
  }),
  get("the logged model as measured on data that its run used", "logged-models/$model"),
  post("a metric of a logged model on other data", "runs/log-metric", {
    ...{ run_id: "$two", model_id: "$model", key: "f2", value: 0.5, timestamp: 1_700_000_000_000, step: 1 },
    ...{ dataset_name: "elsewhere", dataset_digest: "def456" },
  }),
  get("the logged model as measured on other data", "logged-models/$model"),
  post("outputs of a run", "runs/outputs", { run_id: "$two", models: [{ model_id: "$model", step: 1 }] }),
  post("outputs of a run that is not there", "runs/outputs", {
    run_id: "f".repeat(32),
    models: [{ model_id: "$model", step: 1 }],
  }),
  patch("a logged model that is ready", "logged-models/$model", {
    model_id: "$model",
    status: "LOGGED_MODEL_READY",
  }),
  get("the logged model after all that", "logged-models/$model"),
  get("the run with its outputs", "runs/get", { run_id: "$two" }),
  post("a search of logged models", "logged-models/search", { experiment_ids: ["$work"] }),
  post("a search of logged models without experiments", "logged-models/search", {}),
  post("a search of logged models by name", "logged-models/search", {
    experiment_ids: ["$work"],
    filter: "name = 'forest'",
  }),
  post("a search of logged models by metric", "logged-models/search", {
    experiment_ids: ["$work"],
    filter: "metrics.auc > 0.6",
  }),
  post("a search of logged models without a tag", "logged-models/search", {
    experiment_ids: ["$work"],
    filter: "tags.nothing IS NULL",
  }),
  post("a search of logged models by what they have not", "logged-models/search", {
    experiment_ids: ["$work"],
    filter: "color = 'x'",
  }),
  post("a version of a logged model", "model-versions/create", {
    name: "beta",
    source: "models:/$model",
    model_id: "$model",
  }),
  patch("a logged model with a status nobody knows", "logged-models/$model", {
    model_id: "$model",
    status: "SOME",
  }),
  del("a logged model deleted", "logged-models/$model"),
  get("the logged model after its deletion", "logged-models/$model"),
];
