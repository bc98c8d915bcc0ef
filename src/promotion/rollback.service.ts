import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Recorded } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import { invalid, notFound, StemmaError } from "../kernel/errors.ts";
import { transitionTo } from "../kernel/permission.ts";
import type { AliasMoves, AliasState } from "../registry/alias-moves.ts";
import { type AliasStep, stepsTo } from "../registry/alias-protection.rules.ts";
import type { Model } from "../registry/model.entity.ts";
import type { ModelService } from "../registry/model.service.ts";
import type { Stage } from "../registry/stage.entity.ts";
import { heldStages, readStages, stageNamed } from "../registry/stage.query.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import { findByRef, versionColumns, versionOfRow } from "../registry/version.query.ts";
import { readFixedRef } from "../registry/version.rules.ts";
import type { Assessor, Return } from "./assessor.ts";
import type { Policy } from "./policy.entity.ts";
import { TransitionRefused } from "./promotion.service.ts";
import type { RequestRecords } from "./request-records.ts";
import type { RollbackInput } from "./rollback.inputs.ts";
import { withAliases } from "./rollback.rules.ts";
import type { Reason, StageMoves } from "./stage-moves.ts";
import { hasPassed } from "./stay.query.ts";
import { type Move, mustStandIn, reasonOf, rightsFor, withRights } from "./transition.rules.ts";
import { RequestStatus } from "./transition-request.entity.ts";
import type { Verdict } from "./verdict.entity.ts";

/** Of versions that a refusal lists. */
const mostNamed = 20;

/** What a rollback answers: ids, the seqs of its moves, and how it was judged. */
export type RollbackOutcome = {
  version: number;
  archived: number[];
  readonly changes: number[];
  verdict: Verdict;
};

/** Aliases that go along with a version, and their state before. */
interface Along {
  state: AliasState;
  steps: AliasStep[];
}

/** Takes a bad version out in one act. */
export class RollbackService {
  constructor(
    private readonly verbs: Verbs,
    private readonly models: ModelService,
    private readonly assessor: Assessor,
    private readonly moves: StageMoves,
    private readonly follow: { aliases: AliasMoves; records: RequestRecords },
  ) {}

  /**
   * Takes the failed version out of a stage, gives its place to one that stood there before, and moves the aliases that the
   * policy names: one transaction, one group of events. Of a version that an earlier stay speaks for, the gates are not
   * asked again, and approvals only where the policy wants them; any other is judged as if it came for the first time, see
   * `earlierStay`. Throws as a transition does.
   */
  rollback(actor: Actor, input: RollbackInput): Promise<RollbackOutcome> {
    return this.verbs.run(actor, "rollback", input, async (tx) => {
      const comment = reasonOf(input.reason, "reason");
      const known = await readStages(tx);
      const right = input.dryRun
        ? "registry:read"
        : transitionTo(stageNamed(known, input.stage, "stage").name);
      const model = await this.models.lock(tx, actor, right, input.model);
      const stages = await heldStages(tx);
      const to = stageNamed(stages, input.stage, "stage");
      const failed = await this.failed(tx, model, to, input.failed ?? null);
      const version = await this.target(tx, model, to, input.to ?? null, failed);
      // Approved is that the version comes back; that another leaves for it is what a rollback is.
      const wish = { actor, model, version, stages, to, archiveExisting: false, insteadOf: failed };
      const assessment = await this.assessor.assessReturn(tx, wish);
      const { move, policy } = assessment;
      const along = await this.alongWith(tx, move, stages, policy);
      const rights = rightsFor(move);
      const taken = [...rights, ...along.steps.flatMap((step) => step.rights)];
      if (!input.dryRun) for (const each of taken) actor.must(each, model.name);
      const lacking = rights.filter((right) => !actor.may(right, model.name));
      const judged = withRights(assessment.verdict, lacking, "the caller lacks");
      const verdict = withAliases(judged, along.steps, actor, model.name);
      if (!verdict.allowed && !input.dryRun) throw new TransitionRefused(version.nodeId, verdict);
      const made = input.dryRun
        ? []
        : await this.carryOut(tx, actor, { ...assessment, verdict }, along, { comment, takesOut: failed });
      return {
        version: version.nodeId,
        archived: move.archived.map(({ nodeId }) => nodeId),
        get changes() {
          return made.map(({ seq }) => seq); // known once the journal has numbered them
        },
        verdict,
      };
    });
  }

  private async carryOut(
    tx: Transaction,
    actor: Actor,
    { move, verdict, policy, request, approvals, isAskedInFull }: Return,
    along: Along,
    why: Pick<Reason, "comment" | "takesOut">,
  ): Promise<Recorded[]> {
    const { aliases, records } = this.follow;
    const asked = request ? { request: request.id, approvals: approvals.map(({ id }) => id) } : {};
    const isJudged = isAskedInFull || (await hasPassed(tx, move.version.nodeId, policy));
    const reason = { ...why, verdict, passed: isJudged ? policy : null, ...asked };
    const { change, followers } = await this.moves.carryOut(tx, actor, move, reason);
    if (request) await records.settle(tx, actor, request, RequestStatus.APPLIED);
    for (const { alias, to, weight } of along.steps) {
      await aliases.move(tx, actor, move.model, along.state, { alias, version: to, weight, field: "model" });
    }
    return change ? [change, ...followers] : followers;
  }

