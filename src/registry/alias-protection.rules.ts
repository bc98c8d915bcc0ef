import type { Actor } from "../kernel/actor.ts";
import { StemmaError } from "../kernel/errors.ts";
import type { Permission } from "../kernel/permission.ts";
import type { AliasState } from "./alias-moves.ts";
import type { AliasProtection } from "./alias-protection.entity.ts";
import type { Stage } from "./stage.entity.ts";
import { stageCalled } from "./stage.query.ts";

/** Which version an alias shall point to, and where that stands then. */
interface AliasTarget {
  number: number;
  stage: string;
}

/** The stages it allows, by the names that they have now; one that is no more lets nothing in. */
export function stagesOf({ stagesText }: AliasProtection, known: readonly Stage[]): string[] {
  const told = JSON.parse(stagesText) as string[];
  return told.map((name) => stageCalled(known, name)?.name ?? name);
}

/** Throws FORBIDDEN where something protects an alias that is moved, weighed or deleted, and the actor may not do that. */
export function mustMoveProtected(
  actor: Actor,
  model: string,
  protections: readonly AliasProtection[],
): void {
  if (protections.length > 0) actor.must("alias:protect", model);
}

/** Throws REFUSED_BY_POLICY where a protected alias must not point to a version that stands there. */
export function mustSuit(
  protections: readonly AliasProtection[],
  known: readonly Stage[],
  model: string,
  target: AliasTarget,
): void {
  const why = whyUnsuited(protections, known, model, target);
  if (why !== null) throw new StemmaError("REFUSED_BY_POLICY", why, ["version"]);
}

/** Why it must not; null where it may. */
function whyUnsuited(
  protections: readonly AliasProtection[],
  known: readonly Stage[],
  model: string,
  target: AliasTarget,
): string | null {
  for (const protection of protections) {
    const allowed = stagesOf(protection, known);
    if (allowed.length === 0 || allowed.includes(target.stage)) continue;
    const { alias, pattern } = protection;
    const told = `alias ${alias} is protected on ${pattern}: it points to versions in ${allowed.join(" or ")}`;
    return `${told}; ${model}/${target.number} is in ${target.stage}`;
  }
  return null;
}

/** A move of an alias that somebody may want, and what stands against it. */
export interface AliasStep {
  alias: string;
  from: number | null;
  to: number;
  /** Share of the requests that it has now, and keeps. */
  weight: number | null;
  rights: readonly Permission[];
  /** Why it must not point there, whoever moves it; null where it may. */
  unsuited: string | null;
}

/** What it takes to point these aliases to one version, those that are there already left out. */
export function stepsTo(
  aliases: readonly string[],
  { places, protections }: AliasState,
  known: readonly Stage[],
  model: string,
  target: AliasTarget,
): AliasStep[] {
  const moving = aliases.filter((alias) => places.get(alias)?.version !== target.number);
  return moving.map((alias) => {
    const held = protections.filter((protection) => protection.alias === alias);
    const { version: from, weight } = places.get(alias) ?? { version: null, weight: null };
    const rights: Permission[] = held.length > 0 ? ["alias:write", "alias:protect"] : ["alias:write"];
    const unsuited = whyUnsuited(held, known, model, target);
    return { alias, from, to: target.number, weight, rights, unsuited };
  });
}
