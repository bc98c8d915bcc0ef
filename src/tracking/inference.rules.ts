import { EdgeType } from "../graph/graph.entity.ts";
import { nfc } from "../kernel/names.ts";
import { isSha } from "./commit.rules.ts";

/** A param or tag of which the value names the data (by digest) or the code (by sha) that something was made from. */
export interface InferenceRule {
  key: string;
  names: "dataset" | "commit";
}

/** What a value under such a key names, in the spelling that it is stored in. */
export interface Clue {
  names: InferenceRule["names"];
  text: string;
}

/** How what is named went into what names it. */
export const typeOfClue = { dataset: EdgeType.CONSUMED, commit: EdgeType.CODE_OF } as const;

/** An inferred edge, by what its upper end is known as. */
export interface InferredFrom {
  digest: string | null;
  sha: string | null;
}

const longestDigest = 255;

/** What these values name together, each once. One that can be no digest or no sha names nothing. */
export function cluesIn(
  rules: readonly InferenceRule[],
  told: Iterable<readonly [key: string, value: string | null]>,
): Clue[] {
  const namesOf = new Map(rules.map(({ key, names }) => [key, names]));
  const clues = new Map<string, Clue>();
  for (const [key, value] of told) {
    const names = namesOf.get(key);
    if (!names || value === null) continue;
    const text = names === "commit" ? value.trim().toLowerCase() : nfc(value.trim());
    const isFit = names === "commit" ? isSha(text) : text.length > 0 && [...text].length <= longestDigest;
    if (isFit) clues.set(`${names} ${text}`, { names, text });
  }
  return [...clues.values()];
}

/** Whether this is one of the keys that say something. */
export function isTelling(rules: readonly InferenceRule[], keys: Iterable<string>): boolean {
  const telling = new Set(rules.map(({ key }) => key));
  return [...keys].some((key) => telling.has(key));
}

/** Whether any of these values still says what an edge was once inferred from. */
export function isStillSaid({ digest, sha }: InferredFrom, clues: readonly Clue[]): boolean {
  return clues.some(({ names, text }) =>
    names === "commit" ? sha?.startsWith(text) === true : digest === text,
  );
}

/** Whether a sha is whole (SHA-1 or SHA-256), so that it names a commit that nobody told of yet. */
export function isWholeSha({ names, text }: Clue): boolean {
  return names === "commit" && (text.length === 40 || text.length === 64);
}

/** The one that a clue means; null where it could be any of several. A sha that is whole beats those it begins. */
export function meantBy<Found extends { text: string }>(
  { text }: Clue,
  found: readonly Found[],
): Found | null {
  const exact = found.filter((one) => one.text === text);
  const [meant, other] = exact.length > 0 ? exact : found;
  return meant && !other ? meant : null;
}