  /** The aliases that the policy names, as they are and as they go along. */
  private async alongWith(
    tx: Transaction,
    { model, version, to }: Move,
    stages: readonly Stage[],
    { rollbackAliases }: Policy,
  ): Promise<Along> {
    if (rollbackAliases.length === 0) return { state: { places: new Map(), protections: [] }, steps: [] };
    const state = await this.follow.aliases.state(tx, model, rollbackAliases);
    const target = { number: version.number, stage: to.name };
    return { state, steps: stepsTo(rollbackAliases, state, stages, model.name, target) };
  }

  /** The version that is to leave: the one that the caller names, or the only one there. Null where none stands there. */
  private async failed(
    tx: Transaction,
    model: Model,
    stage: Stage,
    ref: string | null,
  ): Promise<ModelVersion | null> {
    if (ref !== null) {
      const fixed = readFixedRef(ref, "failed");
      const version = await findByRef(tx, fixed);
      if (!version || version.modelId !== model.nodeId || version.deletedAt !== null)
        throw notFound(`model version ${ref} of ${model.name}`, "failed");
      mustStandIn({ model, version }, stage, "failed");
      return version;
    }
    const standing = await tx.query<object>(
      sql`SELECT ${versionColumns} FROM model_version v WHERE v.modelId = ${model.nodeId} AND v.stage = ${stage.name}
          AND v.deletedAt IS NULL ORDER BY v.number DESC LIMIT ${mostNamed}`,
    );
    const [only, ...others] = standing.map(versionOfRow);
    if (only === undefined || others.length === 0) return only ?? null;
    const names = [only, ...others].map(({ number }) => `${model.name}/${number}`).join(", ");
    throw invalid("failed", `the version to take out, as several stand in ${stage.name} (${names})`, ref);
  }

  /**
   * The version that the caller names, if it has stood there; else the one that left the stage last, of those that no
   * rollback ever took out: what failed once is not put back by who means to go on to what held.
   */
  private async target(
    tx: Transaction,
    model: Model,
    stage: Stage,
    number: number | null,
    failed: ModelVersion | null,
  ): Promise<ModelVersion> {
    const hasHeld = sql`v.stage <> ${stage.name} AND NOT EXISTS (SELECT 1 FROM stage_change r
      WHERE r.versionId = v.id AND r.stage = ${stage.name} AND r.isRolledBack = 1)`;
    const named = number === null ? hasHeld : sql`v.number = ${number}`;
    const [row] = await tx.query<object>(
      sql`SELECT ${versionColumns} FROM stage_change c JOIN model_version v ON v.id = c.versionId
          WHERE c.modelId = ${model.nodeId} AND c.stage = ${stage.name} AND c.toSeq IS NOT NULL
          AND v.deletedAt IS NULL AND ${named} ORDER BY c.toSeq DESC LIMIT 1`,
    );
    if (!row) await this.refuse(tx, model, stage, number);
    if (number === null && failed === null)
      throw invalid("to", `the number of a version, as none stands in ${stage.name}`, number);
    const version = versionOfRow(row!);
    if (version.stage !== stage.name) return version;
    const what = `${model.name}/${version.number} stands in ${stage.name} now`;
    throw new StemmaError("CONFLICT", `to: ${what}; there is nothing to go back to`, ["to"]);
  }

  private async refuse(tx: Transaction, model: Model, stage: Stage, number: number | null): Promise<never> {
    if (number === null) {
      const [failed] = await tx.query<object>(
        sql`SELECT 1 AS found FROM stage_change c JOIN model_version v ON v.id = c.versionId
            WHERE c.modelId = ${model.nodeId} AND c.stage = ${stage.name} AND c.isRolledBack = 1
            AND v.deletedAt IS NULL AND v.stage <> ${stage.name} LIMIT 1`,
      );
      const what = `no earlier version of ${model.name} has stood in ${stage.name}`;
      const but = failed ? " but what a rollback took out of it; name one by to" : "";
      throw new StemmaError("REFUSED_BY_POLICY", `model: ${what}${but}`, ["model"]);
    }
    const [there] = await tx.query<object>(
      sql`SELECT 1 AS found FROM model_version WHERE modelId = ${model.nodeId} AND number = ${number} AND deletedAt IS NULL`,
    );
    if (!there) throw notFound(`model version ${model.name}/${number}`, "to");
    const what = `${model.name}/${number} has not stood in ${stage.name} before`;
    throw new StemmaError("REFUSED_BY_POLICY", `to: ${what}`, ["to"]);
  }
}
