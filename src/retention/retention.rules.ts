// What becomes of a version's files, and when: by how far it came, and how long ago it left there.

import type { Stage } from "../registry/stage.entity.ts";
import { stageCalled } from "../registry/stage.query.ts";
import type { RetentionBody, RetentionRule } from "./retention.entity.ts";
import { RetentionAction } from "./retention-plan.entity.ts";

const day = 24 * 3_600_000;

/** One stay, as at the instant that is asked about. */
export interface PastStay {
  stage: string;
  /** null where it lasts then. */
  toAt: number | null;
}

export interface History {
  /** The first one first. */
  stays: readonly PastStay[];
  /** Whether it is one of so many that were in this stage last, beside those that are. */
  isAmongLast(stage: string, count: number): boolean;
}

/** What spares a version whatever the rules say, for people; null where nothing does. */
export interface Protection {
  isHeld: boolean;
  alias: string | null;
  isAsked: boolean;
}

export interface Fate {
  action: RetentionAction;
  /** Since when that is due, or when something else will be; null where never. Epoch ms. */
  at: number | null;
  reason: string;
}

/** The preset `STANDARD`: how far a version came decides; what is archived counts from the day it left there. */
export const standardRetention: RetentionBody = {
  rules: [
    { stage: "Staging", keepDays: 90, keepLast: null, coldAfterDays: null },
    { stage: "Production", keepDays: 4 * 365, keepLast: 2, coldAfterDays: 365 },
  ],
  runDays: 30,
  abandonedRunDays: 60,
};

/** What is done about a version by these rules at this instant; `stages` holds those that are no more, too. */
export function fateOf(
  history: History,
  rules: readonly RetentionRule[],
  stages: readonly Stage[],
  protection: Protection,
  at: number,
): Fate {
  const fate = ruled(history, rules, stages, at);
  const spared = fate.action === RetentionAction.KEEP && fate.at === null ? null : sparedBy(protection);
  return spared === null ? fate : kept(`${spared}; but for that: ${fate.reason}`);
}

function sparedBy({ isHeld, alias, isAsked }: Protection): string | null {
  if (isHeld) return "under legal hold";
  if (alias !== null) return `the alias ${alias} points to it`;
  return isAsked ? "somebody asks for its transition" : null;
}

function ruled(
  { stays, isAmongLast }: History,
  rules: readonly RetentionRule[],
  stages: readonly Stage[],
  at: number,
): Fate {
  const been = stays.map(({ stage, toAt }) => ({ stage: stageCalled(stages, stage), toAt }));
  const standing = been.find(({ toAt }) => toAt === null)?.stage ?? null;
  const ruleOf = (stage: Stage) => rules.find((rule) => stageCalled(stages, rule.stage)?.name === stage.name);
  if (standing?.isLive) return kept(`it stands in ${standing.name}, which is live`);
  if (standing && !standing.isRetired && ruleOf(standing)) return kept(`it stands in ${standing.name}`);
  const onTheWay = been.flatMap(({ stage }) => (stage && !stage.isRetired ? [stage] : []));
  const [furthest] = onTheWay.sort((one, other) => other.position - one.position);
  if (!furthest) return kept("it has stood in no stage on the way");
  const rule = ruleOf(furthest);
  if (!rule) return kept(`it came as far as ${furthest.name}, for which there is no rule`);
  if (furthest === standing) return kept(`it stands in ${standing.name}`);
  if (rule.keepLast !== null && isAmongLast(furthest.name, rule.keepLast)) {
    return kept(`it is one of the last ${rule.keepLast} that were in ${furthest.name} before`);
  }
  const left = Math.max(...been.filter(({ stage }) => stage === furthest).map(({ toAt }) => toAt!));
  return dueFrom(rule, furthest.name, left, at);
}

function dueFrom({ keepDays, coldAfterDays }: RetentionRule, stage: string, left: number, at: number): Fate {
  const after = (days: number | null) => (days === null ? null : left + days * day);
  const [purge, cold] = [after(keepDays), after(coldAfterDays)];
  const says = `it left ${stage} on ${new Date(left).toISOString().slice(0, 10)}`;
  if (purge !== null && purge <= at) {
    return {
      action: RetentionAction.PURGE,
      at: purge,
      reason: `${says} and was kept ${keepDays} days after`,
    };
  }
  if (cold !== null && cold <= at) {
    return { action: RetentionAction.COLD, at: cold, reason: `${says}, more than ${coldAfterDays} days ago` };
  }
  const [next = null] = [cold, purge].filter((one) => one !== null);
  const till = keepDays === null ? "for ever" : `${keepDays} days after`;
  return { action: RetentionAction.KEEP, at: next, reason: `${says} and is kept ${till}` };
}

function kept(reason: string): Fate {
  return { action: RetentionAction.KEEP, at: null, reason };
}
