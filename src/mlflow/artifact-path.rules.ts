import { readId } from "../kernel/ids.ts";
import { badParameter, type MlflowError } from "./mlflow-error.ts";
import { decoded } from "./percent.rules.ts";

/** What a path of the artifact proxy names; `path` is within it, and empty for all of it. */
export type ArtifactPlace = LoggedPlace | { is: "version"; version: number; path: string };

/** Where files can be logged. */
export type LoggedPlace =
  | { is: "run"; experimentId: string; runId: string; path: string }
  | { is: "loggedModel"; experimentId: string; modelId: string; path: string };

const versions = "versions";

/** Where the artifacts of an experiment's runs lie: behind this server's own proxy, always. */
export function artifactRootOf(experimentId: string): string {
  return `mlflow-artifacts:/${experimentId}`;
}

export function runArtifactsOf(experimentId: string, runId: string): string {
  return `${artifactRootOf(experimentId)}/${runId}/artifacts`;
}

export function modelArtifactsOf(experimentId: string, modelId: string): string {
  return `${artifactRootOf(experimentId)}/models/${modelId}/artifacts`;
}

/** A version's own files, which never change: by its id (`mv_…`), so that a model may be renamed. */
export function versionArtifactsOf(versionId: string): string {
  return `mlflow-artifacts:/${versions}/${versionId}`;
}

/** Null where nothing can lie there. Throws INVALID_PARAMETER_VALUE for a path that leads elsewhere. */
export function placeOf(told: string): ArtifactPlace | null {
  const path = safePath(told);
  const [, versionId = "", ofVersion = ""] = /^versions\/([^/]+)(?:\/(.*))?$/s.exec(path) ?? [];
  const version = readId(versionId);
  if (version?.kind === "MODEL_VERSION") return { is: "version", version: version.node, path: ofVersion };
  const [, experimentId = "", runId = "", ofRun = ""] =
    /^([0-9]+)\/([0-9a-f]{32})\/artifacts(?:\/(.*))?$/s.exec(path) ?? [];
  if (runId) return { is: "run", experimentId, runId, path: ofRun };
  const [, experiment = "", modelId = "", ofModel = ""] =
    /^([0-9]+)\/models\/(m-[0-9a-f]{32})\/artifacts(?:\/(.*))?$/s.exec(path) ?? [];
  return modelId ? { is: "loggedModel", experimentId: experiment, modelId, path: ofModel } : null;
}

/** Where a file can be written. Throws INVALID_PARAMETER_VALUE. */
export function loggedPlaceOf(told: string): LoggedPlace {
  const place = placeOf(told);
  if (place?.is === "version") throw badParameter("The files of a registered model version never change.");
  if (place) return { ...place, path: safePath(place.path) };
  throw badParameter(
    `Invalid artifact path: '${told.slice(0, 500)}'. Artifacts are kept under '<experiment_id>/<run_id>/artifacts/' and '<experiment_id>/models/<model_id>/artifacts/'.`,
  );
}

/** Without `/` at its end. Throws INVALID_PARAMETER_VALUE for what leads elsewhere, however it is written. */
export function safePath(told: string): string {
  const plain = decoded(told);
  const isSafe =
    !/[\\#\0]/.test(plain) &&
    !/^(?:\/|[a-z]:)/i.test(plain) &&
    !plain.split("/").includes("..") &&
    !/^file:/i.test(plain);
  if (!isSafe) throw unsafePath();
  return told.replace(/\/+$/, "");
}

export function unsafePath(): MlflowError {
  return badParameter("Invalid path");
}
