import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Recorded } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import { notFound, StemmaError } from "../kernel/errors.ts";
import { transitionTo } from "../kernel/permission.ts";
import type { AliasMoves } from "../registry/alias-moves.ts";
import type { Model } from "../registry/model.entity.ts";
import type { ModelService } from "../registry/model.service.ts";
import type { Stage } from "../registry/stage.entity.ts";
import { heldStages, readStages, stageNamed } from "../registry/stage.query.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import { versionColumns, versionOfRow } from "../registry/version.query.ts";
import type { AskedFor, Assessment, Assessor } from "./assessor.ts";
import { isFullyAskedOnReturn } from "./policy.rules.ts";
import { TransitionRefused } from "./promotion.service.ts";
import type { RequestRecords } from "./request-records.ts";
import type { RollbackInput } from "./rollback.inputs.ts";
import type { StageMoves } from "./stage-moves.ts";
import { hasPassed } from "./stay.query.ts";
import { reasonOf, rightsFor } from "./transition.rules.ts";
import { RequestStatus } from "./transition-request.entity.ts";
import type { Verdict } from "./verdict.entity.ts";

/** What a rollback answers: ids, the seqs of its moves, and how it was judged. */
export type RollbackOutcome = {
  version: number;
  archived: number[];
  readonly changes: number[];
  verdict: Verdict;
};

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
   * Gives a stage back to a version that stood there before, archives those that stand there now, and moves the aliases
   * that the policy names: one transaction, one group of events. The version passed its gates when it came first, so they
   * are not asked again; approvals are, unless the policy does without. Throws as a transition does.
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
      const version = await this.target(tx, model, to, input.to ?? null);
      const wish = { actor, model, version, stages, to, archiveExisting: true };
      const assessment = await this.assessor.assessReturn(tx, wish);
      const { move, verdict } = assessment;
      if (!input.dryRun) for (const each of rightsFor(move)) actor.must(each, model.name);
      if (!verdict.allowed && !input.dryRun) throw new TransitionRefused(version.nodeId, verdict);
      const made = input.dryRun ? [] : await this.carryOut(tx, actor, assessment, comment);
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
    { move, verdict, policy, request, approvals }: Assessment & AskedFor,
    comment: string,
  ): Promise<Recorded[]> {
    const { aliases, records } = this.follow;
    const asked = request ? { request: request.id, approvals: approvals.map(({ id }) => id) } : {};
    const isJudged = isFullyAskedOnReturn(policy) || (await hasPassed(tx, move.version.nodeId, policy));
    const reason = { comment, verdict, passed: isJudged ? policy : null, ...asked };
    const { change, followers } = await this.moves.carryOut(tx, actor, move, reason);
    if (request) await records.settle(tx, actor, request, RequestStatus.APPLIED);
    const { model, version } = move;
    const names = policy.rollbackAliases;
    if (names.length > 0) {
      actor.must("alias:write", model.name);
      const state = await aliases.state(tx, model, names);
      for (const alias of names) {
        const weight = state.places.get(alias)?.weight ?? null;
        const wish = { alias, version: version.number, weight, field: "model" };
        await aliases.move(tx, actor, model, state, wish);
      }
    }
    return change ? [change, ...followers] : followers;
  }

  /** The version that the caller names, if it has stood there; else the one that left the stage last. */
  private async target(
    tx: Transaction,
    model: Model,
    stage: Stage,
    number: number | null,
  ): Promise<ModelVersion> {
    const named = number === null ? sql`v.stage <> ${stage.name}` : sql`v.number = ${number}`;
    const [row] = await tx.query<object>(
      sql`SELECT ${versionColumns} FROM stage_change c JOIN model_version v ON v.id = c.versionId
          WHERE c.modelId = ${model.nodeId} AND c.stage = ${stage.name} AND c.toSeq IS NOT NULL
          AND v.deletedAt IS NULL AND ${named} ORDER BY c.toSeq DESC LIMIT 1`,
    );
    if (!row) await this.refuse(tx, model, stage, number);
    const version = versionOfRow(row!);
    if (version.stage !== stage.name) return version;
    const what = `${model.name}/${version.number} stands in ${stage.name} now`;
    throw new StemmaError("CONFLICT", `to: ${what}; there is nothing to go back to`, ["to"]);
  }

  private async refuse(tx: Transaction, model: Model, stage: Stage, number: number | null): Promise<never> {
    if (number === null) {
      const what = `no earlier version of ${model.name} has stood in ${stage.name}`;
      throw new StemmaError("REFUSED_BY_POLICY", `model: ${what}`, ["model"]);
    }
    const [there] = await tx.query<object>(
      sql`SELECT 1 AS found FROM model_version WHERE modelId = ${model.nodeId} AND number = ${number} AND deletedAt IS NULL`,
    );
    if (!there) throw notFound(`model version ${model.name}/${number}`, "to");
    const what = `${model.name}/${number} has not stood in ${stage.name} before`;
    throw new StemmaError("REFUSED_BY_POLICY", `to: ${what}`, ["to"]);
  }
}
