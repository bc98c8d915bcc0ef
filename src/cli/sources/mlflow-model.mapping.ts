import type { ImportedModel, ImportedVersion, KeyValue } from "../../client/import-batch.ts";
import type { ModelFacts } from "../../formats/mlmodel.ts";
import { present } from "./mlflow-run.mapping.ts";
import type { RawModel, RawVersion } from "./mlflow-store.ts";
import { deletedInstantOf, instantOf, tagsOf, textOr, uriOf } from "./mlflow-values.ts";
import type { Warnings } from "./warnings.ts";

const deletedStage = "Deleted_Internal";

/** What the store turned out to hold, against which a version's pointers are checked. */
export interface KnownIds {
  runs: ReadonlySet<string>;
  loggedModels: ReadonlySet<string>;
}

export function modelOf(raw: RawModel, name: string, warnings: Warnings): ImportedModel {
  return present({
    name,
    description: textOr(raw.description),
    tags: tagsOf("Tag", raw.tags, warnings),
    createdAt: instantOf(raw.createdAt),
    updatedAt: instantOf(raw.updatedAt),
  });
}

/**
 * A version under its own number. Runs and logged models that are not in the store are not named, but stay as the tags
 * `mlflow.runId` and `mlflow.modelId`.
 */
export function versionOf(
  raw: RawVersion,
  model: string,
  facts: ModelFacts,
  known: KnownIds,
  warnings: Warnings,
): ImportedVersion {
  const tags: KeyValue[] = [...raw.tags];
  const label = `Version ${raw.model}/${raw.version}`;
  const isDeleted = raw.stage === deletedStage;
  const runId = uriOf(raw.runId);
  const hasRun = runId !== undefined && known.runs.has(runId);
  if (runId !== undefined && !hasRun) {
    warnings.add(
      `${label} names the run ${runId}, which is not in the store; it is kept as the tag mlflow.runId`,
    );
    tags.push({ key: "mlflow.runId", value: runId });
  }
  const modelId = loggedModelIdOf(raw);
  const hasLoggedModel = modelId !== undefined && known.loggedModels.has(modelId);
  if (modelId !== undefined && !hasLoggedModel) {
    warnings.add(
      `${label} names the logged model ${modelId}, which is not in the store; it is kept as a tag`,
    );
    tags.push({ key: "mlflow.modelId", value: modelId });
  }
  const source = uriOf(raw.source);
  const storage = uriOf(raw.storageLocation);
  if (storage !== undefined && storage !== source)
    tags.push({ key: "mlflow.storageLocation", value: storage });
  const runLink = uriOf(raw.runLink);
  if (runLink !== undefined) tags.push({ key: "mlflow.runLink", value: runLink });
  const stage = textOr(raw.stage);
  return present({
    model,
    number: Number(raw.version),
    externalId: `mlflow:${raw.model}/${raw.version}`,
    runId: hasRun ? runId : undefined,
    loggedModelId: hasLoggedModel ? modelId : undefined,
    source,
    description: textOr(raw.description),
    framework: facts.framework,
    format: facts.format,
    signature: facts.signature,
    status: statusOf(raw.status),
    statusMessage: textOr(raw.statusMessage),
    stage: isDeleted || stage === "None" ? undefined : stage,
    tags: tagsOf("Tag", tags, warnings),
    createdAt: instantOf(raw.createdAt),
    updatedAt: instantOf(raw.updatedAt),
    deletedAt: isDeleted ? deletedInstantOf("deleted", raw.updatedAt, raw.createdAt) : undefined,
    attributedTo: textOr(raw.userId),
  });
}

/** The logged model a version was registered from: named outright, or by its source `models:/m-…`. */
export function loggedModelIdOf(raw: Pick<RawVersion, "modelId" | "source">): string | undefined {
  return textOr(raw.modelId) ?? /^models:\/(m-[0-9a-f]+)$/.exec(raw.source ?? "")?.[1];
}

/** READY where MLflow says nothing, as it reads older versions itself. */
function statusOf(status: string | null): ImportedVersion["status"] {
  if (status?.startsWith("PENDING")) return "PENDING";
  return status?.startsWith("FAILED") ? "FAILED" : "READY";
}
