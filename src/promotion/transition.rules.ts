import { conflict } from "../kernel/errors.ts";
import { type Permission, transitionTo } from "../kernel/permission.ts";
import type { Model } from "../registry/model.entity.ts";
import type { Stage } from "../registry/stage.entity.ts";
import { type ModelVersion, VersionStatus } from "../registry/version.entity.ts";
import type { Check, Verdict } from "./verdict.entity.ts";

/** Everything a transition is judged by. */
export interface Move {
  model: Model;
  version: ModelVersion;
  from: Stage;
  to: Stage;
  /** Versions that leave the target stage for it, and where they go. */
  archived: readonly ModelVersion[];
  retired: Stage | null;
}

/** The verdict stands in the event's body, which is bounded; each archived version has an event of its own. */
const mostEffects = 20;

/** What it takes to move a version: the right to where it comes, and to what it leaves where versions of that serve. */
export function rightsToMove(from: Stage, to: Stage): Permission[] {
  const isTakenOut = from.isLive && from.name !== to.name;
  return [transitionTo(to.name), ...(isTakenOut ? [transitionTo(from.name)] : [])];
}

/** The same for those that are archived for it, too. */
export function rightsFor({ from, to, archived, retired }: Move): Permission[] {
  const others = archived.length > 0 && retired ? rightsToMove(to, retired) : [];
  return [...new Set([...rightsToMove(from, to), ...others])];
}

/** Rules read like the policy. */
export function judge(move: Move): Verdict {
  const checks = [isAllowedMove(move), isComplete(move), hasPlaceForArchived(move)].filter(
    (check) => check !== null,
  );
  return { allowed: checks.every((check) => check.passed), checks, effects: effectsOf(move) };
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

function hasPlaceForArchived({ archived, retired, to }: Move): Check | null {
  if (archived.length === 0) return null;
  const passed = retired !== null && retired.name !== to.name;
  const says = passed ? `others go to ${retired.name}` : "there is no other stage for retired versions";
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
  return from.name === to.name
    ? moves
    : [`${model.name}/${version.number}: ${from.name} → ${to.name}`, ...moves];
}

/** Throws CONFLICT where the version does not stand where the caller has seen it. */
export function mustStandIn(
  { model, version }: Pick<Move, "model" | "version">,
  expected: Stage | null,
): void {
  if (expected === null || expected.name === version.stage) return;
  throw conflict(
    `version ${model.name}/${version.number} is in ${version.stage}; ${expected.name} was expected`,
    "expectedStage",
  );
}
