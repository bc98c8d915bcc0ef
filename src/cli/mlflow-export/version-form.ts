// How a version of the registry is said to MLflow.
import type { KeyValue } from "../../client/import-batch.ts";
import { idTag, longest, pairsFor } from "./mlflow-form.ts";
import type { Outcome } from "./outcome.ts";
import type { ExportedVersion } from "./registry-records.ts";

export const mlflowStages = ["None", "Staging", "Production", "Archived"];
/** MLflow refuses these where they are not of its own runs and models. */
const ofOtherServer = /^(mlflow-artifacts|runs|models|file|dbfs):/i;

/** What a version was made from, by its ids there. */
export interface Origin {
  runId: string | null;
  loggedModelId: string | null;
  /** URI of the folder there that holds its files, or is to hold them; null where there is none. */
  place: string | null;
  /** Whether files of the run or the logged model may lie there, too: those that are alike need not be sent. */
  isShared: boolean;
}

/**
 * A source that MLflow takes: the place there of what the version is a part of, else its own where that leads to
 * some store, else one that says where the version is.
 */
export function sourceFor(model: string, version: ExportedVersion, { loggedModelId, place }: Origin): string {
  const { source, number } = version;
  if (loggedModelId !== null) return `models:/${loggedModelId}`;
  if (place !== null) return place;
  const leadsToStore = source !== null && /^[a-z][a-z0-9+.-]+:/i.test(source) && !ofOtherServer.test(source);
  return leadsToStore ? source : lastResort(model, number);
}

export function lastResort(model: string, number: number): string {
  return `stemma:/${encodeURIComponent(model)}/${number}`;
}

export function stageFor(stage: string): string {
  return mlflowStages.includes(stage) ? stage : "None";
}

/** Its tags, and as claims what else is short enough. `source`: as MLflow is told it. */
export function tagsFor(version: ExportedVersion, source: string, outcome: Outcome): KeyValue[] {
  const { createdAt, semanticVersion, digest, commit, stage, status } = version;
  const claims: [string, string | null | undefined][] = [
    [idTag, version.id],
    ["stemma.created_at", createdAt],
    ["stemma.semantic_version", semanticVersion],
    ["stemma.digest", digest],
    ["stemma.commit", commit?.sha],
    ["stemma.stage", mlflowStages.includes(stage) ? null : stage],
    ["stemma.status", status === "READY" ? null : status],
    ["stemma.source", version.source === source ? null : version.source],
  ];
  return [
    ...pairsFor(version.tags, longest.tag, outcome),
    ...claims.flatMap(([key, value]) => (value ? [{ key, value }] : [])),
  ];
}

/** Counts what MLflow has no place for. */
export function tellLeftOut(version: ExportedVersion, outcome: Outcome): void {
  outcome.leaves("approvals", version.approvals.length);
  outcome.leaves("validations", version.validations.length);
  outcome.leaves("model cards", version.card ? 1 : 0);
  outcome.leaves("parents of versions", version.parents.length);
  outcome.leaves("params of versions", version.params.length);
  outcome.leaves("metrics of versions", version.metrics.length);
  if (version.run === null)
    outcome.leaves("datasets of versions", version.datasets.filter(({ isInferred }) => !isInferred).length);
}
