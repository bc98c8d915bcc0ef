import type { Actor } from "../kernel/actor.ts";
import { conflict, StemmaError } from "../kernel/errors.ts";
import type { Model } from "../registry/model.entity.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import type { Policy, PolicyBody } from "./policy.entity.ts";
import { type Approval, Decision, type TransitionRequest } from "./transition-request.entity.ts";
import { cut } from "./verdict.rules.ts";

/** What approvals are bound to: as it stands now. */
export interface Bond {
  evidenceDigest: string;
  policyId: number;
  policyRevision: number;
}

/** Throws CONFLICT where the reviewer has looked at other evidence, or another policy, than the decision would be bound to. */
export function mustBeAsSeen(
  seen: { expectedEvidenceDigest?: string | null; expectedPolicyRevision?: number | null },
  { evidenceDigest, policyRevision }: Bond,
): void {
  const { expectedEvidenceDigest, expectedPolicyRevision } = seen;
  if (expectedEvidenceDigest != null && expectedEvidenceDigest !== evidenceDigest) {
    const now = `the evidence is ${evidenceDigest} now, not ${cut(expectedEvidenceDigest, 100)}`;
    throw conflict(`${now}: look at it again`, "expectedEvidenceDigest");
  }
  if (expectedPolicyRevision != null && expectedPolicyRevision !== policyRevision) {
    const now = `the policy is at revision ${policyRevision} now, not ${expectedPolicyRevision}`;
    throw conflict(`${now}: look at it again`, "expectedPolicyRevision");
  }
}

/** Whether the version is still where it stood when it was asked for; an emergency is looked back at wherever it is now. */
export function standsAsAsked(
  { isAfterReview, from }: Pick<TransitionRequest, "isAfterReview" | "from">,
  { stage }: Pick<ModelVersion, "stage">,
): boolean {
  return isAfterReview || from === stage;
}

/** Who may not approve, and what the policy asks of those who may. */
export interface Question {
  policy: Pick<PolicyBody, "approvalsNeeded" | "isFourEyes" | "approverRoles">;
  modelName: string;
  /** Node numbers of actors. */
  requestedBy: number;
  registeredBy: number;
  /** Whether it looks back at an emergency: then who asked is who broke the glass. */
  isAfterReview: boolean;
}

/** Whether a request is for this move: from where the version stands, and for others to leave where they are to. */
export function asksFor(
  { from, archiveExisting }: Pick<TransitionRequest, "from" | "archiveExisting">,
  wish: { version: Pick<ModelVersion, "stage">; archiveExisting: boolean },
): boolean {
  return from === wish.version.stage && (archiveExisting || !wish.archiveExisting);
}

/** What is asked of those who review this request. */
export function questionOn(
  { requestedById: requestedBy, isAfterReview }: Pick<TransitionRequest, "requestedById" | "isAfterReview">,
  { model, version }: { model: Pick<Model, "name">; version: Pick<ModelVersion, "createdById"> },
  policy: Question["policy"],
): Question {
  const registeredBy = version.createdById;
  return { policy, modelName: model.name, requestedBy, registeredBy, isAfterReview };
}

/** What an approval is bound to that is given for this evidence, by this policy. */
export function bondTo(evidenceDigest: string, { nodeId, revision }: Policy): Bond {
  return { evidenceDigest, policyId: nodeId, policyRevision: revision };
}

/** Whether a decision was given for something else than what stands now. */
export function isStale(approval: Bond, now: Bond): boolean {
  return (
    approval.evidenceDigest !== now.evidenceDigest ||
    approval.policyId !== now.policyId ||
    approval.policyRevision !== now.policyRevision
  );
}

/** Whether this reviewer has decided already, for what stands now. */
export function hasDecided(reviewer: number, approvals: readonly Approval[], now: Bond): boolean {
  return lastWords(approvals).some((approval) => approval.reviewerId === reviewer && !isStale(approval, now));
}

/** How many approvals a request needs: who asks for one wants one, even where the policy does not. */
export function neededBy({ approvalsNeeded }: Pick<PolicyBody, "approvalsNeeded">): number {
  return Math.max(1, approvalsNeeded);
}

/** Each reviewer's last word; a later one takes the place of an earlier one. */
export function lastWords<A extends Pick<Approval, "nodeId" | "reviewerId">>(approvals: readonly A[]): A[] {
  const inOrder = [...approvals].sort((one, other) => one.nodeId - other.nodeId);
  return [...new Map(inOrder.map((approval) => [approval.reviewerId, approval])).values()];
}

type Given = Bond & Pick<Approval, "nodeId" | "reviewerId" | "decision">;

/**
 * The approvals that count: given for what stands now, by people who may still approve it by the policy that holds now.
 * `reviewers`: as they stand now, by node number.
 */
export function counting<A extends Given>(
  approvals: readonly A[],
  now: Bond,
  question: Question,
  reviewers: ReadonlyMap<number, Actor>,
): A[] {
  return lastWords(approvals).filter((approval) => {
    const reviewer = reviewers.get(approval.reviewerId);
    if (!reviewer || approval.decision !== Decision.APPROVE || isStale(approval, now)) return false;
    return mayDecide(reviewer, question);
  });
}

/** Why this actor may not approve, whatever its rights; null where it may. */
function whyNotBy(
  reviewer: number,
  { policy, requestedBy, registeredBy, isAfterReview }: Question,
): string | null {
  if (reviewer === registeredBy) return "who registered the version does not review it";
  // Whatever the policy says: nobody looks back at his own emergency.
  if (isAfterReview && reviewer === requestedBy) return "who broke the glass does not review that";
  if (policy.isFourEyes && reviewer === requestedBy) return "who asks for a transition does not approve it";
  return null;
}

/** Throws REFUSED_BY_POLICY where the policy does not let this actor decide, FORBIDDEN where it lacks the right. */
export function mustBeReviewer(actor: Actor, decision: Decision, question: Question): void {
  const { policy, modelName } = question;
  actor.must("transition:review", modelName);
  // Who asked may take it back, but that is withdrawing it.
  const why = whyNotBy(actor.node, question);
  if (why !== null) throw refused(why);
  const { approverRoles } = policy;
  if (approverRoles.length > 0 && !actor.holdsOneOf(approverRoles, modelName)) {
    throw refused(
      `${decision.toLowerCase()} takes one of the roles ${approverRoles.join(", ")} on ${modelName}`,
    );
  }
}

/** Whether this actor may decide: what `mustBeReviewer` throws for, as a question. */
export function mayDecide(actor: Actor, question: Question): boolean {
  const { policy, modelName } = question;
  const { approverRoles } = policy;
  return (
    actor.may("transition:review", modelName) &&
    whyNotBy(actor.node, question) === null &&
    (approverRoles.length === 0 || actor.holdsOneOf(approverRoles, modelName))
  );
}

function refused(why: string): StemmaError {
  return new StemmaError("REFUSED_BY_POLICY", `request: ${why}`, ["request"]);
}
