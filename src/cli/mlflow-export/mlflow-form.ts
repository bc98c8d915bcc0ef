// How what the registry knows is said to MLflow, within the limits of its own validation.
import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { KeyValue } from "../../client/import-batch.ts";
import type { Outcome } from "./outcome.ts";
import type { ExportedPoint, ExportedUse } from "./records.ts";

/** Under which MLflow keeps who something is here, so that it is found again. */
export const idTag = "stemma.id";
/** As of which last change here all of it is there. */
export const doneTag = "stemma.exported";
/** Digest of the files that are there. */
export const filesTag = "stemma.files";

export const longest = { param: 6_000, runTag: 8_000, tag: 5_000, digest: 36, description: 5_000 };
const longestKey = 250;

/** A key that MLflow takes: one that it would refuse is marked with what it was, so that two never become one. */
export function keyFor(key: string, outcome: Outcome): string {
  const isPath = posix.normalize(key) === key && !key.startsWith("/") && !/^\.\.?(\/|$)/.test(key);
  if (isPath && key.length <= longestKey && /^[/\w.\- :]+$/.test(key)) return key;
  outcome.leaves("spellings of keys");
  const mark = createHash("sha256").update(key).digest("hex").slice(0, 6);
  return `${key
    .replace(/[^\w.\- :]/g, "-")
    .replace(/^\.+/, "-")
    .slice(0, longestKey - 7)}-${mark}`;
}

/** A text as long as MLflow takes it. */
export function cut(text: string, length: number, outcome: Outcome): string {
  if ([...text].length <= length) return text;
  outcome.leaves("ends of long texts");
  return [...text].slice(0, length).join("");
}

export function pairsFor(pairs: readonly KeyValue[], length: number, outcome: Outcome): KeyValue[] {
  return pairs.map(({ key, value }) => ({ key: keyFor(key, outcome), value: cut(value, length, outcome) }));
}

/** Tags that MLflow has not under these values yet. */
export function missingTags(wanted: readonly KeyValue[], held: readonly KeyValue[]): KeyValue[] {
  const known = new Map(held.map(({ key, value }) => [key, value]));
  return wanted.filter(({ key, value }) => known.get(key) !== value);
}

const special = { NAN: "NaN", POSITIVE_INFINITY: "Infinity", NEGATIVE_INFINITY: "-Infinity" } as const;

/** A point of a metric; MLflow knows no splits and slices, so that these become part of its key. */
export function pointFor(point: ExportedPoint, outcome: Outcome) {
  const parts = [point.key, point.split, point.slice].filter((part) => part);
  return {
    key: keyFor(parts.join("/"), outcome),
    value: point.special ? special[point.special] : point.value!,
    timestamp: Date.parse(point.at),
    step: Number(point.step),
  };
}

export type PointForMlflow = ReturnType<typeof pointFor>;

export function identityOf({ key, value, timestamp, step }: PointForMlflow): string {
  return JSON.stringify([key, value, timestamp, step]);
}

/** A dataset that a run read. MLflow wants to know how its source is written, which only the source itself tells. */
export function datasetInputFor({ role, datasetVersion }: ExportedUse, outcome: Outcome): object {
  const { digest, source, schema, profile, dataset } = datasetVersion;
  return {
    tags: role === "" ? [] : [{ key: "mlflow.data.context", value: role }],
    dataset: {
      name: dataset.name,
      digest: cut(digest, longest.digest, outcome),
      source_type: sourceTypeOf(source),
      source: source ?? "",
      ...(schema === null ? {} : { schema: written(schema) }),
      ...(profile === null ? {} : { profile: written(profile) }),
    },
  };
}

const written = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

function sourceTypeOf(source: string | null): string {
  const told = parsed(source);
  if (typeof told !== "object" || told === null) return "external";
  if ("tags" in told) return "code";
  if ("url" in told) return "http";
  const { uri } = told as { uri?: unknown };
  const scheme = typeof uri === "string" ? /^([a-z][a-z0-9+.-]+):/i.exec(uri)?.[1]?.toLowerCase() : undefined;
  if (typeof uri === "string") return scheme === undefined || scheme === "file" ? "local" : scheme;
  return "path" in told ? "hugging_face" : "external";
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

/** Pieces of a list. */
export function piecesOf<T>(list: readonly T[], size: number): T[][] {
  const count = Math.ceil(list.length / size);
  return Array.from({ length: count }, (_, index) => list.slice(index * size, (index + 1) * size));
}
