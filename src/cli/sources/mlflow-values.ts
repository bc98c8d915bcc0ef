import type { CommitRef, ImportedMetric, KeyValue } from "../../client/import-batch.ts";
import { ownKey, ownPairs, ownText } from "./foreign-names.ts";
import type { RawMetric } from "./mlflow-store.ts";
import { repositoryName, withoutCredentials } from "./repository-name.ts";
import type { Warnings } from "./warnings.ts";

const farthestMs = 253_402_300_799_999; // the end of the year 9999, the last that RFC 3339 can write

/** Epoch milliseconds as RFC 3339, or undefined where there are none. */
export function instantOf(milliseconds: string | number | null | undefined): string | undefined {
  if (milliseconds === null || milliseconds === undefined || milliseconds === "") return undefined;
  const instant = Math.trunc(Number(milliseconds));
  if (!Number.isFinite(instant) || instant < 0 || instant > farthestMs) return undefined;
  return new Date(instant).toISOString();
}

/**
 * When something was deleted, where its lifecycle says it was: the recorded time, else the last one known of it, else
 * the beginning of time, so that what was deleted stays deleted.
 */
export function deletedInstantOf(
  lifecycleStage: string | null,
  ...times: (string | null)[]
): string | undefined {
  if (lifecycleStage?.toLowerCase() !== "deleted") return undefined;
  for (const time of times) {
    const instant = instantOf(time);
    if (instant !== undefined) return instant;
  }
  return new Date(0).toISOString();
}

/** JSON where the text is JSON, the text itself where it is not, undefined where there is nothing. */
export function jsonOf(text: string | null | undefined): unknown {
  if (text === null || text === undefined || text === "") return undefined;
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return text;
  }
}

/**
 * Tags as Stemma keeps them: without `mlflow.user`, which becomes `attributedTo`, and without credentials in the
 * URLs in them.
 */
export function tagsOf(what: string, tags: KeyValue[], warnings: Warnings): KeyValue[] | undefined {
  const kept = tags.filter(({ key }) => key !== "mlflow.user");
  const own = ownPairs(what, kept, warnings).map(({ key, value }) => ({
    key,
    value: withoutCredentials(value),
  }));
  return own.length > 0 ? own : undefined;
}

/** The value of a tag, trimmed, or undefined where it is absent or empty. */
export function tagValue(tags: KeyValue[], key: string): string | undefined {
  return textOr(tags.find((tag) => tag.key === key)?.value.trim());
}

/** The text, or undefined in place of null and of "". */
export function textOr(text: string | null | undefined): string | undefined {
  return text === null || text === undefined || text === "" ? undefined : ownText(text);
}

/**
 * A URI or id as recorded, without credentials; it is never opened. Of a deleted version MLflow's databases keep only
 * `REDACTED-…`, which is nothing.
 */
export function uriOf(uri: string | null): string | undefined {
  const text = textOr(uri);
  return text === undefined || text.startsWith("REDACTED-") ? undefined : withoutCredentials(text);
}

/** The commit a run names, where it looks like one. */
export function commitOf(
  head: { commit: string | null; repository: string | null; branch: string | null },
  repositoryOtherwise: string,
): CommitRef | undefined {
  const sha = head.commit?.trim() ?? "";
  if (!/^[0-9a-f]{7,64}$/i.test(sha)) return undefined;
  const commit: CommitRef = { repository: repositoryName(head.repository) || repositoryOtherwise, sha };
  const branch = textOr(head.branch?.trim());
  if (branch !== undefined) commit.branch = branch;
  return commit;
}

/**
 * Metric points as Stemma keeps them. Exact repetitions, which MLflow's databases refuse and its files do not, come
 * once; a point that cannot be read is left out with a warning.
 */
export async function* pointsOf(
  owner: string,
  metrics: AsyncIterable<RawMetric> | Iterable<RawMetric>,
  warnings: Warnings,
): AsyncGenerator<ImportedMetric> {
  const seen = new Set<string>();
  for await (const raw of metrics) {
    const point = pointOf(raw, warnings);
    if (!point) {
      warnings.add(
        `${owner}: metric ${JSON.stringify(raw.key)} holds a point that cannot be read; it is left out`,
      );
      continue;
    }
    const identity = JSON.stringify(point);
    if (seen.has(identity)) {
      warnings.add(
        `${owner}: metric ${JSON.stringify(raw.key)} holds the same point twice; it is imported once`,
      );
      continue;
    }
    if (seen.size >= 1_000_000) seen.clear();
    seen.add(identity);
    yield point;
  }
}

function pointOf(raw: RawMetric, warnings: Warnings): ImportedMetric | undefined {
  const at = instantOf(raw.at);
  const step = Number(raw.step ?? 0);
  const value = typeof raw.value === "number" ? raw.value : pythonFloat(raw.value);
  if (at === undefined || value === undefined || !Number.isSafeInteger(step)) return undefined;
  const point: ImportedMetric = { key: ownKey("Metric", raw.key, warnings), step, at };
  if (Number.isNaN(value)) point.special = "NAN";
  else if (Number.isFinite(value)) point.value = value;
  else point.special = value > 0 ? "POSITIVE_INFINITY" : "NEGATIVE_INFINITY";
  const dataset = textOr(raw.datasetName);
  if (dataset !== undefined) point.dataset = dataset;
  return point;
}

/** What Python's `float()` reads, or undefined. */
function pythonFloat(text: string): number | undefined {
  const word = text.trim().toLowerCase();
  const special = /^([+-]?)(nan|inf|infinity)$/.exec(word);
  if (special) return special[2] === "nan" ? Number.NaN : special[1] === "-" ? -Infinity : Infinity;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(word) ? Number(word) : undefined;
}
