import type { Actor } from "../kernel/actor.ts";
import type { AliasStep } from "../registry/alias-protection.rules.ts";
import type { EarlierStay } from "./stay.query.ts";
import type { Check, Verdict } from "./verdict.entity.ts";
import { cut } from "./verdict.rules.ts";

/** Why an earlier stay spares its version nothing; null where it does. */
export function whyAskedAnew(stay: EarlierStay | null): string | null {
  if (stay?.isLawful) return null;
  return `returning: ${flawOf(stay)}, so all is asked again`;
}

function flawOf(stay: EarlierStay | null): string {
  if (stay === null) return "it has not stood there";
  if (stay.isBreakGlass) return "its earlier stay was an emergency";
  if (stay.isImported) return "its earlier stay was imported";
  if (stay.isRenamed) return "its earlier stay was under another name of the model";
  return "its earlier stay has not passed the policy that holds now";
}

/** The verdict on a return that is asked for everything, and why it is. */
export function askedAnew(verdict: Verdict, says: string): Verdict {
  const check: Check = { name: "earlier stay", passed: true, says, expected: null, actual: null };
  return { ...verdict, checks: [...verdict.checks, check] };
}

const longestSaying = 300;

/**
 * The verdict on a return that takes aliases along. That the policy names them gives nobody a right to them: whoever sets
 * policies may have none, and a protected one would be open to all who may roll back.
 */
export function withAliases(
  verdict: Verdict,
  steps: readonly AliasStep[],
  actor: Pick<Actor, "may">,
  model: string,
): Verdict {
  if (steps.length === 0) return verdict;
  const faults = steps.flatMap(({ alias, rights, unsuited }) => {
    const lacking = rights.filter((right) => !actor.may(right, model));
    if (lacking.length > 0) return [`${alias} takes ${lacking.join(" and ")}, which the caller lacks`];
    return unsuited === null ? [] : [unsuited];
  });
  const names = steps.map(({ alias }) => alias);
  const check: Check = {
    name: "aliases",
    passed: faults.length === 0,
    says: faults.length === 0 ? `${names.join(", ")} go along` : faults.join("; "),
    expected: names,
    actual: null,
  };
  const effects = steps.map(({ alias, from, to }) => {
    const before = from === null ? "nowhere" : `${model}/${from}`;
    return `${alias}: ${before} → ${model}/${to}`;
  });
  return {
    ...verdict,
    allowed: verdict.allowed && check.passed,
    checks: [...verdict.checks, { ...check, says: cut(check.says, longestSaying * steps.length) }],
    effects: [...verdict.effects, ...effects.map((effect) => cut(effect, longestSaying))],
  };
}
