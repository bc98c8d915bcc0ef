import { canonical, sha256 } from "../kernel/canonical.ts";
import { conflict, invalid, overLimit } from "../kernel/errors.ts";
import { nameOf, textOf } from "../kernel/names.ts";
import { type Metric, SpecialValue } from "./fact.entity.ts";
import type { KeyValueInput, MetricInput } from "./fact.inputs.ts";

export const mostFacts = 1_000;
/** Of values of one subject, which are read together; its tags could be five times as long. */
export const mostFactBytes = 20_000_000;
const longestTag = 100_000;
const longestParam = 6_000;

/** The given keys and values, checked; a key given twice must say the same. */
function pairsOf(field: string, given: readonly KeyValueInput[], longest: number): Map<string, string> {
  if (given.length > mostFacts)
    throw overLimit(`${field}: at most ${mostFacts} at once; got ${given.length}`, field);
  const pairs = new Map<string, string>();
  for (const [index, { key, value }] of given.entries()) {
    const name = nameOf(`${field}.${index}.key`, key);
    const text = textOf(`${field}.${index}.value`, value, longest);
    if (pairs.has(name) && pairs.get(name) !== text) {
      throw invalid(`${field}.${index}.key`, "each key once", key);
    }
    pairs.set(name, text);
  }
  return pairs;
}

/** Checked tags. `field` is where they stand in the input. */
export function tagsOf(
  given: readonly KeyValueInput[] | null | undefined,
  field = "tags",
): Map<string, string> {
  return pairsOf(field, given ?? [], longestTag);
}

/** Checked params. `field` is where they stand in the input. */
export function paramsOf(
  given: readonly KeyValueInput[] | null | undefined,
  field = "params",
): Map<string, string> {
  return pairsOf(field, given ?? [], longestParam);
}

/** How many tags or params one subject has, and how long their values are together. */
export interface Extent {
  count: number;
  bytes: number;
}

export function extentOf(values: Iterable<string>): Extent {
  const extent = { count: 0, bytes: 0 };
  for (const value of values) {
    extent.count++;
    extent.bytes += Buffer.byteLength(value);
  }
  return extent;
}

/** Throws LIMIT where a subject came to hold too much; one that did before may still change its own or lose some. */
export function mustFit(field: string, before: Extent, after: Extent): void {
  if (after.count > mostFacts && after.count > before.count)
    throw overLimit(`${field}: at most ${mostFacts} on one subject`, field);
  if (after.bytes > mostFactBytes && after.bytes > before.bytes)
    throw overLimit(`${field}: values of at most ${mostFactBytes} bytes on one subject`, field);
}

/** Params never change: those not there yet. Throws CONFLICT where one is there with another value. */
export function newParams(given: Map<string, string>, there: Map<string, string>): Map<string, string> {
  const fresh = new Map<string, string>();
  for (const [key, value] of given) {
    const old = there.get(key);
    if (old === undefined) fresh.set(key, value);
    else if (old !== value)
      throw conflict(`params: ${key} is ${JSON.stringify(old)} already and cannot change`, "params");
  }
  return fresh;
}

/** A training step, checked. */
export function stepOf(field: string, came: number): number {
  if (!Number.isSafeInteger(came)) throw invalid(field, "a whole number within ±(2^53 − 1)", came);
  return came;
}

export type MetricSeries = Pick<Metric, "key" | "dataset" | "split" | "slice">;
export type MetricValue = Pick<Metric, "step" | "at" | "stored" | "storedSpecial">;

/** Checked measurements. `now` is their time where none is given; `field` is where they stand in the input. */
export function metricsOf(
  given: readonly MetricInput[] | null | undefined,
  now: number,
  most = mostFacts,
  field = "metrics",
): (MetricSeries & MetricValue)[] {
  const metrics = given ?? [];
  if (metrics.length > most)
    throw overLimit(`${field}: at most ${most} at once; got ${metrics.length}`, field);
  return metrics.map((metric, index) => {
    const at = `${field}.${index}`;
    const dimension = (name: "dataset" | "split" | "slice", longest: number) =>
      metric[name] ? nameOf(`${at}.${name}`, metric[name], longest) : "";
    return {
      key: nameOf(`${at}.key`, metric.key),
      dataset: dimension("dataset", 255),
      split: dimension("split", 64),
      slice: dimension("slice", 128),
      step: stepOf(`${at}.step`, metric.step ?? 0),
      at: metric.at ?? now,
      ...storedOf(at, metric),
    };
  });
}

function storedOf(
  at: string,
  { value, special }: MetricInput,
): Pick<MetricValue, "stored" | "storedSpecial"> {
  if ((value == null) === (special == null)) throw invalid(at, "either value or special", { value, special });
  if (special != null) return { stored: 0, storedSpecial: special };
  // −0 and 0 are one key in some databases and two in others.
  return { stored: value === 0 ? 0 : value!, storedSpecial: "" };
}

export function seriesKey({ key, dataset, split, slice }: MetricSeries): string {
  return JSON.stringify([key, dataset, split, slice]);
}

const rank: Record<SpecialValue | "", number> = {
  [SpecialValue.NAN]: 0,
  [SpecialValue.NEGATIVE_INFINITY]: 1,
  "": 2,
  [SpecialValue.POSITIVE_INFINITY]: 3,
};

/** The latest of a series is the greatest (step, at, value); NaN is below every value. */
export function isLater(a: MetricValue, b: MetricValue): boolean {
  if (a.step !== b.step) return a.step > b.step;
  if (a.at !== b.at) return a.at > b.at;
  const byKind = rank[a.storedSpecial] - rank[b.storedSpecial];
  return byKind !== 0 ? byKind > 0 : a.stored > b.stored;
}

const longestText = 60_000; // bytes of an event's text

/** How tags stand in an event: as one text, since people write names into them; only their digest where that is too long. */
export function tagsBody(tags: ReadonlyMap<string, string | null>): EventParts {
  if (tags.size === 0) return { body: {}, texts: {} };
  const text = canonical(Object.fromEntries(tags));
  if (Buffer.byteLength(text) <= longestText) return { body: {}, texts: { tags: text } };
  return { body: { tagsDigest: sha256(text) }, texts: {} };
}

export interface EventParts {
  body: Record<string, unknown>;
  texts: Record<string, string>;
}

/** Tags to set, and keys to delete (null); a key in both is set. `field` is where the tags to set stand in the input, `set…`; the others stand in `delete…`. */
export function tagChangesOf(
  set: readonly KeyValueInput[] | null | undefined,
  remove: readonly string[] | null | undefined,
  field: string,
): Map<string, string | null> {
  const from = field.replace(/^set/, "delete");
  const keys = remove ?? [];
  if (keys.length > mostFacts)
    throw overLimit(`${from}: at most ${mostFacts} at once; got ${keys.length}`, from);
  const removed = keys.map((key, index) => [nameOf(`${from}.${index}`, key), null] as const);
  return new Map<string, string | null>([...removed, ...tagsOf(set, field)]);
}
