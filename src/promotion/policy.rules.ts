import type { Actor } from "../kernel/actor.ts";
import { invalid } from "../kernel/errors.ts";
import { coversAll, everywhere, overlap, type ScopePattern } from "../kernel/scope.ts";
import { mustAllPass } from "./gate-agreement.rules.ts";
import { GateKind, OnFull, type PolicyBody } from "./policy.entity.ts";

/** What holds where nothing is set. */
export const openPolicy: PolicyBody = {
  approvalsNeeded: 0,
  isFourEyes: true,
  approverRoles: [],
  promoterRoles: [],
  breakGlassRoles: [],
  maxVersions: null,
  onFull: OnFull.REJECT,
  gates: [],
  rollbackNeedsApproval: true,
  rollbackAliases: [],
};

/** A maintainer or administrator moves, somebody else approves, and what a reviewer would ask for is there. */
export const guardedPolicy: PolicyBody = {
  ...openPolicy,
  approvalsNeeded: 1,
  promoterRoles: ["ADMIN", "MAINTAINER"],
  gates: [{ kind: GateKind.CARD }, { kind: GateKind.LINEAGE }, { kind: GateKind.SIGNATURE }],
};

/** Whether a version may enter by it as if there were none. */
export function isOpen({ approvalsNeeded, promoterRoles, maxVersions, gates }: PolicyBody): boolean {
  return approvalsNeeded === 0 && promoterRoles.length === 0 && maxVersions === null && gates.length === 0;
}

/** Whether a version that comes back is asked for all of it: gates are not asked again, approvals only as the policy says. */
export function isFullyAskedOnReturn({ approvalsNeeded, rollbackNeedsApproval, gates }: PolicyBody): boolean {
  return gates.length === 0 && (rollbackNeedsApproval || approvalsNeeded === 0);
}

/** Every pattern that covers a model's name, from the widest to the name itself. */
export function patternsOver(model: string): ScopePattern[] {
  const parts = model.split(".");
  const prefixes = parts.map((_, at) => `${parts.slice(0, at + 1).join(".")}.*`);
  return [everywhere, ...prefixes, model];
}

/** How many characters of a model's name a pattern looks at; null for one that is a name itself. */
export function prefixLengthOf(pattern: ScopePattern): number | null {
  return pattern.endsWith("*") ? [...pattern].length - 1 : null;
}

/** Higher for a pattern that covers less. */
function specificity(pattern: ScopePattern): number {
  if (pattern === everywhere) return 0;
  return pattern.endsWith(".*") ? pattern.length - 1 : Number.POSITIVE_INFINITY;
}

/** The one that covers least; null where there is none. All of them cover one model, so no two cover alike. */
export function mostSpecific<T extends { pattern: ScopePattern }>(covering: readonly T[]): T | null {
  const sorted = [...covering].sort((one, other) => specificity(other.pattern) - specificity(one.pattern));
  return sorted[0] ?? null;
}

/** Whether the actor may read what is said of a pattern: whoever may read something that it covers. */
export function mayReadPolicy(
  { readableScopes }: Pick<Actor, "readableScopes">,
  pattern: ScopePattern,
): boolean {
  return readableScopes.some((scope) => overlap(scope, pattern) !== null);
}

/** Where it takes policy:write all over to set a policy: a narrower one switches each wider one of its stage off. */
export function governedBy(
  policies: readonly { pattern: ScopePattern; isSet: boolean }[],
  pattern: ScopePattern,
): ScopePattern[] {
  const wider = policies.filter((policy) => policy.isSet && coversAll(policy.pattern, pattern));
  return [pattern, ...wider.map((policy) => policy.pattern)];
}

/** Throws INVALID where parts of a policy cannot all hold. */
export function mustAgree(policy: PolicyBody, stage: { name: string; isRetired: boolean }): void {
  if (policy.onFull === OnFull.ARCHIVE_EXISTING && policy.maxVersions === null) {
    throw invalid("maxVersions", "a number, as onFull is ARCHIVE_EXISTING", null);
  }
  if (stage.isRetired && policy.maxVersions !== null) {
    throw invalid("maxVersions", `none: ${stage.name} is where versions are put away`, policy.maxVersions);
  }
  mustAllPass(policy.gates);
}
