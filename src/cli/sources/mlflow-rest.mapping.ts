// What an MLflow server answers, as the records that its stores hold.
import type {
  MlflowExperiment,
  MlflowLoggedModel,
  MlflowMetric,
  MlflowModel,
  MlflowRun,
  MlflowVersion,
} from "../../client/mlflow-answers.ts";
import type {
  RawDatasetUse,
  RawExperiment,
  RawLoggedModel,
  RawMetric,
  RawModel,
  RawRun,
  RawRunHead,
  RawVersion,
} from "./mlflow-store.ts";
import { tagValue } from "./mlflow-values.ts";

/** What MLflow's databases keep in the place of an infinity. */
const writtenInfinity = Number.MAX_VALUE;
const contextTag = "mlflow.data.context";
/** Statuses of logged models as stores number them. */
const loggedModelStatuses = [
  "LOGGED_MODEL_STATUS_UNSPECIFIED",
  "LOGGED_MODEL_PENDING",
  "LOGGED_MODEL_READY",
  "LOGGED_MODEL_UPLOAD_FAILED",
];

export function rawExperimentOf(experiment: MlflowExperiment): RawExperiment {
  const { experiment_id, name, lifecycle_stage, creation_time, last_update_time, tags } = experiment;
  return {
    ...{ experimentId: experiment_id, name, lifecycleStage: lifecycle_stage, tags },
    ...{ createdAt: creation_time, updatedAt: last_update_time },
  };
}

export function headOf({ info, data: { tags } }: MlflowRun): RawRunHead {
  const valueUnder = (...keys: string[]) =>
    keys.map((key) => tagValue(tags, key)).find((value) => value !== undefined) ?? null;
  return {
    runId: info.run_id,
    experimentId: info.experiment_id,
    startTime: info.start_time,
    parentRunId: valueUnder("mlflow.parentRunId"),
    commit: valueUnder("mlflow.source.git.commit"),
    repository: valueUnder("mlflow.source.git.repoURL", "mlflow.gitRepoURL"),
    branch: valueUnder("mlflow.source.git.branch", "mlflow.gitBranchName"),
  };
}

/** A server tells neither when a run was deleted nor its entry point. */
export function rawRunOf({ info, data, inputs }: MlflowRun, metrics: RawRun["metrics"]): RawRun {
  return {
    runId: info.run_id,
    name: info.run_name,
    status: info.status,
    startTime: info.start_time,
    endTime: info.end_time,
    lifecycleStage: info.lifecycle_stage,
    deletedTime: null,
    userId: info.user_id,
    entryPoint: null,
    params: data.params,
    tags: data.tags,
    inputs: inputs.dataset_inputs.map(datasetUseOf),
    inputModels: inputs.model_inputs.map(({ model_id }) => model_id),
    metrics,
  };
}

function datasetUseOf({ tags, dataset }: MlflowRun["inputs"]["dataset_inputs"][number]): RawDatasetUse {
  const { name, digest, source, schema, profile } = dataset;
  const role = tags.find(({ key }) => key === contextTag)?.value ?? null;
  return { name, digest, source, schema, profile, role };
}

export function metricOf({ key, value, timestamp, step, dataset_name }: MlflowMetric): RawMetric {
  return { key, value: infiniteOr(value), step, at: timestamp, datasetName: dataset_name };
}

function infiniteOr(value: number | string): number | string {
  return typeof value === "number" && Math.abs(value) === writtenInfinity
    ? Math.sign(value) * Number.POSITIVE_INFINITY
    : value;
}

/** `producer`: the run that names it among its outputs. */
export function rawLoggedModelOf({ info, data }: MlflowLoggedModel, producer: string | null): RawLoggedModel {
  const status = loggedModelStatuses.indexOf(info.status ?? "");
  return {
    modelId: info.model_id,
    experimentId: info.experiment_id,
    name: info.name,
    status: status < 0 ? info.status : String(status),
    createdAt: info.creation_timestamp_ms,
    updatedAt: info.last_updated_timestamp_ms,
    lifecycleStage: null,
    modelType: info.model_type,
    runId: info.source_run_id || producer,
    params: data.params,
    tags: info.tags,
    metrics: data.metrics.map(metricOf),
  };
}

export function rawModelOf(model: MlflowModel): RawModel {
  const { name, description, creation_timestamp, last_updated_timestamp, tags, aliases } = model;
  return {
    ...{ name, description, tags },
    ...{ createdAt: creation_timestamp, updatedAt: last_updated_timestamp },
    aliases: aliases.map(({ alias, version }) => [alias, version]),
  };
}

/** A server does not tell where it keeps a version's files beside its source. */
export function rawVersionOf(version: MlflowVersion): RawVersion {
  return {
    model: version.name,
    version: version.version,
    createdAt: version.creation_timestamp,
    updatedAt: version.last_updated_timestamp,
    description: version.description,
    userId: version.user_id,
    stage: version.current_stage,
    source: version.source,
    runId: version.run_id,
    runLink: version.run_link,
    status: version.status,
    statusMessage: version.status_message,
    storageLocation: null,
    modelId: version.model_id,
    tags: version.tags,
  };
}
