import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Journal, Recorded } from "../journal/journal.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { StageChangeRow } from "../registry/stage.entity.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import type { VersionService } from "../registry/version.service.ts";
import type { Policy } from "./policy.entity.ts";
import { passedIn, type StageChangedBody, stageChangedType } from "./stage-change.entity.ts";
import type { Move } from "./transition.rules.ts";
import type { Verdict } from "./verdict.entity.ts";

/** Why and how a version moves. */
export interface Reason {
  comment?: string | null;
  verdict?: Verdict | null;
  /** The policy that lets it in, where all that it asks for was asked and is there. */
  passed?: Policy | null;
  /** It follows from another version's move. */
  isAutomatic?: boolean;
  /** Public ids of the request that it carries out, and of the approvals that let it. */
  request?: string;
  approvals?: string[];
  isBreakGlass?: boolean;
  /** The version that a rollback takes out: no later one goes back to it unless it is named. */
  takesOut?: ModelVersion | null;
  /** A rollback takes it out. */
  isRolledBack?: boolean;
  /** Set for imported history: when it happened. */
  occurredAt?: number;
  /** Who decided, as imported history claims. */
  attributedTo?: string;
}

/** Carries a move out: row, stay and event, in the caller's transaction. The caller holds the model's lock and has judged. */
export class StageMoves {
  constructor(
    private readonly versions: VersionService,
    private readonly journal: Journal,
    private readonly clock: Clock,
  ) {}

  async move(
    tx: Transaction,
    actor: Actor,
    version: ModelVersion,
    to: string,
    reason: Reason,
  ): Promise<Recorded> {
    const passed = reason.passed?.isSet ? reason.passed : null;
    const body: StageChangedBody = {
      from: version.stage,
      to,
      isAutomatic: reason.isAutomatic ?? false,
      verdict: reason.verdict ?? null,
      ...(reason.request === undefined ? {} : { request: reason.request, approvals: reason.approvals ?? [] }),
      ...(passed ? passedIn(passed) : {}),
      ...(reason.isBreakGlass ? { isBreakGlass: true } : {}),
      ...(reason.isRolledBack ? { isRolledBack: true } : {}),
    };
    await tx.run(sql`UPDATE model_version SET stage = ${to} WHERE id = ${version.nodeId}`);
    const at = reason.occurredAt ?? this.clock();
    await this.versions.touch(tx, version, at);
    version.stage = to;
    const recorded = this.journal.record(tx, actor, {
      type: stageChangedType,
      subject: version.nodeId,
      container: version.modelId,
      body: { ...body },
      texts: { comment: reason.comment },
      occurredAt: at,
      attributedTo: reason.attributedTo ?? null,
      isImported: reason.occurredAt !== undefined,
    });
    const stay = {
      stage: to,
      passedPolicyId: passed?.nodeId ?? null,
      passedRevision: passed?.revision ?? null,
      isBreakGlass: reason.isBreakGlass ?? false,
      isRolledBack: null,
    };
    const isRolledBack = reason.isRolledBack ?? false;
    return recorded.onNumbered((seq) => this.beginStay(tx, version, stay, isRolledBack, seq, at));
  }

  /** The version stays, and has passed this policy now; the caller records by what. */
  async affirm(
    tx: Transaction,
    { nodeId }: Pick<ModelVersion, "nodeId">,
    { nodeId: policy, revision }: Pick<Policy, "nodeId" | "revision">,
  ): Promise<void> {
    await tx.run(
      sql`UPDATE stage_change SET passedPolicyId = ${policy}, passedRevision = ${revision}
          WHERE versionId = ${nodeId} AND toSeq IS NULL`,
    );
  }

  /** Makes a move that was judged, and those that follow from it. No change where the version stands there already. */
  async carryOut(
    tx: Transaction,
    actor: Actor,
    { version, from, to, archived, retired }: Move,
    reason: Reason,
  ): Promise<{ change: Recorded | null; followers: Recorded[] }> {
    const change = from.name === to.name ? null : await this.move(tx, actor, version, to.name, reason);
    const { comment } = reason;
    const followers: Recorded[] = [];
    for (const other of archived) {
      const isRolledBack = other.nodeId === reason.takesOut?.nodeId;
      const why = { isAutomatic: true, comment, isRolledBack };
      followers.push(await this.move(tx, actor, other, retired!.name, why));
    }
    return { change, followers };
  }

  /** Ends the open stay and begins the next: one row per stay, so that any past moment can be asked for. */
  private async beginStay(
    tx: Transaction,
    version: ModelVersion,
    stay: Pick<
      StageChangeRow,
      "stage" | "passedPolicyId" | "passedRevision" | "isBreakGlass" | "isRolledBack"
    >,
    isRolledBack: boolean,
    seq: number,
    at: number,
  ): Promise<void> {
    const { nodeId: versionId, modelId } = version;
    await tx.run(
      sql`UPDATE stage_change SET toSeq = ${seq}, toAt = ${at}, isRolledBack = ${isRolledBack}
          WHERE versionId = ${versionId} AND toSeq IS NULL`,
    );
    await tx.insert(StageChangeRow, [
      { versionId, modelId, ...stay, fromSeq: seq, toSeq: null, fromAt: at, toAt: null },
    ]);
  }
}
