import type { Actor } from "../kernel/actor.ts";
import { conflict, invalid, StemmaError } from "../kernel/errors.ts";
import { textOf } from "../kernel/names.ts";
import { type Permission, transitionTo } from "../kernel/permission.ts";
import type { Model } from "../registry/model.entity.ts";
import type { Stage } from "../registry/stage.entity.ts";
import { type ModelVersion, VersionStatus } from "../registry/version.entity.ts";
import type { Policy } from "./policy.entity.ts";
import type { Check, Verdict } from "./verdict.entity.ts";
import { cut } from "./verdict.rules.ts";

/** Everything a transition is judged by. */
export interface Move {
  model: Model;
  version: ModelVersion;
  from: Stage;
  to: Stage;
  /** Versions that leave the target stage for it, and where they go. */
  archived: readonly ModelVersion[];
  /** Whether the caller wants them archived; else the policy does. */
  isArchivingAsked: boolean;
  retired: Stage | null;
  /** Whether the stage that they go to asks for nothing. */
  mayRetire: boolean;
}

/** What the policy of the target stage has to say; nothing where the version stands there already. */
export interface Governance {
  policy: Policy;
  /** Whether who asks holds one of the roles that may. */
  isPromoter: boolean;
  /** How many other versions stand there, those that are archived for this one included. */
  standing: number;
  gates: readonly Check[];
  /** How many approvals count, and how many it takes; null where none are asked for. */
  approvals: { given: number; needed: number } | null;
}

/** The verdict stands in the event's body, which is bounded; each archived version has an event of its own. */
const mostEffects = 20;
const longestEffect = 300;

/** What it takes to move a version: the right to where it comes, and to what it leaves where versions of that serve. */
export function rightsToMove(from: Stage, to: Stage): Permission[] {
  const isTakenOut = from.isLive && from.name !== to.name;
  return [transitionTo(to.name), ...(isTakenOut ? [transitionTo(from.name)] : [])];
}

/** The same for those that are archived for it, too. */
export function rightsFor({ from, to, archived, isArchivingAsked, retired }: Move): Permission[] {
  const others = isArchivingAsked && archived.length > 0 && retired ? rightsToMove(to, retired) : [];
  return [...new Set([...rightsToMove(from, to), ...others])];
}

/** Rules read like the policy. */
export function judge(move: Move, governance: Governance | null): Verdict {
  const checks = [
    isAllowedMove(move),
    isComplete(move),
    hasPlaceForArchived(move),
    ...(governance === null ? [] : checksOf(move, governance)),
  ].filter((check) => check !== null);
  return {
    allowed: checks.every((check) => check.passed),
    checks,
    effects: effectsOf(move),
    policyRevision: governance?.policy.revision ?? null,
  };
}

/** The check that is left where only approvals are outstanding. */
export const approvalsCheck = "approvals";

/** The verdict for those who lack what a move takes besides: they may have asked for it, but not make it. */
export function withRights(
  verdict: Verdict,
  lacking: readonly Permission[],
  whoLacks = "neither who asked nor who approves has",
): Verdict {
  if (lacking.length === 0) return verdict;
  const says = `it takes ${lacking.join(", ")}, which ${whoLacks}`;
  const check = { name: "rights", passed: false, says, expected: lacking, actual: null };
  return { ...verdict, allowed: false, checks: [...verdict.checks, check] };
}

/** Throws REFUSED_BY_POLICY where nobody's approval would help: the move itself, or who asks for it. */
export function mustBeAskedFor({ checks }: Verdict): void {
  const failed = checks.find(
    ({ name, passed }) => !passed && (name === "allowed move" || name === "promoter role"),
  );
  if (failed) throw new StemmaError("REFUSED_BY_POLICY", `refused: ${failed.says}`, ["to"]);
}

/** What an emergency goes past: what the policy asks for, not what keeps the registry in order. */
const firm: ReadonlySet<string> = new Set(["allowed move", "ready", "archive existing", "room"]);

