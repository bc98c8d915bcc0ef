import { createHash } from "node:crypto";
import type { KeyValue } from "../../client/import-batch.ts";
import type { Warnings } from "./warnings.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Surrogate}/gu;
const reservedInModelNames = /[/:@%]/g;
/** More combining marks in a row than a name may hold. */
const manyMarks = /(\p{M}{30})\p{M}+/gu;
const longest = 255;
const longestOfExperiments = 500;

/** A foreign name as Stemma takes it: NFC, 1–255 characters, no control characters, no spaces at the ends. */
export function ownName(foreign: string): string {
  return cutTo(longest, foreign);
}

function cutTo(length: number, foreign: string): string {
  const clean = foreign.replace(manyMarks, "$1").normalize("NFC").replace(control, "-").trim();
  return [...clean].slice(0, length).join("").trim() || "unnamed";
}

/** The same for a model, whose name may not hold `/ : @ %` nor look like a model's id. */
export function ownModelName(foreign: string): string {
  return ownName(foreign.replace(reservedInModelNames, "-")).replace(/^mdl_(?=[0-9]+$)/, "mdl-");
}

/** The same for an experiment, whose name may have 500 characters and not look like an experiment's id. */
export function ownExperimentName(foreign: string): string {
  return cutTo(longestOfExperiments, foreign).replace(/^exp_(?=[0-9]+$)/, "exp-");
}

/**
 * Own names for a whole set of foreign ones. Names that may stay keep themselves, whatever the others become; each
 * other one gets a name nobody has and a warning that says which.
 */
export function mapNames(
  what: string,
  foreign: Iterable<string>,
  own: (name: string) => string,
  warnings: Warnings,
): Map<string, string> {
  const mapped = new Map<string, string>();
  const taken = new Set<string>();
  const odd: string[] = [];
  for (const name of foreign) {
    if (own(name) !== name) {
      odd.push(name);
      continue;
    }
    mapped.set(name, name);
    taken.add(name);
  }
  for (const name of odd) {
    const wish = own(name);
    const given = taken.has(wish) ? `${[...wish].slice(0, longest - 7).join("")}~${mark(name)}` : wish;
    taken.add(given);
    mapped.set(name, given);
    warnings.add(
      `${what} ${JSON.stringify(name)} is imported as ${JSON.stringify(given)}: Stemma's names forbid it`,
    );
  }
  return mapped;
}

/**
 * A key of a param, tag or metric. What Stemma forbids is replaced and, because a key cannot see its neighbours, marked
 * with six hex digits of the original, so two keys never become one.
 */
export function ownKey(what: string, key: string, warnings: Warnings): string {
  const normal = key.normalize("NFC");
  const clean = ownName(key);
  if (clean === normal) return normal;
  const given = `${[...clean].slice(0, longest - 7).join("")}~${mark(key)}`;
  warnings.add(
    `${what} ${JSON.stringify(key)} is imported as ${JSON.stringify(given)}: Stemma's names forbid it`,
  );
  return given;
}

/** Pairs with own keys, in the order of the keys; of two with the same key the last stays. */
export function ownPairs(what: string, pairs: Iterable<KeyValue>, warnings: Warnings): KeyValue[] {
  const byKey = new Map<string, string>();
  for (const { key, value } of pairs) byKey.set(ownKey(what, key, warnings), ownText(value));
  return [...byKey].map(([key, value]) => ({ key, value })).sort((a, b) => byCodeUnit(a.key, b.key));
}

/** A text as databases keep it: well-formed and without NUL, which they cut or refuse. */
export function ownText(text: string): string {
  return text.replaceAll("\u0000", "").replace(/\p{Surrogate}/gu, "\ufffd");
}

/** Order that does not depend on anybody's language settings. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function mark(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 6);
}
