import type { ModelVersion } from "../registry/version.entity.ts";
import { VersionStatus } from "../registry/version.entity.ts";
import type { Tag } from "../tracking/fact.entity.ts";
import { versionArtifactsOf } from "./artifact-path.rules.ts";
import { listOrNothing } from "./registered-model.mapping.ts";

/** Under which tags a version keeps what MLflow's client told of it and Stemma has no field for; imports use the same. */
export const keptTags = {
  /** A run that is not here, or that who registered may not read. */
  runId: "mlflow.runId",
  runLink: "mlflow.runLink",
  /** Where its source's bytes are, where that names another version or a logged model. */
  storageLocation: "mlflow.storageLocation",
  modelId: "mlflow.modelId",
} as const;

const kept: ReadonlySet<string> = new Set(Object.values(keptTags));

/** What MLflow's ModelVersion is made from; a run or logged model that the reader may not read is null. */
export interface VersionFacts {
  version: ModelVersion;
  model: string;
  tags: readonly Tag[];
  aliases: readonly string[];
  runId: string | null;
  loggedModelId: string | null;
}

const wireStatus: Record<VersionStatus, string> = {
  [VersionStatus.READY]: "READY",
  [VersionStatus.PENDING]: "PENDING_REGISTRATION",
  [VersionStatus.FAILED]: "FAILED_REGISTRATION",
};

/** ModelVersion of MLflow's protobuf; instants in epoch milliseconds. */
export function modelVersionOf({ version, model, tags, aliases, ...origin }: VersionFacts): object {
  const keptAs = (key: string) => tags.find((tag) => tag.key === key)?.value;
  return {
    name: model,
    version: String(version.number),
    creation_timestamp: version.createdAt,
    last_updated_timestamp: version.updatedAt,
    current_stage: version.stage,
    description: version.description ?? "",
    source: version.source ?? "",
    run_id: origin.runId ?? keptAs(keptTags.runId) ?? "",
    status: wireStatus[version.status],
    status_message: version.statusMessage ?? undefined,
    tags: listOrNothing(tags.filter(({ key }) => !kept.has(key)).map(({ key, value }) => ({ key, value }))),
    run_link: keptAs(keptTags.runLink) ?? "",
    aliases: listOrNothing(aliases),
    model_id: origin.loggedModelId ?? keptAs(keptTags.modelId),
  };
}

/**
 * Where its files are read from: its own, which never change. Where its source is of this server, they are those that were
 * there when it was registered, be it none: what is logged there later is not the version's.
 */
export function downloadUriOf(version: ModelVersion, tags: readonly Tag[]): string {
  if (version.digest !== null || isOfThisServer(version.source ?? "")) return versionArtifactsOf(version.id);
  return tags.find(({ key }) => key === keptTags.storageLocation)?.value ?? version.source ?? "";
}

function isOfThisServer(source: string): boolean {
  return /^(?:runs:|models:\/+m-|mlflow-artifacts:\/(?!\/[^/]))/i.test(source);
}
