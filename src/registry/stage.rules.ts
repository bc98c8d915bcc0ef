import { conflict, invalid } from "../kernel/errors.ts";
import { nameOf, nfc } from "../kernel/names.ts";
import { isStageName } from "../kernel/permission.ts";
import type { Stage } from "./stage.entity.ts";
import { type DefineStagesInput, type StageInput, StagePreset } from "./stage.inputs.ts";
import { isReadOtherwise } from "./version.rules.ts";

/** A stage as it shall be. */
export type StageDefinition = Pick<
  Stage,
  "name" | "position" | "isLive" | "isRetired" | "synonyms" | "allowedMoves"
>;

/** What a definition does to the stages that there are. */
export interface StageChanges {
  /** A former stage whose place another takes, under a new name: the same stage from here on. */
  renamed: { from: string; to: string }[];
  /** Stages that are no more, and whose name is nobody's. */
  removed: string[];
}

const longestName = 64;
const mostStages = 30;
const mostSynonyms = 20;

/** Equal for names that mean the same stage. */
export function stageKey(name: string): string {
  return nfc(name).toLowerCase();
}

const rest = [
  { name: "Staging" },
  { name: "Production", isLive: true },
  { name: "Archived", isRetired: true, synonyms: ["Archive"] },
];

/** Each knows the other's first stage, so one takes the place of the other with all that stands in it. */
const presets: Record<StagePreset, readonly StageInput[]> = {
  [StagePreset.NONE_STAGING_PRODUCTION_ARCHIVED]: [
    { name: "None", synonyms: ["Candidate", "Development"] },
    ...rest,
  ],
  [StagePreset.DEVELOPMENT_STAGING_PRODUCTION_ARCHIVED]: [
    { name: "Development", synonyms: ["Candidate", "None"] },
    ...rest,
  ],
};

/** The stages as told, checked. Throws INVALID that names the field. */
export function definitionsOf(input: Pick<DefineStagesInput, "stages" | "preset">): StageDefinition[] {
  if ((input.stages == null) === (input.preset == null)) {
    throw invalid("stages", "either stages or a preset", input.preset ?? null);
  }
  const told = input.stages ?? presets[input.preset!];
  if (told.length < 1 || told.length > mostStages) {
    throw invalid("stages", `1–${mostStages} stages`, told.length);
  }
  const named = told.map(namesOf);
  const holders = holdersOf(named);
  const stages = told.map((stage, position) => ({
    ...named[position]!,
    position,
    isLive: stage.isLive ?? false,
    isRetired: stage.isRetired ?? false,
    allowedMoves: movesOf(stage, position, named, holders),
  }));
  mustMakeSense(stages);
  return stages;
}

type Named = Pick<StageDefinition, "name" | "synonyms">;

function namesOf({ name, synonyms }: StageInput, position: number): Named {
  const at = `stages.${position}`;
  const others = synonyms ?? [];
  if (others.length > mostSynonyms) {
    throw invalid(`${at}.synonyms`, `at most ${mostSynonyms}`, others.length);
  }
  return {
    name: stageNameOf(`${at}.name`, name),
    synonyms: others.map((synonym, index) => stageNameOf(`${at}.synonyms.${index}`, synonym)),
  };
}

/** A name that a right (stage:transition:…) and a reference (name/…) can tell. */
function stageNameOf(field: string, came: string): string {
  const name = nameOf(field, came, longestName);
  if (!isStageName(name)) throw invalid(field, "characters that can be seen", came);
  if (isReadOtherwise(name)) {
    throw invalid(field, "a name without / and @ that is no number, semantic version or latest", came);
  }
  return name;
}

/** Which stage each name and synonym means, by its key. Throws INVALID where two answer to one. */
function holdersOf(stages: readonly Named[]): Map<string, number> {
  const holders = new Map<string, number>();
  for (const [position, { name, synonyms }] of stages.entries()) {
    const fields = ["name", ...synonyms.map((_, index) => `synonyms.${index}`)];
    for (const [index, word] of [name, ...synonyms].entries()) {
      const field = `stages.${position}.${fields[index]}`;
      if (holders.has(stageKey(word))) throw invalid(field, "what no stage is called yet, in any case", word);
      holders.set(stageKey(word), position);
    }
  }
  return holders;
}