/** The verdict in an emergency, for those whom the policy lets break the glass. */
export function byEmergency(verdict: Verdict, policy: Policy, actor: Actor, model: string): Verdict {
  const { breakGlassRoles } = policy;
  const passed = actor.holdsOneOf(breakGlassRoles, model);
  const past = verdict.checks.filter((check) => !check.passed && !firm.has(check.name)).length;
  const roles =
    breakGlassRoles.length > 0 ? `one of the roles ${breakGlassRoles.join(", ")}` : "what nobody holds";
  const says = passed
    ? `by break-glass, past ${past} of the policy's checks`
    : `breaking the glass takes ${roles}`;
  const check = { name: "break glass", passed, says, expected: breakGlassRoles, actual: null };
  const holding = verdict.checks.every((one) => one.passed || !firm.has(one.name));
  return { ...verdict, allowed: passed && holding, checks: [...verdict.checks, check] };
}

function checksOf(move: Move, governance: Governance): (Check | null)[] {
  return [isPromoted(governance), hasRoom(move, governance), ...governance.gates, isApproved(governance)];
}

function isPromoted({ policy: { promoterRoles }, isPromoter }: Governance): Check | null {
  if (promoterRoles.length === 0) return null;
  const roles = promoterRoles.join(", ");
  const says = isPromoter ? `who asks holds one of ${roles}` : `it takes one of the roles ${roles}`;
  return { name: "promoter role", passed: isPromoter, says, expected: promoterRoles, actual: null };
}

function hasRoom({ to, archived }: Move, { policy: { maxVersions }, standing }: Governance): Check | null {
  if (maxVersions === null) return null;
  const staying = standing - archived.length;
  const passed = staying < maxVersions;
  const says = `${staying} of at most ${maxVersions} stand in ${to.name}${passed ? "" : ": there is no room"}`;
  return { name: "room", passed, says, expected: maxVersions, actual: staying };
}

function isApproved({ approvals }: Governance): Check | null {
  if (approvals === null) return null;
  const { given, needed } = approvals;
  const says = `${given} of ${needed} approvals`;
  return { name: approvalsCheck, passed: given >= needed, says, expected: needed, actual: given };
}

/** Moving to where it stands already is no move, and always allowed. */
function isAllowedMove({ from, to }: Move): Check {
  const passed = from.name === to.name || from.allowedMoves.includes(to.name);
  return {
    name: "allowed move",
    passed,
    says: passed ? `${from.name} may go to ${to.name}` : `${from.name} may not go to ${to.name}`,
    expected: from.allowedMoves,
    actual: to.name,
  };
}

/** What is not registered completely must not serve. */
function isComplete({ version, to }: Move): Check | null {
  if (!to.isLive) return null;
  const passed = version.status === VersionStatus.READY;
  const says = passed ? "the version is READY" : `the version is ${version.status}`;
  return { name: "ready", passed, says, expected: VersionStatus.READY, actual: version.status };
}

function hasPlaceForArchived({ archived, retired, mayRetire, to }: Move): Check | null {
  if (archived.length === 0) return null;
  const hasStage = retired !== null && retired.name !== to.name;
  const passed = hasStage && mayRetire;
  const missing = hasStage
    ? `${retired.name} has a policy of its own: move the others there first`
    : "there is no other stage for retired versions";
  const says = passed ? `others go to ${retired!.name}` : missing;
  return {
    name: "archive existing",
    passed,
    says,
    expected: "a retired stage",
    actual: retired?.name ?? null,
  };
}

function effectsOf({ model, version, from, to, archived, retired }: Move): string[] {
  const told = archived.slice(0, mostEffects);
  const moves = told.map((other) => `${model.name}/${other.number}: ${to.name} → ${retired?.name}`);
  const others = archived.length - told.length;
  if (others > 0) moves.push(`${others} more versions of ${model.name}: ${to.name} → ${retired?.name}`);
  const effects =
    from.name === to.name ? moves : [`${model.name}/${version.number}: ${from.name} → ${to.name}`, ...moves];
  return effects.map((effect) => cut(effect, longestEffect));
}

export const longestComment = 5_000;

/** Why, as told; without it what is done in a hurry explains itself to nobody. Throws INVALID. */
export function reasonOf(told: string, field: string): string {
  const reason = textOf(field, told, longestComment);
  if (reason.trim() === "") throw invalid(field, "why", told);
  return reason;
}

/** Throws CONFLICT where the version does not stand where the caller has seen it. */
export function mustStandIn(
  { model, version }: Pick<Move, "model" | "version">,
  expected: Stage | null,
  field = "expectedStage",
): void {
  if (expected === null || expected.name === version.stage) return;
  throw conflict(
    `version ${model.name}/${version.number} is in ${version.stage}; ${expected.name} was expected`,
    field,
  );
}
