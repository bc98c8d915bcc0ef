import { type Reader, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { overLimit } from "../kernel/errors.ts";
import { transitionTo } from "../kernel/permission.ts";
import type { Evidence } from "../registry/evidence.ts";
import type { Model } from "../registry/model.entity.ts";
import type { Stage } from "../registry/stage.entity.ts";
import { stageNamed } from "../registry/stage.query.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import { versionColumns, versionOfRow } from "../registry/version.query.ts";
import { asksFor, counting, questionOn } from "./approval.rules.ts";
import { judgeGate } from "./gate.rules.ts";
import { GateEvidence } from "./gate-evidence.ts";
import { sourcesOf } from "./gate-sources.rules.ts";
import { Grounds } from "./grounds.ts";
import { OnFull, type Policy } from "./policy.entity.ts";
import { policyFor } from "./policy.query.ts";
import { isFullyAskedOnReturn, isOpen } from "./policy.rules.ts";
import { askedAnew, whyAskedAnew } from "./rollback.rules.ts";
import { earlierStay } from "./stay.query.ts";
import { type Governance, judge, type Move, rightsFor, withRights } from "./transition.rules.ts";
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
  /** The one that leaves for it, whatever the policy has room for. */
  insteadOf?: ModelVersion | null;
  /** Where it stands already: as if it came now, by the policy that holds now. */
  isJudgedAnew?: boolean;
}

/** How a move was judged, and by what. */
export interface Assessment {
  move: Move;
  verdict: Verdict;
  policy: Policy;
}

/** The open request for a move, and the approvals of it that count now. */
export interface AskedFor {
  request: TransitionRequest | null;
  approvals: readonly Approval[];
}

/** How it was judged that a version comes back. */
export interface Return extends Assessment, AskedFor {
  /** Whether nothing was spared that a version is asked for when it comes for the first time. */
  isAskedInFull: boolean;
}

/** Reads what a transition is judged by, and judges it: all in the caller's transaction, or as it stands now. */
export class Assessor {
  constructor(
    /** Evidence as one reader sees it: for a decision, the transaction that it is taken in. */
    private readonly evidenceIn: (reader: Reader) => Evidence,
    private readonly clock: Clock,
  ) {}

  /** What a decision about this move rests on. Within a transaction, ask under the model's lock and holding the stages. */
  async groundsOf(reader: Reader, { actor, model, version, to }: Omit<Wish, "stages">): Promise<Grounds> {
    const policy = await policyFor(reader, model.name, to.name);
    return new Grounds(reader, policy, this.evidenceIn(reader), version, actor);
  }

  /**
   * `approvals`: how many count, and how many it takes; null where none are asked for. `isPromoter`: whether whoever wants
   * the move holds a role that the policy asks for.
   */
  async assess(
    grounds: Grounds,
    wish: Wish,
    approvals: Governance["approvals"],
    isPromoter?: boolean,
  ): Promise<Assessment> {
    const { policy, reader } = grounds;
    const move = await this.moveOf(reader, wish, policy);
    const isThere = move.from.name === move.to.name && !wish.isJudgedAnew;
    if (isThere) return { move, verdict: judge(move, null), policy };
    const facts = await new GateEvidence(grounds, this.clock).of(wish, policy.gates);
    const governance: Governance = {
      policy,
      isPromoter: isPromoter ?? isPromoterBy(policy, wish),
      standing: await this.standing(reader, wish, policy),
      gates: policy.gates.map((gate) => ({
        ...judgeGate(gate, facts),
        restsOn: sourcesOf(gate, facts),
      })),
      approvals,
    };
    return { move, verdict: judge(move, governance), policy };
  }

  /**
   * The same for what was asked for, as `wish.actor` would carry it out now. The approvals let it in, by the roles that who
   * asked holds now; what else it takes, to leave a live stage or to put others away, must be the right of who asked or of
   * who carries it out. `requester`: null where he has been deactivated.
   */
  async assessRequest(
    grounds: Grounds,
    wish: Wish,
    requester: Actor | null,
    approvals: NonNullable<Governance["approvals"]>,
  ): Promise<Assessment> {
    const { actor, model } = wish;
    const { policy } = grounds;
    const isPromoter = requester !== null && isPromoterBy(policy, { actor: requester, model });
    const assessment = await this.assess(grounds, wish, approvals, isPromoter);
    const ofEntry = policy.approvalsNeeded > 0 ? transitionTo(wish.to.name) : null;
    const rights = rightsFor(assessment.move).filter((right) => right !== ofEntry);
    const lacking = rights.filter((right) => ![requester, actor].some((one) => one?.may(right, model.name)));
    return { ...assessment, verdict: withRights(assessment.verdict, lacking) };
  }

