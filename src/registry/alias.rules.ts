import { canonical, sha256 } from "../kernel/canonical.ts";
import { conflict, invalid } from "../kernel/errors.ts";
import { nameOf } from "../kernel/names.ts";
import type { Alias } from "./alias.entity.ts";
import type { WeightInput } from "./alias.inputs.ts";

/** Where an alias is now. */
export interface AliasPlace {
  version: number;
  weight: number | null;
}

/** The shares of a weighted set, all together. */
export const wholeWeight = 100;

export function aliasOf(field: string, came: string): string {
  const alias = nameOf(field, came);
  if (/[/@]/.test(alias)) throw invalid(field, "a name without / and @", came);
  if (alias.toLowerCase() === "latest")
    throw invalid(field, "another name than latest, which is computed", came);
  return alias;
}

/** A weighted set as told, with its aliases checked: nothing, which ends the set, or shares of 100. Throws INVALID. */
export function weightsOf(told: readonly WeightInput[]): WeightInput[] {
  if (told.length > wholeWeight) throw invalid("weights", `at most ${wholeWeight}`, told.length);
  const seen = new Set<string>();
  const weights = told.map((wish, index) => {
    const at = `weights.${index}`;
    const alias = aliasOf(`${at}.alias`, wish.alias);
    if (seen.has(alias)) throw invalid(`${at}.alias`, "each alias once", alias);
    seen.add(alias);
    if (wish.weight < 1 || wish.weight > wholeWeight)
      throw invalid(`${at}.weight`, `1–${wholeWeight}`, wish.weight);
    return { ...wish, alias };
  });
  const sum = weights.reduce((total, { weight }) => total + weight, 0);
  if (told.length > 0 && sum !== wholeWeight) throw invalid("weights", `a sum of ${wholeWeight}`, sum);
  return weights;
}

/** Throws CONFLICT where the alias does not point where the caller expects; 0 expects none. */
export function mustPointTo(
  name: string,
  now: AliasPlace | null,
  expected: number | null | undefined,
  field = "expectedVersion",
): void {
  if (expected == null || expected === (now?.version ?? 0)) return;
  const where = now === null ? "does not exist" : `points to ${now.version}`;
  const wanted = expected === 0 ? "it was expected not to exist" : `${expected} was expected`;
  throw conflict(`alias ${name} ${where}; ${wanted}`, field);
}

/** Throws CONFLICT where the alias has a share of what is asked for: the others' would not sum to 100 without it. */
export function mustHaveNoShare(name: string, { weight }: Pick<AliasPlace, "weight">, field: string): void {
  if (weight === null) return;
  throw conflict(`alias ${name} has ${weight} of ${wholeWeight}: set the weights without it first`, field);
}

/**
 * Which member of a model's weighted set a key is given: the same one as long as the shares are the same, wherever the
 * aliases point. The key's place is SHA-256 over the JSON text [model id, key] modulo 100; the aliases, in the order
 * they are given in, divide the places by their weights.
 */
export function memberFor<A extends Pick<Alias, "weight">>(
  modelId: string,
  stickyKey: string,
  set: readonly A[],
): A | null {
  const digest = BigInt(`0x${sha256(canonical([modelId, stickyKey]))}`);
  const place = Number(digest % BigInt(wholeWeight));
  let end = 0;
  for (const alias of set) {
    end += alias.weight ?? 0;
    if (place < end) return alias;
  }
  return null;
}