function movesOf(
  { allowedMoves }: StageInput,
  position: number,
  stages: readonly Named[],
  holders: ReadonlyMap<string, number>,
): string[] {
  const field = `stages.${position}.allowedMoves`;
  if (allowedMoves && allowedMoves.length > mostStages) {
    throw invalid(field, `at most ${mostStages}`, allowedMoves.length);
  }
  const targets = allowedMoves?.map((word, index) => {
    const target = holders.get(stageKey(word));
    if (target === undefined) throw invalid(`${field}.${index}`, "one of these stages", word);
    return target;
  });
  const allowed = new Set(targets ?? stages.keys());
  return stages.filter((_, at) => at !== position && allowed.has(at)).map(({ name }) => name);
}

function mustMakeSense(stages: readonly StageDefinition[]): void {
  const { isLive, isRetired } = stages[0]!;
  if (isLive) throw invalid("stages.0.isLive", "no: new versions would serve at once", isLive);
  if (isRetired) throw invalid("stages.0.isRetired", "no: new versions would be put away", isRetired);
  const both = stages.findIndex((stage) => stage.isLive && stage.isRetired);
  if (both >= 0) throw invalid(`stages.${both}.isRetired`, "no for a live stage", true);
  const second = stages.filter((stage) => stage.isRetired)[1];
  if (second) {
    throw invalid(`stages.${second.position}.isRetired`, "one retired stage at most", second.name);
  }
}

/**
 * What becomes of the stages there are. One that is gone, and whose name a new stage answers to, is that one from here on.
 * Throws INVALID where two would become one, as their versions would move without a transition.
 */
export function changesTo(before: readonly Stage[], after: readonly StageDefinition[]): StageChanges {
  const kept = new Set(after.map(({ name }) => name));
  const existing = new Set(before.map(({ name }) => name));
  const changes: StageChanges = { renamed: [], removed: [] };
  for (const { name: from } of before.filter(({ name }) => !kept.has(name))) {
    const successor = after.find(
      ({ name, synonyms }) =>
        !existing.has(name) && [name, ...synonyms].some((word) => stageKey(word) === stageKey(from)),
    );
    if (!successor) {
      changes.removed.push(from);
      continue;
    }
    const { name: to, position } = successor;
    if (changes.renamed.some((other) => other.to === to)) {
      throw invalid(`stages.${position}.synonyms`, "the name of one former stage at most", from);
    }
    changes.renamed.push({ from, to });
  }
  return changes;
}

/** Stages that must be empty for this, each with why. */
export function emptyFor(
  before: readonly Stage[],
  after: readonly StageDefinition[],
  { renamed, removed }: StageChanges,
): Map<string, string> {
  const reasons = new Map(
    removed.map((name) => [name, "it cannot be removed before they leave it, or another takes its place"]),
  );
  for (const { name, isLive } of before) {
    const to = renamed.find(({ from }) => from === name)?.to;
    const next = after.find((stage) => stage.name === (to ?? name));
    if (next && next.isLive !== isLive) {
      reasons.set(name, `isLive cannot become ${next.isLive} before they leave it`);
    } else if (to && isLive) {
      // Rights and policies are told by the stage's name: under another, versions would serve unguarded.
      reasons.set(name, `it is live, and cannot be called ${to} before they leave it`);
    }
  }
  return reasons;
}

/** Throws CONFLICT for a stage in which versions stand. */
export function mustBeEmpty(name: string, versions: number, why: string): void {
  if (versions === 0) return;
  const standing = versions === 1 ? "1 version stands" : `${versions} versions stand`;
  throw conflict(`${standing} in ${name}: ${why}`, "stages");
}
