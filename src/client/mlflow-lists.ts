// The lists of an MLflow server, page by page.

import { StemmaClientError } from "./errors.ts";
import {
  experimentsPage,
  historyPage,
  loggedModelsPage,
  type MlflowExperiment,
  type MlflowLoggedModel,
  type MlflowMetric,
  type MlflowModel,
  type MlflowRun,
  type MlflowVersion,
  registeredModelsPage,
  runsPage,
  versionsPage,
} from "./mlflow-answers.ts";
import type { MlflowServer } from "./mlflow-server.ts";

const experimentsPerPage = 200;
const runsPerPage = 100;
const loggedModelsPerPage = 50;
const modelsPerPage = 100;
const versionsPerPage = 200;
const pointsPerPage = 5_000;

interface Answer {
  next_page_token: string | null;
}

/** Page after page of a list, item by item. */
export async function* paged<P extends Answer, T>(
  ask: (token: string | undefined) => Promise<P>,
  itemsOf: (page: P) => readonly T[],
): AsyncGenerator<T> {
  for (let token: string | undefined, last: string | undefined; ; last = token) {
    const page = await ask(token);
    yield* itemsOf(page);
    token = page.next_page_token || undefined;
    if (token === undefined) return;
    if (token === last)
      throw new StemmaClientError("NOT_MLFLOW", "the MLflow server answers the same page again and again");
  }
}

/** All experiments, deleted ones, too, by id. */
export function experimentsOf(server: MlflowServer): AsyncGenerator<MlflowExperiment> {
  const wanted = { view_type: "ALL", max_results: experimentsPerPage, order_by: ["experiment_id ASC"] };
  return paged(
    (page_token) => server.send("POST", "experiments/search", { ...wanted, page_token }, experimentsPage),
    ({ experiments }) => experiments,
  );
}

/** Runs of these experiments, deleted ones, too; all, or those that a filter lets through. */
export function runsOf(
  server: MlflowServer,
  experiments: readonly string[],
  filter?: string,
): AsyncGenerator<MlflowRun> {
  const wanted = { experiment_ids: experiments, run_view_type: "ALL", max_results: runsPerPage, filter };
  return paged(
    (page_token) => server.send("POST", "runs/search", { ...wanted, page_token }, runsPage),
    ({ runs }) => runs,
  );
}

/** Every point of a metric of a run. */
export function historyOf(server: MlflowServer, runId: string, key: string): AsyncGenerator<MlflowMetric> {
  const wanted = { run_id: runId, metric_key: key, max_results: pointsPerPage };
  return paged(
    (page_token) => server.get("metrics/get-history", { ...wanted, page_token }, historyPage),
    ({ metrics }) => metrics,
  );
}

/** Logged models of an experiment; none of a server that knows none. Deleted ones are not told by MLflow. */
export async function* loggedModelsOf(
  server: MlflowServer,
  experiment: string,
): AsyncGenerator<MlflowLoggedModel> {
  if (!server.knowsLoggedModels) return;
  const wanted = { experiment_ids: [experiment], max_results: loggedModelsPerPage };
  yield* paged(
    (page_token) => server.send("POST", "logged-models/search", { ...wanted, page_token }, loggedModelsPage),
    ({ models }) => models,
  );
}

/** Registered models, prompts among them. */
export function modelsOf(server: MlflowServer): AsyncGenerator<MlflowModel> {
  return paged(
    (page_token) =>
      server.get(
        "registered-models/search",
        { max_results: modelsPerPage, page_token },
        registeredModelsPage,
      ),
    ({ registered_models }) => registered_models,
  );
}

/** Versions of a model, without deleted ones. */
export function versionsOf(server: MlflowServer, model: string): AsyncGenerator<MlflowVersion> {
  const filter = `name=${quoted(model)}`;
  return paged(
    (page_token) =>
      server.get("model-versions/search", { filter, max_results: versionsPerPage, page_token }, versionsPage),
    ({ model_versions }) => model_versions,
  );
}

/** A text in a filter. Throws where MLflow's language has no way to say it. */
export function quoted(value: string): string {
  if (!value.includes("'")) return `'${value}'`;
  if (!value.includes('"')) return `"${value}"`;
  throw new StemmaClientError(
    "INVALID",
    `${JSON.stringify(value)} holds both kinds of quotes, for which MLflow's filters have no way`,
  );
}
