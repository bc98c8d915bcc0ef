import type { Transaction } from "../db/transaction.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import { alreadyExists, conflict, notFound } from "../kernel/errors.ts";
import { nodeOf } from "../kernel/ids.ts";
import { textOf } from "../kernel/names.ts";
import { transitionTo } from "../kernel/permission.ts";
import type { Stage } from "../registry/stage.entity.ts";
import { heldStages, stageNamed } from "../registry/stage.query.ts";
import type { LockedVersion, VersionService } from "../registry/version.service.ts";
import {
  counting,
  isStale,
  lastWords,
  mustBeAsSeen,
  mustBeReviewer,
  neededBy,
  questionOn,
  standsAsAsked,
} from "./approval.rules.ts";
import type { Assessor, Wish } from "./assessor.ts";
import type { Grounds } from "./grounds.ts";
import type { RequestRecords } from "./request-records.ts";
import { passedIn } from "./stage-change.entity.ts";
import type { StageMoves } from "./stage-moves.ts";
import { isViolating } from "./stay.query.ts";
import { longestComment, mustBeAskedFor } from "./transition.rules.ts";
import {
  type Approval,
  Decision,
  isOfStanding,
  RequestStatus,
  type TransitionRequest,
} from "./transition-request.entity.ts";
import type {
  RequestTransitionInput,
  ReviewTransitionInput,
  WithdrawTransitionInput,
} from "./transition-request.inputs.ts";
import {
  approvalsOf,
  isOpenRequest,
  openRequest,
  peopleOf,
  requestById,
} from "./transition-request.query.ts";
import type { Verdict } from "./verdict.entity.ts";

/** What a verb about one request answers. */
export type RequestOutcome = {
  version: number;
  /** Null for a dry run. */
  request: number | null;
  approval: number | null;
  /** How it would be judged if the actor carried it out now. */
  verdict: Verdict | null;
};

/** A request under its model's lock. */
interface LockedRequest extends LockedVersion {
  request: TransitionRequest;
  stages: Stage[];
  to: Stage;
}

/** The approval that was still missing. */
interface LastWord {
  /** Who gives it. */
  actor: Actor;
  /** Null where who asked has been deactivated. */
  requester: Actor | null;
  /** All that count. */
  approvals: readonly Approval[];
  comment: string | null;
}

/** Asking for transitions, and deciding on what others ask for. */
export class ReviewService {
  constructor(
    private readonly verbs: Verbs,
    private readonly versions: VersionService,
    private readonly assessor: Assessor,
    private readonly moves: StageMoves,
    private readonly records: RequestRecords,
  ) {}

  /**
   * Files a request that others must approve. Gates may fail as yet; who asks must be one who may. Where the version
   * stands already without having passed today's policy, it asks for it to be judged by that.
   */
  request(actor: Actor, input: RequestTransitionInput): Promise<RequestOutcome> {
    return this.verbs.run(actor, "requestTransition", input, async (tx) => {
      const reason = input.reason ? textOf("reason", input.reason, longestComment) : null;
      const locked = await this.versions.lockFor(tx, actor, "transition:request", input.version);
      const stages = await heldStages(tx);
      const to = stageNamed(stages, input.to, "to");
      const { model, version } = locked;
      const isJudgedAnew = version.stage === to.name;
      if (isJudgedAnew && !(await isViolating(tx, version.nodeId))) {
        throw conflict(`version ${model.name}/${version.number} is in ${to.name} already`, "to");
      }
      const archiveExisting = input.archiveExisting === true;
      const wish = { actor, ...locked, stages, to, archiveExisting, isJudgedAnew };
      const grounds = await this.assessor.groundsOf(tx, wish);
      const none = { given: 0, needed: neededBy(grounds.policy) };
      const { verdict } = await this.assessor.assessRequest(grounds, wish, actor, none);
      mustBeAskedFor(verdict);
      const open = await openRequest(tx, version.nodeId, to.name);
      if (open) throw alreadyExists(`${open.id} asks for that already; it was not withdrawn`, "version");
      if (input.dryRun) return { version: version.nodeId, request: null, approval: null, verdict };
      const draft = { from: version.stage, to: to.name, archiveExisting, isAfterReview: false, reason };
      const { nodeId } = await this.records.file(tx, actor, version, draft);
      return { version: version.nodeId, request: nodeId, approval: null, verdict };
    });
  }

