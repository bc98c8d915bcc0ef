import type { ModelFacts, RawVersion } from "./mlflow-store.ts";
import { jsonOf } from "./mlflow-values.ts";

type Mapping = Record<string, unknown>;

/** The flavour that every other one brings along, so it says nothing where there is another. */
const anyFlavour = "python_function";

/** Framework, format and signature from an `MLmodel` file, or from an entry of `mlflow.log-model.history`. */
export function modelFactsOf(description: Mapping): ModelFacts {
  const facts: ModelFacts = {};
  const flavours = mappingOf(description.flavors);
  const framework = Object.keys(flavours).find((name) => name !== anyFlavour) ?? Object.keys(flavours)[0];
  if (framework !== undefined) {
    facts.framework = framework;
    const flavour = mappingOf(flavours[framework]);
    const format = flavour.serialization_format ?? flavour.model_format ?? flavour.save_format;
    if (typeof format === "string") facts.format = format;
  }
  const signature = signatureOf(mappingOf(description.signature));
  if (signature) facts.signature = signature;
  return facts;
}

/** MLflow writes each part of a signature as JSON in a text. */
function signatureOf(written: Mapping): Mapping | undefined {
  const signature: Mapping = {};
  for (const part of ["inputs", "outputs", "params"]) {
    const text = written[part];
    const value = typeof text === "string" ? jsonOf(text) : text;
    if (value !== undefined && value !== null) signature[part] = value;
  }
  return Object.keys(signature).length > 0 ? signature : undefined;
}

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
  const entry = entries.findLast((one) => mappingOf(one).artifact_path === path);
  return entry ? modelFactsOf(mappingOf(entry)) : {};
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function mappingOf(value: unknown): Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Mapping) : {};
}
