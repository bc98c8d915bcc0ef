import type { Experiment } from "../tracking/experiment.entity.ts";
import type { Metric, Param, Tag } from "../tracking/fact.entity.ts";
import type { LoggedModel } from "../tracking/logged-model.entity.ts";
import { modelArtifactsOf } from "./artifact-path.rules.ts";
import { listOrNothing } from "./registered-model.mapping.ts";
import { metricOf, type UsedData } from "./run.mapping.ts";

/** Facts that MLflow keeps beside a logged model's tags, and importers among them. */
export const modelTypeTag = "mlflow.modelType";
export const modelRunTag = "mlflow.runId";

/** As they are here, and what MLflow calls them. */
export const statuses = ["UNSPECIFIED", "PENDING", "READY", "FAILED"] as const;
export const statusWords = [
  "LOGGED_MODEL_STATUS_UNSPECIFIED",
  "LOGGED_MODEL_PENDING",
  "LOGGED_MODEL_READY",
  "LOGGED_MODEL_UPLOAD_FAILED",
] as const;

/** What MLflow's LoggedModel is made from. */
export interface LoggedModelFacts {
  model: LoggedModel;
  experiment: Experiment;
  /** Of the run that made it; null where that is not known, or not to be told. */
  runId: string | null;
  params: readonly Param[];
  metrics: readonly Metric[];
  tags: readonly Tag[];
  /** By that run. */
  used: readonly UsedData[];
}

/** LoggedModel of MLflow's protobuf. */
export function loggedModelOf(facts: LoggedModelFacts): object {
  const { model, experiment, runId, params, metrics, tags, used } = facts;
  const { modelId, name, status, createdAt, updatedAt } = model;
  const { experimentId } = experiment;
  const valueUnder = (key: string) => tags.find((tag) => tag.key === key)?.value;
  const ofRun = runId ?? valueUnder(modelRunTag) ?? "";
  const own = tags.filter(({ key }) => key !== modelTypeTag && key !== modelRunTag);
  const number = (statuses as readonly string[]).indexOf(status);
  return {
    info: {
      model_id: modelId,
      experiment_id: experimentId,
      name: name ?? "",
      creation_timestamp_ms: createdAt,
      last_updated_timestamp_ms: updatedAt,
      artifact_uri: modelArtifactsOf(experimentId, modelId),
      status: statusWords[number] ?? statusWords[0],
      model_type: valueUnder(modelTypeTag) ?? "",
      source_run_id: ofRun,
      tags: listOrNothing(own.map(({ key, value }) => ({ key, value }))),
    },
    data: {
      params: listOrNothing(params.map(({ key, value }) => ({ key, value }))),
      metrics: listOrNothing(
        metrics.map((metric) => ({
          ...metricOf(metric, used),
          model_id: modelId,
          run_id: ofRun || undefined,
        })),
      ),
    },
  };
}
