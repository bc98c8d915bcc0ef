import { type Reader, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { overLimit } from "../kernel/errors.ts";
import { Request } from "../kernel/request.ts";
import type { Evidence } from "../registry/evidence.ts";
import type { Model } from "../registry/model.entity.ts";
import type { Stage } from "../registry/stage.entity.ts";
import { stageNamed } from "../registry/stage.query.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import { versionColumns, versionOfRow } from "../registry/version.query.ts";
import { type Bond, bondTo, counting, questionOn } from "./approval.rules.ts";
import { judgeGate } from "./gate.rules.ts";
import { GateEvidence } from "./gate-evidence.ts";
import { OnFull, type Policy } from "./policy.entity.ts";
import { policyFor } from "./policy.query.ts";
import { isOpen } from "./policy.rules.ts";
import { type Governance, judge, type Move } from "./transition.rules.ts";
import type { Approval, TransitionRequest } from "./transition-request.entity.ts";
import { approvalsOf, openRequest, reviewersOf } from "./transition-request.query.ts";
import type { Verdict } from "./verdict.entity.ts";

const mostArchived = 1_000; // in one transaction, one event each

/** What is judged: a version that may move, and who wants it. */
export interface Wish {
  actor: Actor;
  model: Model;
  version: ModelVersion;
  stages: readonly Stage[];
  to: Stage;
  archiveExisting: boolean;
  /** Where it stands already: as if it came now, by the policy that holds now. */
  isJudgedAnew?: boolean;
}

/** Approvals to be counted, once evidence and policy are known. */
export type CountApprovals = (bond: Bond, policy: Policy) => { given: number; needed: number } | null;

/** How a move was judged, and by what. */
export interface Assessment {
  move: Move;
  verdict: Verdict;
  policy: Policy;
  /** What an approval would be bound to now; null where no approvals are counted. */
  bond: Bond | null;
}

/** The open request for a move, and the approvals of it that count now. */
export interface AskedFor {
  request: TransitionRequest | null;
  approvals: readonly Approval[];
}

const nobodyAsked: AskedFor = { request: null, approvals: [] };

/** Reads what a transition is judged by, and judges it: all in the caller's transaction, or as it stands now. */
export class Assessor {
  constructor(
    /** Evidence as one reader sees it: for a decision, the transaction that it is taken in. */
    private readonly evidenceIn: (reader: Reader) => Evidence,
    private readonly clock: Clock,
  ) {}

  /** `isPromoter`: whether whoever wants the move holds a role that the policy asks for. */
  async assess(reader: Reader, wish: Wish, count: CountApprovals, isPromoter?: boolean): Promise<Assessment> {
    const { actor, model, version, to } = wish;
    const policy = await policyFor(reader, model.name, to.name);
    const move = await this.moveOf(reader, wish, policy);
    const isThere = move.from.name === to.name && !wish.isJudgedAnew;
    if (isThere) return { move, verdict: judge(move, null), policy, bond: null };
    const request = new Request("assessment", actor);
    const evidence = this.evidenceIn(reader);
    // Approvals are asked about only where there may be some to count.
    const isCounted = count(bondTo("", policy), policy) !== null;
    const bond = isCounted ? bondTo(await evidence.digest(request, version), policy) : null;
    const facts = await new GateEvidence(reader, request, evidence, this.clock).of(wish, policy.gates);
    const governance: Governance = {
      policy,
      isPromoter: isPromoter ?? actor.holdsOneOf(policy.promoterRoles, model.name),
      standing: policy.maxVersions === null ? 0 : await this.standing(reader, version, to),
      gates: policy.gates.map((gate) => judgeGate(gate, facts)),
      approvals: bond && count(bond, policy),
    };
    return { move, verdict: judge(move, governance), policy, bond };
  }

  /** A version that stood in the stage before comes back: its gates are not asked again, its approvals as the policy says. */
  async assessReturn(reader: Reader, wish: Wish): Promise<Assessment & AskedFor> {
    const { actor, model, to } = wish;
    const policy = await policyFor(reader, model.name, to.name);
    const move = await this.moveOf(reader, wish, policy);
    const needed = policy.rollbackNeedsApproval ? policy.approvalsNeeded : 0;
    const asked = needed === 0 ? nobodyAsked : await this.askedFor(reader, wish, policy);
    const governance: Governance = {
      policy,
      isPromoter: actor.holdsOneOf(policy.promoterRoles, model.name),
      standing: move.archived.length,
      gates: [],
      approvals: needed === 0 ? null : { given: asked.approvals.length, needed },
    };
    return { move, verdict: judge(move, governance), policy, bond: null, ...asked };
  }

  private async askedFor(reader: Reader, wish: Wish, policy: Policy): Promise<AskedFor> {
    const request = await openRequest(reader, wish.version.nodeId, wish.to.name);
    if (!request) return nobodyAsked;
    const bond = await this.bondOf(reader, wish, policy);
    const given = await approvalsOf(reader, [request.nodeId]);
    const reviewers = await reviewersOf(reader, given);
    return { request, approvals: counting(given, bond, questionOn(request, wish, policy), reviewers) };
  }

  /** What an approval is bound to by the policy that holds now. */
  async bondOf(
    reader: Reader,
    { actor, version }: Pick<Wish, "actor" | "version">,
    policy: Policy,
  ): Promise<Bond> {
    return bondTo(await this.evidenceIn(reader).digest(new Request("bond", actor), version), policy);
  }

  private async moveOf(reader: Reader, wish: Wish, policy: Policy): Promise<Move> {
    const { model, version, stages, to, archiveExisting } = wish;
    const from = stageNamed(stages, version.stage, "version");
    const retired = stages.find((stage) => stage.isRetired) ?? null;
    const isArchivingAsked = archiveExisting;
    const archived = await this.leaving(reader, wish, policy, from);
    const mayRetire =
      archived.length === 0 || retired === null || isOpen(await policyFor(reader, model.name, retired.name));
    return { model, version, from, to, archived, isArchivingAsked, retired, mayRetire };
  }

  /** The versions that leave the stage for this one: all that the caller wants gone, or as many as the policy needs gone. */
  private async leaving(reader: Reader, wish: Wish, policy: Policy, from: Stage): Promise<ModelVersion[]> {
    const { version, to, archiveExisting } = wish;
    const isMakingRoom =
      policy.maxVersions !== null && policy.onFull === OnFull.ARCHIVE_EXISTING && from.name !== to.name;
    if (!archiveExisting && !isMakingRoom) return [];
    const others = await this.others(reader, version, to, mostArchived + 1);
    if (others.length > mostArchived) {
      const what = `more than ${mostArchived} versions stand in ${to.name}`;
      throw overLimit(`archiveExisting: ${what}`, "archiveExisting");
    }
    return archiveExisting ? others : others.slice(0, Math.max(0, others.length - policy.maxVersions! + 1));
  }

  private async standing(reader: Reader, version: ModelVersion, stage: Stage): Promise<number> {
    const [others] = await reader.query<{ total: number }>(
      sql`SELECT COUNT(*) AS total FROM model_version v WHERE v.modelId = ${version.modelId} AND v.stage = ${stage.name}
          AND v.deletedAt IS NULL AND v.id <> ${version.nodeId}`,
    );
    return Number(others?.total);
  }

  /** The other versions of a stage, those that have stood there longest first. */
  private async others(
    reader: Reader,
    version: ModelVersion,
    stage: Stage,
    most: number,
  ): Promise<ModelVersion[]> {
    const rows = await reader.query<object>(
      sql`SELECT ${versionColumns} FROM model_version v
          LEFT JOIN stage_change c ON c.versionId = v.id AND c.toSeq IS NULL
          WHERE v.modelId = ${version.modelId} AND v.stage = ${stage.name}
          AND v.deletedAt IS NULL AND v.id <> ${version.nodeId} ORDER BY c.fromSeq, v.number LIMIT ${most}`,
    );
    return rows.map(versionOfRow);
  }
}
