import { beforeAll, describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import { type Mlflow, mlflowOf } from "../support/mlflow.ts";
import { sendRaw } from "../support/raw-request.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let all: Mlflow;
let viewer: Mlflow;
let stranger: Mlflow;
let open: Ids;
let hidden: Ids;

interface Ids {
  experiment_id: string;
  run_id: string;
  model_id: string;
  experiment_name: string;
}

async function filled(experiment_name: string, scope: string): Promise<Ids> {
  const input = { name: experiment_name, scope };
  const { createExperiment } = await world.ask(
    `mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { experimentId } } }`,
    { input },
  );
  const experiment_id = createExperiment.experiment.experimentId;
  const { body } = await all.post("runs/create", { experiment_id });
  const { run_id } = body.run.info;
  const made = await all.post("logged-models", { experiment_id, source_run_id: run_id });
  await all.post("runs/log-metric", { run_id, key: "m", value: 1, timestamp: 1 });
  const dataset = { name: `data of ${scope}`, digest: "1" };
  await all.post("runs/log-inputs", { run_id, datasets: [{ dataset }] });
  return { experiment_id, run_id, model_id: made.body.model.info.model_id, experiment_name };
}

beforeAll(async () => {
  world = await startWorld();
  all = mlflowOf(world);
  open = await filled("open", "risk");
  hidden = await filled("vault", "vault");
  const looking = await person(world, "looker", { grants: [["VIEWER", "risk.*"]] });
  viewer = mlflowOf({ url: world.url, token: looking.token });
  stranger = mlflowOf({ url: world.url, token: (await person(world, "stranger")).token });
  return world.close;
});

type Write = [
  string,
  (mlflow: Mlflow, ids: Ids) => Promise<{ status: number; body: { error_code?: string } }>,
];

const writes: Write[] = [
  ["experiments/delete", (mlflow, { experiment_id }) => mlflow.post("experiments/delete", { experiment_id })],
  [
    "experiments/update",
    (mlflow, { experiment_id }) =>
      mlflow.post("experiments/update", { experiment_id, new_name: "taken over" }),
  ],
  [
    "experiments/set-experiment-tag",
    (mlflow, { experiment_id }) =>
      mlflow.post("experiments/set-experiment-tag", { experiment_id, key: "k", value: "v" }),
  ],
  ["runs/create", (mlflow, { experiment_id }) => mlflow.post("runs/create", { experiment_id })],
  ["runs/update", (mlflow, { run_id }) => mlflow.post("runs/update", { run_id, status: "FAILED" })],
  ["runs/delete", (mlflow, { run_id }) => mlflow.post("runs/delete", { run_id })],
  ["runs/restore", (mlflow, { run_id }) => mlflow.post("runs/restore", { run_id })],
  [
    "runs/log-metric",
    (mlflow, { run_id }) => mlflow.post("runs/log-metric", { run_id, key: "x", value: 1, timestamp: 1 }),
  ],
  [
    "runs/log-parameter",
    (mlflow, { run_id }) => mlflow.post("runs/log-parameter", { run_id, key: "x", value: "1" }),
  ],
  ["runs/log-batch", (mlflow, { run_id }) => mlflow.post("runs/log-batch", { run_id, tags: [{ key: "x" }] })],
  ["runs/set-tag", (mlflow, { run_id }) => mlflow.post("runs/set-tag", { run_id, key: "x", value: "1" })],
  ["runs/delete-tag", (mlflow, { run_id }) => mlflow.post("runs/delete-tag", { run_id, key: "x" })],
  [
    "runs/log-inputs",
    (mlflow, { run_id }) =>
      mlflow.post("runs/log-inputs", { run_id, datasets: [{ dataset: { name: "n", digest: "d" } }] }),
  ],
  [
    "logged-models",
    (mlflow, { experiment_id }) => mlflow.post("logged-models", { experiment_id, name: "x" }),
  ],
  ["logged-models/{id}", (mlflow, { model_id }) => mlflow.patch(`logged-models/${model_id}`, { status: 2 })],
  ["DELETE logged-models/{id}", (mlflow, { model_id }) => mlflow.delete(`logged-models/${model_id}`)],
  [
    "logged-models/{id}/tags",
    (mlflow, { model_id }) => mlflow.patch(`logged-models/${model_id}/tags`, { tags: [{ key: "a" }] }),
  ],
];

describe("who may only look", () => {
  it("sees what it may read", async () => {
    const { experiment_id, run_id, model_id } = open;
    const answers = await Promise.all([
      viewer.get("experiments/get", { experiment_id }),
      viewer.get("runs/get", { run_id }),
      viewer.get(`logged-models/${model_id}`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it.each(writes)("may not write by %s", async (_path, write) => {
    const { status, body } = await write(viewer, open);
    expect([status, body.error_code]).toEqual([403, "PERMISSION_DENIED"]);
  });

  it("may make no experiment", async () => {
    const { status } = await viewer.post("experiments/create", { name: "mine" });
    expect(status).toBe(403);
  });
});

describe("what is hidden", () => {
  it.each(writes)("is absent for who would write to it by %s", async (_path, write) => {
    const { status, body } = await write(viewer, hidden);
    expect([status, body.error_code]).toEqual([404, "RESOURCE_DOES_NOT_EXIST"]);
  });

  it("is absent wherever it is asked for", async () => {
    const { experiment_id, run_id, model_id, experiment_name } = hidden;
    const absent = await Promise.all([
      viewer.get("experiments/get", { experiment_id }),
      viewer.get("experiments/get-by-name", { experiment_name }),
      viewer.get("runs/get", { run_id }),
      viewer.get(`logged-models/${model_id}`),
    ]);
    const empty = await Promise.all([
      viewer.post("runs/search", { experiment_ids: [experiment_id] }),
      viewer.post("runs/search", { experiment_ids: [experiment_id], filter: "dataset.name LIKE '%'" }),
      viewer.post("logged-models/search", { experiment_ids: [experiment_id] }),
      viewer.post("experiments/search-datasets", { experiment_ids: [experiment_id] }),
      viewer.get("metrics/get-history", { run_id, metric_key: "m" }),
      viewer.get("metrics/get-history-bulk-interval", { run_ids: run_id, metric_key: "m" }),
    ]);
    const { body } = await viewer.post("experiments/search", { max_results: 100, view_type: "ALL" });
    expect(absent.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(empty.map((answer) => answer.body)).toEqual(empty.map(() => ({})));
    expect(body.experiments.map(({ name }: { name: string }) => name)).toEqual(["open"]);
  });

  it("is everything, to who may read nothing", async () => {
    const { body } = await stranger.post("experiments/search", { max_results: 100 });
    const { status } = await stranger.get("experiments/get", { experiment_id: "0" });
    expect([body, status]).toEqual([{}, 404]);
  });

  it("is not told to who shows no token", async () => {
    const nobody = mlflowOf({ url: world.url, token: "nonsense" });
    const { status, body } = await nobody.get("experiments/get", { experiment_id: "0" });
    expect([status, body.error_code]).toEqual([401, "UNAUTHENTICATED"]);
  });
});

describe("what MLflow's clients ask first", () => {
  it.each([
    ["/health", "OK"],
    ["/version", expect.stringMatching(/^[0-9]+\.[0-9]+\.[0-9]+$/)],
    ["/api/3.0/mlflow/server-info", expect.stringContaining('"store_type":"SqlStore"')],
  ])("%s is answered to anybody", async (path, body) => {
    const answer = await sendRaw({ origin: world.url, path, method: "GET", headers: {}, body: null });
    expect([answer.status, answer.body.toString()]).toEqual([200, body]);
  });
});
