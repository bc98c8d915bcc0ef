import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Recorded } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import { overLimit, StemmaError } from "../kernel/errors.ts";
import { textOf } from "../kernel/names.ts";
import { transitionTo } from "../kernel/permission.ts";
import type { Stage } from "../registry/stage.entity.ts";
import { heldStages, readStages, stageNamed } from "../registry/stage.query.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import { versionColumns, versionOfRow } from "../registry/version.query.ts";
import type { LockedVersion, VersionService } from "../registry/version.service.ts";
import type { StageMoves } from "./stage-moves.ts";
import type { TransitionModelVersionInput } from "./transition.inputs.ts";
import { judge, type Move, mustStandIn, rightsFor } from "./transition.rules.ts";
import type { Verdict } from "./verdict.entity.ts";

const longestComment = 5_000;
const mostArchived = 1_000; // in one transaction, one event each

/** What a transition answers: ids, and how it was judged. */
export type TransitionOutcome = {
  version: number;
  archived: number[];
  /** Seq of its event; null where nothing moved. */
  readonly change: number | null;
  verdict: Verdict;
};

/** A transition that its verdict forbids. */
export class TransitionRefused extends StemmaError {
  constructor(
    readonly version: number,
    readonly verdict: Verdict,
  ) {
    const failed = verdict.checks.filter((check) => !check.passed).map((check) => check.says);
    super("REFUSED_BY_POLICY", `refused: ${failed.join("; ")}`, ["to"]);
  }
}

/** The one way into a stage: every door that moves a version calls this. */
export class PromotionService {
  constructor(
    private readonly verbs: Verbs,
    private readonly versions: VersionService,
    private readonly moves: StageMoves,
  ) {}

  /**
   * Judges a move and, unless it is a dry run, makes it: that takes the rights, judging only that of a reader. Throws
   * FORBIDDEN, TransitionRefused, CONFLICT, NOT_FOUND, INVALID.
   */
  transition(actor: Actor, input: TransitionModelVersionInput): Promise<TransitionOutcome> {
    // A dry run stores nothing, so it does not use up its key either.
    const keyed = input.dryRun ? { ...input, idempotencyKey: null } : input;
    return this.verbs.run(actor, "transitionModelVersion", keyed, async (tx) => {
      const comment = input.comment ? textOf("comment", input.comment, longestComment) : null;
      const known = await readStages(tx);
      const right = input.dryRun ? "registry:read" : transitionTo(stageNamed(known, input.to, "to").name);
      const locked = await this.versions.lockFor(tx, actor, right, input.version);
      const stages = await heldStages(tx); // may be others than those known before it waited
      const to = stageNamed(stages, input.to, "to");
      const expected =
        input.expectedStage == null ? null : stageNamed(stages, input.expectedStage, "expectedStage");
      mustStandIn(locked, expected);
      const move = await this.moveOf(tx, locked, stages, to, input.archiveExisting === true);
      if (!input.dryRun) for (const each of rightsFor(move)) actor.must(each, locked.model.name);
      const verdict = judge(move);
      if (!verdict.allowed && !input.dryRun) throw new TransitionRefused(locked.version.nodeId, verdict);
      const change = input.dryRun ? null : await this.carryOut(tx, actor, move, verdict, comment);
      return {
        version: locked.version.nodeId,
        archived: move.archived.map((version) => version.nodeId),
        get change() {
          return change === null ? null : change.seq; // known once the journal has numbered it
        },
        verdict,
      };
    });
  }

  private async moveOf(
    tx: Transaction,
    { model, version }: LockedVersion,
    stages: Stage[],
    to: Stage,
    archiveExisting: boolean,
  ): Promise<Move> {
    const from = stageNamed(stages, version.stage, "version");
    const retired = stages.find((stage) => stage.isRetired) ?? null;
    const archived = archiveExisting ? await this.others(tx, version, to) : [];
    return { model, version, from, to, archived, retired };
  }

  private async others(tx: Transaction, version: ModelVersion, stage: Stage): Promise<ModelVersion[]> {
    const rows = await tx.query<object>(
      sql`SELECT ${versionColumns} FROM model_version v WHERE v.modelId = ${version.modelId} AND v.stage = ${stage.name}
          AND v.deletedAt IS NULL AND v.id <> ${version.nodeId} ORDER BY v.number LIMIT ${mostArchived + 1}`,
    );
    if (rows.length > mostArchived) {
      throw overLimit(
        `archiveExisting: more than ${mostArchived} versions stand in ${stage.name}`,
        "archiveExisting",
      );
    }
    return rows.map(versionOfRow);
  }

  private async carryOut(
    tx: Transaction,
    actor: Actor,
    { version, from, to, archived, retired }: Move,
    verdict: Verdict,
    comment: string | null,
  ): Promise<Recorded | null> {
    const change =
      from.name === to.name ? null : await this.moves.move(tx, actor, version, to.name, { verdict, comment });
    for (const other of archived)
      await this.moves.move(tx, actor, other, retired!.name, { isAutomatic: true, comment });
    return change;
  }
}