  /** The same for a move that is made if its verdict allows it: by the approvals of the open request for it. */
  async assessAsked(reader: Reader, wish: Wish): Promise<Assessment & AskedFor> {
    const grounds = await this.groundsOf(reader, wish);
    const needed = grounds.policy.approvalsNeeded;
    const asked = await this.askedFor(grounds, wish, needed);
    return { ...(await this.assess(grounds, wish, tally(asked, needed))), ...asked };
  }

  /**
   * A version that stood in the stage before comes back. Where an earlier stay speaks for it, its gates are not asked again,
   * and its approvals as the policy says; else it is judged as if it came for the first time.
   */
  async assessReturn(reader: Reader, wish: Wish): Promise<Return> {
    const grounds = await this.groundsOf(reader, wish);
    const { policy } = grounds;
    const why = isOpen(policy) ? null : whyAskedAnew(await earlierStay(reader, wish.version, policy));
    if (why !== null) {
      const asked = await this.askedFor(grounds, wish, policy.approvalsNeeded);
      const assessment = await this.assess(grounds, wish, tally(asked, policy.approvalsNeeded));
      const verdict = askedAnew(assessment.verdict, why);
      return { ...assessment, verdict, ...asked, isAskedInFull: true };
    }
    const move = await this.moveOf(reader, wish, policy);
    const needed = policy.rollbackNeedsApproval ? policy.approvalsNeeded : 0;
    const asked = await this.askedFor(grounds, wish, needed);
    const governance: Governance = {
      policy,
      isPromoter: isPromoterBy(policy, wish),
      standing: await this.standing(reader, wish, policy),
      gates: [],
      approvals: tally(asked, needed),
    };
    const isAskedInFull = isFullyAskedOnReturn(policy);
    return { move, verdict: judge(move, governance), policy, ...asked, isAskedInFull };
  }

  /** The open request for just this move, and those of its approvals that count, where some are needed. */
  private async askedFor(grounds: Grounds, wish: Wish, needed: number): Promise<AskedFor> {
    const { reader, policy } = grounds;
    const { version, to } = wish;
    const open = version.stage === to.name ? null : await openRequest(reader, version.nodeId, to.name);
    const request = open && asksFor(open, wish) ? open : null;
    const given = request && needed > 0 ? await approvalsOf(reader, [request.nodeId]) : [];
    if (!request || given.length === 0) return { request, approvals: [] };
    const reviewers = await reviewersOf(reader, given);
    const question = questionOn(request, wish, policy);
    return { request, approvals: counting(given, await grounds.bond(), question, reviewers) };
  }

  private async moveOf(reader: Reader, wish: Wish, policy: Policy): Promise<Move> {
    const { model, version, stages, to, archiveExisting, insteadOf } = wish;
    const from = stageNamed(stages, version.stage, "version");
    const retired = stages.find((stage) => stage.isRetired) ?? null;
    const isArchivingAsked = archiveExisting || insteadOf != null;
    const archived = await this.leaving(reader, wish, policy, from);
    const mayRetire =
      archived.length === 0 || retired === null || isOpen(await policyFor(reader, model.name, retired.name));
    return { model, version, from, to, archived, isArchivingAsked, retired, mayRetire };
  }

  /** The versions that leave the stage for this one: those that the caller wants gone, and as many as the policy needs gone. */
  private async leaving(reader: Reader, wish: Wish, policy: Policy, from: Stage): Promise<ModelVersion[]> {
    const { version, to, archiveExisting, insteadOf } = wish;
    const named = insteadOf ? [insteadOf] : [];
    const isMakingRoom =
      policy.maxVersions !== null && policy.onFull === OnFull.ARCHIVE_EXISTING && from.name !== to.name;
    if (!archiveExisting && !isMakingRoom) return named;
    const others = await this.others(reader, version, to, mostArchived + 1);
    if (others.length > mostArchived) {
      const what = `more than ${mostArchived} versions stand in ${to.name}`;
      throw overLimit(`archiveExisting: ${what}`, "archiveExisting");
    }
    if (archiveExisting) return others;
    const staying = others.filter(({ nodeId }) => nodeId !== insteadOf?.nodeId);
    return [...named, ...staying.slice(0, Math.max(0, staying.length - policy.maxVersions! + 1))];
  }

  /** How many others stand there; not counted where any number may. */
  private async standing(
    reader: Reader,
    { version, to }: Pick<Wish, "version" | "to">,
    { maxVersions }: Policy,
  ): Promise<number> {
    if (maxVersions === null) return 0;
    const [others] = await reader.query<{ total: number }>(
      sql`SELECT COUNT(*) AS total FROM model_version v WHERE v.modelId = ${version.modelId} AND v.stage = ${to.name}
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

function isPromoterBy({ promoterRoles }: Policy, { actor, model }: Pick<Wish, "actor" | "model">): boolean {
  return actor.holdsOneOf(promoterRoles, model.name);
}

function tally({ approvals }: AskedFor, needed: number): Governance["approvals"] {
  return needed === 0 ? null : { given: approvals.length, needed };
}
