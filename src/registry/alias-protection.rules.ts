import type { Actor } from "../kernel/actor.ts";
import { StemmaError } from "../kernel/errors.ts";
import type { AliasProtection } from "./alias-protection.entity.ts";
import type { Stage } from "./stage.entity.ts";
import { stageCalled } from "./stage.query.ts";

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
  target: { number: number; stage: string },
): void {
  for (const protection of protections) {
    const allowed = stagesOf(protection, known);
    if (allowed.length === 0 || allowed.includes(target.stage)) continue;
    const { alias, pattern } = protection;
    const told = `alias ${alias} is protected on ${pattern}: it points to versions in ${allowed.join(" or ")}`;
    const message = `${told}; ${model}/${target.number} is in ${target.stage}`;
    throw new StemmaError("REFUSED_BY_POLICY", message, ["version"]);
  }
}
