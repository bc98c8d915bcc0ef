import type { Database } from "../db/database.ts";
import type { Request } from "../kernel/request.ts";
import type { Evidence } from "../registry/evidence.ts";
import type { Model } from "../registry/model.entity.ts";
import type { ModelLoaders } from "../registry/model.loaders.ts";
import type { StageLoaders } from "../registry/stage.loaders.ts";
import { stageCalled } from "../registry/stage.query.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import {
  type Bond,
  bondTo,
  counting,
  hasDecided,
  isStale,
  lastWords,
  mayDecide,
  neededBy,
  type Question,
  questionOn,
  standsAsAsked,
} from "./approval.rules.ts";
import type { Assessor } from "./assessor.ts";
import type { Policy } from "./policy.entity.ts";
import type { PolicyLoaders } from "./policy.loaders.ts";
import {
  type Approval,
  Decision,
  isOfStanding,
  RequestStatus,
  type TransitionRequest,
} from "./transition-request.entity.ts";
import type { TransitionRequestLoaders } from "./transition-request.loaders.ts";
import { isOpenRequest, peopleOf } from "./transition-request.query.ts";
import type { Verdict } from "./verdict.entity.ts";
import type { VerdictSight } from "./verdict-sight.ts";

/** What a request is about, and who may decide on it, as it stands now. */
interface Matter {
  model: Model;
  version: ModelVersion;
  policy: Policy;
  question: Question;
}

/** The same, and what a decision is bound to now. */
interface Situation extends Matter {
  bond: Bond;
}

/** How requests and decisions stand now: what they were given for may have changed since. Decides nothing. */
export class ReviewOutlook {
  constructor(
    private readonly db: Database,
    private readonly own: { requests: TransitionRequestLoaders; policies: PolicyLoaders },
    private readonly registry: {
      models: ModelLoaders;
      versions: VersionLoaders;
      stages: StageLoaders;
      evidence: Evidence;
    },
    private readonly assessor: Assessor,
    readonly verdicts: VerdictSight,
  ) {}

  async statusOf(request: Request, asked: TransitionRequest): Promise<RequestStatus> {
    if (!isOpenRequest(asked)) return asked.storedStatus;
    const approvals = lastWords(await this.own.requests.approvalsOf(request, asked.nodeId));
    const given = approvals.filter(({ decision }) => decision === Decision.APPROVE);
    if (given.length === 0) return asked.storedStatus;
    const now = await this.situationOf(request, asked);
    return now && given.some((approval) => isStale(approval, now.bond))
      ? RequestStatus.STALE
      : asked.storedStatus;
  }

  async isStale(request: Request, approval: Approval): Promise<boolean> {
    const asked = await this.own.requests.byId(request, approval.requestId);
    const now = asked && (await this.situationOf(request, asked));
    return now !== null && isStale(approval, now.bond);
  }

  async mayReview(request: Request, asked: TransitionRequest): Promise<boolean> {
    if (!isOpenRequest(asked)) return false;
    const now = await this.matterOf(request, asked);
    return now !== null && standsAsAsked(asked, now.version) && mayDecide(request.actor, now.question);
  }

  /** Whether the actor may decide, and has not for what stands now: what an inbox shows, and what a feed of it tells. */
  async awaits(request: Request, asked: TransitionRequest): Promise<boolean> {
    if (!(await this.mayReview(request, asked))) return false;
    const approvals = await this.own.requests.approvalsOf(request, asked.nodeId);
    const own = approvals.filter(({ reviewerId }) => reviewerId === request.actor.node);
    // Most have none of his, and take no look at the evidence.
    if (own.length === 0) return true;
    const now = await this.situationOf(request, asked);
    return now !== null && !hasDecided(request.actor.node, own, now.bond);
  }

  /** How it would be judged if the caller carried it out now. */
  async verdictOn(request: Request, asked: TransitionRequest): Promise<Verdict | null> {
    const now = isOpenRequest(asked) ? await this.situationOf(request, asked) : null;
    const stages = await this.registry.stages.all(request);
    const to = stageCalled(stages, asked.to);
    if (!now || !to) return null;
    const { model, version, bond, question, policy } = now;
    const approvals = await this.own.requests.approvalsOf(request, asked.nodeId);
    const { requester, reviewers } = await peopleOf(this.db.read, asked, approvals);
    const given = counting(approvals, bond, question, reviewers).length;
    const { actor } = request;
    const { archiveExisting } = asked;
    const isJudgedAnew = isOfStanding(asked);
    const wish = { actor, model, version, stages, to, archiveExisting, isJudgedAnew };
    const grounds = await this.assessor.groundsOf(this.db.read, wish);
    const tally = { given, needed: neededBy(policy) };
    const { verdict } = await this.assessor.assessRequest(grounds, wish, requester, tally);
    return this.verdicts.shown(request, asked.versionId, verdict);
  }

  private async situationOf(request: Request, asked: TransitionRequest): Promise<Situation | null> {
    const matter = await this.matterOf(request, asked);
    if (!matter) return null;
    const evidenceDigest = await this.registry.evidence.digest(request, matter.version);
    return { ...matter, bond: bondTo(evidenceDigest, matter.policy) };
  }

  private async matterOf(request: Request, asked: TransitionRequest): Promise<Matter | null> {
    const version = await this.registry.versions.byId(request, asked.versionId);
    const model = version && (await this.registry.models.byId(request, version.modelId));
    if (!version || !model) return null;
    const policy = await this.own.policies.holding(request, model.name, asked.to);
    return { model, version, policy, question: questionOn(asked, { model, version }, policy) };
  }
}
