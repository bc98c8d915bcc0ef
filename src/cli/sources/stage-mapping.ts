import { SourceError } from "./source.ts";
import type { Warnings } from "./warnings.ts";

/** A stage of the registry. */
export interface OwnStage {
  name: string;
  synonyms: string[];
}

/** What foreign stages are where nothing else is said: the first of these that the registry has. */
const customary: Record<string, string[]> = {
  dev: ["Development", "Staging"],
  development: ["Development", "Staging"],
  stage: ["Staging"],
  test: ["Staging"],
  prod: ["Production"],
};

/**
 * Which of the registry's stages each foreign one is: as the caller says, else the one of its name or synonym in any
 * case, else by custom. Says where the name is another. Throws SourceError that lists the stages without a counterpart,
 * and for a stage said that the registry has not.
 */
export function stagesOf(
  foreign: Iterable<string>,
  said: ReadonlyMap<string, string>,
  own: readonly OwnStage[],
  warnings: Warnings,
): Map<string, string> {
  const named = (wanted: string) =>
    own.find(({ name, synonyms }) =>
      [name, ...synonyms].some((other) => other.toLowerCase() === wanted.toLowerCase()),
    )?.name;
  // A synonym of the stage where every version begins is no place that somebody put a version in.
  const assigned = (wanted: string) => {
    const found = named(wanted);
    return found === own[0]?.name && found?.toLowerCase() !== wanted.toLowerCase() ? undefined : found;
  };
  const all = own.map(({ name }) => name).join(", ");
  for (const [from, to] of said) {
    if (named(to) === undefined)
      throw new SourceError(`--stage ${from}=${to}: expected one of the registry's stages ${all}`);
  }
  const mapped = new Map<string, string>();
  const unknown: string[] = [];
  for (const stage of foreign) {
    const custom = (customary[stage] ?? []).find((wish) => own.some(({ name }) => name === wish));
    const given = named(said.get(stage) ?? "") ?? assigned(stage) ?? custom;
    if (given === undefined) unknown.push(stage);
    else mapped.set(stage, given);
    if (given !== undefined && given.toLowerCase() !== stage.toLowerCase())
      warnings.add(`Stage ${stage} is imported as ${given}`);
  }
  if (unknown.length > 0) {
    const advice = unknown.map((stage) => `--stage ${stage}=…`).join(" ");
    throw new SourceError(`no counterpart for ${unknown.join(", ")}: say ${advice} with one of ${all}`);
  }
  return mapped;
}
