import { type ModelFacts, mappingOf, modelFactsOf } from "../../formats/mlmodel.ts";
import type { RawVersion } from "./mlflow-store.ts";
import { jsonOf } from "./mlflow-values.ts";

/**
 * The path inside a run's artifacts to which a version's source points, whatever the form of the URI; undefined where
 * it points elsewhere. `model` for each of `runs:/<run>/model`, `file:///C:/mlruns/0/<run>/artifacts/model`,
 * `mlflow-artifacts:/0/<run>/artifacts/model`, `mlruns\0\<run>\artifacts\model`.
 */
export function artifactPathOf(source: string | null, runId: string): string | undefined {
  const uri = (source ?? "").replaceAll("\\", "/");
  const start = uri.startsWith(`runs:/${runId}`) ? `runs:/${runId}` : `/${runId}/artifacts`;
  const at = uri.indexOf(start);
  if (at < 0) return undefined;
  const path = decoded(uri.slice(at + start.length)).replace(/^\/+|\/+$/g, "");
  return path.split("/").includes("..") || path.includes("\u0000") ? undefined : path;
}

/** What the run's own list of logged models says of the one at a version's source: the last such entry. */
export function factsFromHistory(history: string | null | undefined, version: RawVersion): ModelFacts {
  const entries = jsonOf(history);
  const path = artifactPathOf(version.source, version.runId ?? "");
  if (!Array.isArray(entries) || path === undefined) return {};
  return modelFactsOf(entries.findLast((one) => mappingOf(one).artifact_path === path));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
