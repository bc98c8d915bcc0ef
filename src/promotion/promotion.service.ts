import type { Transaction } from "../db/transaction.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import { StemmaError } from "../kernel/errors.ts";
import { textOf } from "../kernel/names.ts";
import { transitionTo } from "../kernel/permission.ts";
import { heldStages, readStages, stageNamed } from "../registry/stage.query.ts";
import type { VersionService } from "../registry/version.service.ts";
import type { Assessor, Wish } from "./assessor.ts";
import type { RequestRecords } from "./request-records.ts";
import type { Reason, StageMoves } from "./stage-moves.ts";
import type { TransitionModelVersionInput } from "./transition.inputs.ts";
import {
  approvalsCheck,
  byEmergency,
  longestComment,
  type Move,
  mustStandIn,
  reasonOf,
  rightsFor,
} from "./transition.rules.ts";
import { RequestStatus, type TransitionRequest } from "./transition-request.entity.ts";
import type { Verdict } from "./verdict.entity.ts";
import { refusalIn } from "./verdict.rules.ts";

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
    const failed = verdict.checks.filter((check) => !check.passed);
    const areMissing = failed.every(({ name }) => name === approvalsCheck);
    super(areMissing ? "APPROVAL_REQUIRED" : "REFUSED_BY_POLICY", refusalIn(verdict), ["to"]);
  }
}

/** The one way into a stage: every door that moves a version calls this. */
export class PromotionService {
  constructor(
    private readonly verbs: Verbs,
    private readonly versions: VersionService,
    private readonly assessor: Assessor,
    private readonly moves: StageMoves,
    private readonly records: RequestRecords,
  ) {}

  /**
   * Judges a move and, unless it is a dry run, makes it: that takes the rights, judging only that of a reader. Throws
   * FORBIDDEN, TransitionRefused, CONFLICT, NOT_FOUND, INVALID.
   */
  transition(actor: Actor, input: TransitionModelVersionInput): Promise<TransitionOutcome> {
    return this.verbs.run(actor, "transitionModelVersion", input, async (tx) => {
      const comment = input.comment ? textOf("comment", input.comment, longestComment) : null;
      const emergency = input.breakGlass ? reasonOf(input.breakGlass.reason, "breakGlass.reason") : null;
      const known = await readStages(tx);
      const right = input.dryRun ? "registry:read" : transitionTo(stageNamed(known, input.to, "to").name);
      const locked = await this.versions.lockFor(tx, actor, right, input.version);
      const stages = await heldStages(tx); // may be others than those known before it waited
      const to = stageNamed(stages, input.to, "to");
      const expected =
        input.expectedStage == null ? null : stageNamed(stages, input.expectedStage, "expectedStage");
      mustStandIn(locked, expected);
      const wish = { actor, ...locked, stages, to, archiveExisting: input.archiveExisting === true };
      const assessment = await this.assessor.assessAsked(tx, wish);
      const { move, policy, request, approvals } = assessment;
      if (!input.dryRun) for (const each of rightsFor(move)) actor.must(each, locked.model.name);
      const verdict =
        emergency === null
          ? assessment.verdict
          : byEmergency(assessment.verdict, policy, actor, locked.model.name);
      if (!verdict.allowed && !input.dryRun) throw new TransitionRefused(locked.version.nodeId, verdict);
      const reason: Reason = {
        comment: emergency ?? comment,
        verdict,
        passed: emergency === null ? policy : null,
        isBreakGlass: emergency !== null,
        ...(request && emergency === null
          ? { request: request.id, approvals: approvals.map(({ id }) => id) }
          : {}),
      };
      const change = input.dryRun ? null : (await this.moves.carryOut(tx, actor, move, reason)).change;
      if (change) await this.conclude(tx, wish, move, request, emergency);
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

  /** What was asked for is done; what was done in an emergency is to be looked at afterwards. */
  private async conclude(
    tx: Transaction,
    { actor, version }: Wish,
    { from, to }: Move,
    request: TransitionRequest | null,
    emergency: string | null,
  ): Promise<void> {
    if (request) await this.records.settle(tx, actor, request, RequestStatus.APPLIED);
    if (emergency === null) return;
    const draft = {
      from: from.name,
      to: to.name,
      archiveExisting: false,
      isAfterReview: true,
      reason: emergency,
    };
    await this.records.file(tx, actor, version, draft);
  }
}
