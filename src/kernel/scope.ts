import { invalid } from "./errors.ts";
import { nameOf } from "./names.ts";

/**
 * Where a permission is held. A model's scope is its name; an experiment and a dataset have one of their own, which runs
 * and dataset versions share; an empty scope is covered by `*` alone.
 *
 * A pattern is `*` (everywhere), `risk.*` (`risk` itself and whatever begins with `risk.`) or `risk.fraud-detector`
 * (that one).
 */
export type ScopePattern = string;

export const everywhere: ScopePattern = "*";
const longestPattern = 255;

/** `risk.` of `risk.*`; null for a pattern of another form. */
function prefixOf(pattern: ScopePattern): string | null {
  return pattern.endsWith(".*") ? pattern.slice(0, -1) : null;
}

/** Whether the pattern covers this scope. */
export function covers(pattern: ScopePattern, scope: string): boolean {
  if (pattern === everywhere || pattern === scope) return true;
  const prefix = prefixOf(pattern);
  return prefix !== null && (scope.startsWith(prefix) || `${scope}.` === prefix);
}

/** Whether the wide pattern covers all that the narrow one covers. */
export function coversAll(wide: ScopePattern, narrow: ScopePattern): boolean {
  if (wide === everywhere || wide === narrow) return true;
  if (narrow === everywhere) return false;
  const prefix = prefixOf(narrow);
  return prefix === null
    ? covers(wide, narrow)
    : prefixOf(wide) !== null && prefix.startsWith(prefixOf(wide)!);
}

/** The pattern for what both cover; null where that is nothing. */
export function overlap(one: ScopePattern, other: ScopePattern): ScopePattern | null {
  if (coversAll(one, other)) return other;
  return coversAll(other, one) ? one : null;
}

/** None of them within another. */
export function widest(patterns: readonly ScopePattern[]): ScopePattern[] {
  const each = [...new Set(patterns)].sort();
  return each.filter((pattern) => !each.some((other) => other !== pattern && coversAll(other, pattern)));
}

/** A pattern as told: checked as a name is, with `*` only where it means something. Throws INVALID. */
export function patternOf(field: string, text: string): ScopePattern {
  if (text === everywhere) return everywhere;
  const stem = text.endsWith(".*") ? text.slice(0, -2) : text;
  if (stem === "" || stem.includes("*") || stem.endsWith(".")) {
    throw invalid(field, "*, a dotted prefix such as risk.*, or one scope such as risk.fraud-detector", text);
  }
  const name = nameOf(field, stem);
  const pattern = text === stem ? name : `${name}.*`;
  if ([...pattern].length > longestPattern)
    throw invalid(field, `at most ${longestPattern} characters`, text);
  return pattern;
}
