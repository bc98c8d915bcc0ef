import { invalid } from "./errors.ts";
import { type Kind, readId } from "./ids.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u;
const loneSurrogate = /\p{Surrogate}/u;

/** Longer texts can be no stored name: 500 characters of two UTF-16 units each, each of which NFC may have made of four. */
const longestNormalised = 4 * 2 * 500;
/** Normalising sorts marks in a row, in quadratic time. No language needs more (Unicode calls such texts stream-safe). */
const mostMarks = 30;
const manyMarks = new RegExp(`\\p{M}{${mostMarks + 1}}`, "u");

/** NFC of a text that may be a name; one that can be none comes back as it is, in no more time than a name takes. */
export function nfc(text: string): string {
  return text.length > longestNormalised || manyMarks.test(text) ? text : text.normalize("NFC");
}

/**
 * A name as records.md settles it: NFC, 1–255 characters, no control characters, no spaces at either end (MySQL's
 * utf8mb4_bin pads with spaces, SQLite does not). Returns it normalised; throws INVALID naming the field.
 */
export function nameOf(field: string, came: string, longest = 255): string {
  const name = nfc(came);
  const length = [...name.slice(0, longest * 2 + 2)].length;
  if (length === 0 || length > longest) throw invalid(field, `1–${longest} characters`, came);
  if (manyMarks.test(came)) throw invalid(field, `at most ${mostMarks} combining marks in a row`, came);
  if (control.test(name)) throw invalid(field, "no control characters", came);
  if (loneSurrogate.test(name)) throw invalid(field, "well-formed Unicode", came);
  if (name.trim() !== name) throw invalid(field, "no spaces at either end", came);
  return name;
}

/**
 * A name that inputs take in place of an id, so it must not look like one: a model called mdl_5 would be mistaken for
 * another.
 */
export function callableNameOf(field: string, came: string, kind: Kind, longest?: number): string {
  const name = nameOf(field, came, longest);
  if (readId(name)?.kind === kind) throw invalid(field, "a name that does not look like an id", came);
  return name;
}

/** A model name: a name without `/`, `:`, `@` and `%`, which VersionRefs and URIs need for themselves. */
export function modelNameOf(field: string, came: string): string {
  const name = callableNameOf(field, came, "MODEL");
  if (/[/:@%]/.test(name)) throw invalid(field, "a name without / : @ %", came);
  return name;
}

/** A text of at most `longest` characters without NUL, which databases cut or refuse. */
export function textOf(field: string, came: string, longest: number): string {
  if (came.length > longest) throw invalid(field, `at most ${longest} characters`, came);
  if (came.includes("\u0000")) throw invalid(field, "a text without NUL characters", came);
  if (loneSurrogate.test(came)) throw invalid(field, "well-formed Unicode", came);
  return came;
}