  /**
   * Approves or rejects. With the last approval that it takes, and if everything else passes, the version is moved in the
   * same transaction. Throws REFUSED_BY_POLICY for those who may not decide, CONFLICT for what is decided already.
   */
  review(actor: Actor, input: ReviewTransitionInput): Promise<RequestOutcome> {
    return this.verbs.run(actor, "reviewTransition", input, async (tx) => {
      const comment = input.comment ? textOf("comment", input.comment, longestComment) : null;
      const locked = await this.lock(tx, actor, input.request);
      const { request, version } = locked;
      mustBeOpen(request);
      mustStandAsAsked(locked);
      const given = await approvalsOf(tx, [request.nodeId]);
      const grounds = await this.assessor.groundsOf(tx, this.wishOf(actor, locked));
      const { policy } = grounds;
      const bond = await grounds.bond();
      const question = questionOn(request, locked, policy);
      mustBeReviewer(actor, input.decision, question);
      mustBeAsSeen(input, bond);
      const same = lastWords(given).find(({ reviewerId }) => reviewerId === actor.node);
      const isSaidAgain = same?.decision === input.decision && !isStale(same, bond);
      const told = { decision: input.decision, comment, bond };
      const approval = isSaidAgain ? same : await this.records.decide(tx, actor, request, told);
      const outcome = { version: version.nodeId, request: request.nodeId, approval: approval.nodeId };
      if (input.decision === Decision.REJECT) {
        await this.records.settle(tx, actor, request, RequestStatus.REJECTED);
        return { ...outcome, verdict: null };
      }
      const all = isSaidAgain ? given : [...given, approval];
      const { requester, reviewers } = await peopleOf(tx, request, all);
      const approvals = counting(all, bond, question, reviewers);
      if (request.isAfterReview || approvals.length < neededBy(policy)) {
        const isDone = approvals.length >= neededBy(policy);
        if (isDone) await this.records.settle(tx, actor, request, RequestStatus.APPROVED);
        return { ...outcome, verdict: null };
      }
      const verdict = await this.carryOut(tx, grounds, locked, { actor, requester, approvals, comment });
      const status = verdict.allowed ? RequestStatus.APPLIED : RequestStatus.APPROVED;
      const isPassed = verdict.allowed && isOfStanding(request) && policy.isSet;
      if (isPassed) await this.moves.affirm(tx, version, policy);
      const judged = { ...passedIn(policy), verdict, approvals: approvals.map(({ id }) => id) };
      await this.records.settle(tx, actor, request, status, isPassed ? judged : {});
      return { ...outcome, verdict };
    });
  }

  /** Moves the version if everything else passes now. If not, whoever has the rights may carry it out later. */
  private async carryOut(
    tx: Transaction,
    grounds: Grounds,
    locked: LockedRequest,
    { actor, requester, approvals, comment }: LastWord,
  ): Promise<Verdict> {
    const { request } = locked;
    const { policy } = grounds;
    const tally = { given: approvals.length, needed: neededBy(policy) };
    const wish = this.wishOf(actor, locked);
    const { move, verdict } = await this.assessor.assessRequest(grounds, wish, requester, tally);
    if (!verdict.allowed) return verdict;
    const ids = approvals.map(({ id }) => id);
    const reason = { comment, verdict, passed: policy, request: request.id, approvals: ids };
    await this.moves.carryOut(tx, actor, move, reason);
    return verdict;
  }

  /** Takes a request back: whoever asked may, and whoever may move the version there. */
  withdraw(actor: Actor, input: WithdrawTransitionInput): Promise<RequestOutcome> {
    return this.verbs.run(actor, "withdrawTransition", input, async (tx) => {
      const { request, model, to } = await this.lock(tx, actor, input.request);
      if (request.requestedById !== actor.node) actor.must(transitionTo(to.name), model.name);
      mustBeOpen(request);
      if (request.isAfterReview)
        throw conflict(`${request.id} looks back at an emergency; it is for others to end`, "request");
      await this.records.settle(tx, actor, request, RequestStatus.WITHDRAWN);
      return { version: request.versionId, request: request.nodeId, approval: null, verdict: null };
    });
  }

  private wishOf(actor: Actor, { request, model, version, stages, to }: LockedRequest): Wish {
    const { archiveExisting } = request;
    return { actor, model, version, stages, to, archiveExisting, isJudgedAnew: isOfStanding(request) };
  }

  /** A request that the actor may read, with its model's row locked; read again after that. */
  private async lock(tx: Transaction, actor: Actor, id: string): Promise<LockedRequest> {
    const node = nodeOf(id, "request", "TRANSITION_REQUEST");
    const absent = () => notFound(`transition request ${id}`, "request");
    const seen = await requestById(tx, node);
    if (!seen) throw absent();
    const locked = await this.versions.lockIn(
      tx,
      seen.modelId,
      { by: "id", node: seen.versionId },
      "request",
    );
    actor.must("registry:read", locked.model.name, absent);
    const request = (await requestById(tx, node))!;
    const stages = await heldStages(tx);
    return { ...locked, request, stages, to: stageNamed(stages, request.to, "request") };
  }
}

/** Throws CONFLICT where the version has moved since: what was asked for is another move now. */
function mustStandAsAsked({ request, version }: LockedRequest): void {
  if (standsAsAsked(request, version)) return;
  const what = `${request.id} was for a version in ${request.from}, which is in ${version.stage} now`;
  throw conflict(`${what}; withdraw it and ask anew`, "request");
}

function mustBeOpen(request: TransitionRequest): void {
  if (isOpenRequest(request)) return;
  throw conflict(`${request.id} is ${request.storedStatus} already`, "request");
}
