import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Graph } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import { canonical } from "../kernel/canonical.ts";
import type { Clock } from "../kernel/clock.ts";
import { conflict, invalid, overLimit } from "../kernel/errors.ts";
import { patternOf } from "../kernel/scope.ts";
import { governedBy } from "../promotion/policy.rules.ts";
import type { Stage } from "../registry/stage.entity.ts";
import { lockStageSet, readStages, stageNamed } from "../registry/stage.query.ts";
import { type RetentionBody, RetentionPolicy, type RetentionRule } from "./retention.entity.ts";
import type { RetentionRuleInput, SetRetentionInput } from "./retention.inputs.ts";
import { isSet, retentionsWhere } from "./retention.query.ts";
import { standardRetention } from "./retention.rules.ts";

/** What a verb about a retention policy answers. */
export type RetentionOutcome = { retention: number };

const mostPolicies = 1_000;
const mostRules = 30;
const mostDays = 36_500;
const mostKept = 1_000;

/** Sets how long files are kept. Whoever lets files go holds what this locks, see `retention-keeper.ts`. */
export class RetentionService {
  constructor(
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly clock: Clock,
  ) {}

  set(actor: Actor, input: SetRetentionInput): Promise<RetentionOutcome> {
    return this.verbs.run(actor, "setRetention", input, async (tx) => {
      const pattern = patternOf("model", input.model);
      actor.mustAllOver("retention:write", pattern);
      await lockStageSet(tx);
      const policies = await retentionsWhere(tx, isSet);
      // A narrower policy switches wider ones off.
      for (const each of governedBy(policies, pattern)) actor.mustAllOver("retention:write", each);
      const wanted = bodyOf(input, await readStages(tx));
      const body = wanted && canonical({ ...wanted });
      const [known = null] = await retentionsWhere(tx, sql`r.pattern = ${pattern}`);
      mustBeAt(pattern, known, input.expectedRevision);
      if (known?.body === body) return { retention: known.nodeId };
      if (!known && body === null)
        throw invalid("rules", "rules or a preset: nothing is set that could be taken back", null);
      if (body !== null && !known?.isSet && policies.length >= mostPolicies) {
        throw overLimit(`model: at most ${mostPolicies} retention policies`, "model");
      }
      const revision = (known?.revision ?? 0) + 1;
      const nodeId = await this.write(tx, pattern, known, body, revision);
      this.journal.record(tx, actor, {
        type: body === null ? "retention.deleted" : "retention.set",
        subject: nodeId,
        body: { model: pattern, revision, ...(wanted && { retention: wanted }) },
      });
      return { retention: nodeId };
    });
  }

  private async write(
    tx: Transaction,
    pattern: string,
    known: RetentionPolicy | null,
    body: string | null,
    revision: number,
  ): Promise<number> {
    const updatedAt = this.clock();
    if (known) {
      await tx.run(
        sql`UPDATE retention SET body = ${body}, revision = ${revision}, updatedAt = ${updatedAt} WHERE id = ${known.nodeId}`,
      );
      return known.nodeId;
    }
    const node = { kind: "RETENTION" as const, label: pattern, scope: pattern };
    const [nodeId] = await this.graph.createNodes(tx, [node]);
    await tx.insertNew(RetentionPolicy, [{ nodeId: nodeId!, pattern, body, revision, updatedAt }]);
    return nodeId!;
  }
}

/** null where it is to be taken back. Throws INVALID. */
function bodyOf(input: SetRetentionInput, stages: readonly Stage[]): RetentionBody | null {
  const { preset, rules } = input;
  const days = {
    runDays: countOf("runDays", input.runDays, mostDays),
    abandonedRunDays: countOf("abandonedRunDays", input.abandonedRunDays, mostDays),
  };
  const saysRuns = days.runDays !== null || days.abandonedRunDays !== null;
  if (preset != null) {
    if (rules != null || saysRuns) throw invalid("preset", "either a preset or rules of one's own", preset);
    const known = standardRetention.rules.map((rule) => ({
      ...rule,
      stage: stageNamed(stages, rule.stage, "preset").name,
    }));
    return { ...standardRetention, rules: known };
  }
  if (rules == null && !saysRuns) return null;
  const told = rules ?? [];
  if (told.length > mostRules) throw invalid("rules", `at most ${mostRules}`, told.length);
  const checked = told.map((rule, at) => ruleOf(rule, stages, `rules.${at}`));
  const twice = checked.findIndex(
    ({ stage }, at) => checked.findIndex((other) => other.stage === stage) < at,
  );
  if (twice >= 0) throw invalid(`rules.${twice}.stage`, "each stage once", checked[twice]!.stage);
  return { rules: checked, ...days };
}

function ruleOf(rule: RetentionRuleInput, stages: readonly Stage[], field: string): RetentionRule {
  const stage = stageNamed(stages, rule.stage, `${field}.stage`);
  if (stage.isRetired) {
    const why = `a stage on the way: of what stands in ${stage.name} it counts how far it came before`;
    throw invalid(`${field}.stage`, why, rule.stage);
  }
  const keepDays = countOf(`${field}.keepDays`, rule.keepDays, mostDays);
  const keepLast = countOf(`${field}.keepLast`, rule.keepLast, mostKept);
  const coldAfterDays = countOf(`${field}.coldAfterDays`, rule.coldAfterDays, mostDays);
  if (coldAfterDays !== null && keepDays !== null && coldAfterDays >= keepDays) {
    throw invalid(`${field}.coldAfterDays`, `fewer than keepDays, ${keepDays}`, coldAfterDays);
  }
  return { stage: stage.name, keepDays, keepLast, coldAfterDays };
}

function countOf(field: string, came: number | null | undefined, most: number): number | null {
  if (came == null) return null;
  if (came < 0 || came > most) throw invalid(field, `0–${most}`, came);
  return came;
}

/** Throws CONFLICT where the caller has seen another revision; 0 expects that none is set. */
function mustBeAt(pattern: string, known: RetentionPolicy | null, expected: number | null | undefined): void {
  const revision = known?.isSet ? known.revision : 0;
  if (expected == null || expected === revision) return;
  const where = revision === 0 ? "is not set" : `is at revision ${revision}`;
  throw conflict(
    `the retention of ${pattern} ${where}; revision ${expected} was expected`,
    "expectedRevision",
  );
}
