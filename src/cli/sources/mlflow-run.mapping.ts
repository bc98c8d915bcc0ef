import type {
  ImportedDatasetUse,
  ImportedExperiment,
  ImportedLoggedModel,
  ImportedRun,
} from "../../client/import-batch.ts";
import { ownName, ownPairs, ownText } from "./foreign-names.ts";
import type { RawDatasetUse, RawExperiment, RawLoggedModel, RawRun, RawRunHead } from "./mlflow-store.ts";
import { commitOf, deletedInstantOf, instantOf, jsonOf, tagsOf, tagValue, textOr } from "./mlflow-values.ts";
import { withoutCredentials } from "./repository-name.ts";
import type { Warnings } from "./warnings.ts";

const runStatuses = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"] as const;
const loggedModelStatuses = ["UNSPECIFIED", "PENDING", "READY", "FAILED"];

/** MLflow's experiment under its own name. `Default` stays, whatever became of it: Stemma needs its own. */
export function experimentOf(raw: RawExperiment, name: string, warnings: Warnings): ImportedExperiment {
  let deletedAt = deletedInstantOf(raw.lifecycleStage, raw.updatedAt, raw.createdAt);
  if (deletedAt !== undefined && name === "Default") {
    warnings.add(
      "The experiment Default is deleted in the store; it stays in Stemma, which needs one of that name",
    );
    deletedAt = undefined;
  }
  return present({
    name,
    tags: tagsOf("Tag", raw.tags, warnings),
    createdAt: instantOf(raw.createdAt),
    deletedAt,
  });
}

/** A run without its metric points. */
export function runOf(
  raw: RawRun,
  head: RawRunHead,
  experiment: string,
  repository: string,
  warnings: Warnings,
): ImportedRun {
  const tags = [...raw.tags];
  if (raw.inputModels.length > 0)
    tags.push({ key: "mlflow.inputModels", value: JSON.stringify(raw.inputModels) });
  const params = ownPairs("Param", raw.params, warnings);
  const inputs = datasetUsesOf(raw.inputs, warnings);
  return present({
    runId: raw.runId,
    experiment,
    name: textOr(raw.name) ?? tagValue(raw.tags, "mlflow.runName"),
    status: runStatusOf(raw, warnings),
    startedAt: instantOf(raw.startTime),
    endedAt: instantOf(raw.endTime),
    deletedAt: deletedInstantOf(raw.lifecycleStage, raw.deletedTime, raw.endTime, raw.startTime),
    attributedTo: tagValue(raw.tags, "mlflow.user") ?? textOr(raw.userId),
    entryPoint: entryPointOf(raw),
    parentRunId: head.parentRunId ?? undefined,
    commit: commitOf(head, repository),
    params: params.length > 0 ? params : undefined,
    tags: tagsOf("Tag", tags, warnings),
    inputs: inputs.length > 0 ? inputs : undefined,
  });
}

/** A logged model of MLflow 3 without its metric points; a run that is not in the store stays as a tag. */
export function loggedModelOf(
  raw: RawLoggedModel,
  experiment: string,
  runs: ReadonlySet<string>,
  warnings: Warnings,
): ImportedLoggedModel {
  const tags = [...raw.tags];
  const runId = textOr(raw.runId);
  if (runId !== undefined && !runs.has(runId)) {
    warnings.add(`Logged model ${raw.modelId} names the run ${runId}, which is not in the store`);
    tags.push({ key: "mlflow.runId", value: runId });
  }
  const modelType = textOr(raw.modelType);
  if (modelType !== undefined) tags.push({ key: "mlflow.modelType", value: modelType });
  const params = ownPairs("Param", raw.params, warnings);
  return present({
    modelId: raw.modelId,
    name: textOr(raw.name),
    runId: runId !== undefined && runs.has(runId) ? runId : undefined,
    experiment,
    status: loggedModelStatuses[Number(raw.status)] ?? raw.status ?? "UNSPECIFIED",
    createdAt: instantOf(raw.createdAt),
    deletedAt: deletedInstantOf(raw.lifecycleStage, raw.updatedAt, raw.createdAt),
    attributedTo: tagValue(raw.tags, "mlflow.user"),
    params: params.length > 0 ? params : undefined,
    tags: tagsOf("Tag", tags, warnings),
  });
}

/** File stores number the statuses from 1, databases spell them; where there is none, MLflow reads RUNNING. */
function runStatusOf(raw: RawRun, warnings: Warnings): ImportedRun["status"] {
  if (raw.status === null) return "RUNNING";
  const status = runStatuses[Number(raw.status) - 1] ?? runStatuses.find((word) => word === raw.status);
  if (!status)
    warnings.add(`Run ${raw.runId} has the unknown status ${raw.status}; it is imported as FAILED`);
  return status ?? "FAILED";
}

function entryPointOf(raw: RawRun): string | undefined {
  return (
    textOr(raw.entryPoint) ??
    tagValue(raw.tags, "mlflow.project.entryPoint") ??
    withCredentialsOut(tagValue(raw.tags, "mlflow.source.name"))
  );
}

function withCredentialsOut(text: string | undefined): string | undefined {
  return text === undefined ? undefined : withoutCredentials(text);
}

/** Dataset uses by name, digest and role; a dataset is kept apart from another by (name, digest). */
function datasetUsesOf(raw: RawDatasetUse[], warnings: Warnings): ImportedDatasetUse[] {
  return raw.map((use) => {
    const name = ownName(use.name);
    if (name !== use.name) {
      const given = JSON.stringify(name);
      warnings.add(`Dataset ${JSON.stringify(use.name)} is imported as ${given}: Stemma's names forbid it`);
    }
    return present({
      name,
      digest: ownText(use.digest),
      source: datasetSourceOf(use.source),
      role: use.role ?? "",
      schema: jsonOf(use.schema),
      profile: jsonOf(use.profile),
    });
  });
}

/** MLflow writes the run's tags, `mlflow.user` among them, into the source of a dataset made in code: the user goes. */
function datasetSourceOf(source: string | null): string | undefined {
  const text = textOr(source);
  if (text === undefined) return undefined;
  const value = text.includes("mlflow.user") ? jsonOf(text) : undefined;
  const tags = (value as { tags?: Record<string, unknown> } | undefined)?.tags;
  if (typeof tags !== "object" || tags === null || !("mlflow.user" in tags)) return withoutCredentials(text);
  const { "mlflow.user": _, ...others } = tags;
  return withoutCredentials(JSON.stringify({ ...(value as object), tags: others }));
}

/** The record without the keys that hold nothing, so that equal facts are equal JSON. */
export function present<T extends object>(record: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}
