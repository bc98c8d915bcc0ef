import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import type { Graph } from "../graph/graph.ts";
import type { Journal, Recorded } from "../journal/journal.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { formatId } from "../kernel/ids.ts";
import { instanceOf } from "../kernel/node.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import type { Bond } from "./approval.rules.ts";
import type { Passed } from "./stage-change.entity.ts";
import {
  Approval,
  type Decision,
  openStatuses,
  RequestStatus,
  TransitionRequest,
} from "./transition-request.entity.ts";
import { openKeyOf, requestsWhere } from "./transition-request.query.ts";
import type { Verdict } from "./verdict.entity.ts";

/** What is asked for. */
export type RequestDraft = Pick<
  TransitionRequest,
  "from" | "to" | "archiveExisting" | "isAfterReview" | "reason"
>;

/** How a version was judged anew where it stands; of one that moves, its stage change tells. */
interface Judgement {
  passed: Passed;
  verdict: Verdict;
  /** Public ids of those that counted. */
  approvals: string[];
}

/** Writes requests and decisions, each with its event, for callers that hold the model's lock. */
export class RequestRecords {
  constructor(
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly clock: Clock,
  ) {}

  async file(
    tx: Transaction,
    actor: Actor,
    version: ModelVersion,
    draft: RequestDraft,
  ): Promise<TransitionRequest> {
    const { from, to, archiveExisting, isAfterReview, reason } = draft;
    const nodeId = await this.nodeOf(tx, "TRANSITION_REQUEST", version, to);
    const request = instanceOf(TransitionRequest, {
      nodeId,
      modelId: version.modelId,
      versionId: version.nodeId,
      from,
      to,
      archiveExisting,
      isAfterReview,
      storedStatus: RequestStatus.PENDING,
      // Each emergency is looked at for itself.
      openKey: isAfterReview ? `after ${nodeId}` : openKeyOf(version.nodeId, to),
      requestedById: actor.node,
      groupsText: JSON.stringify(actor.standing.groups),
      reason,
      createdAt: this.clock(),
      closedAt: null,
    });
    await tx.insertNew(TransitionRequest, [{ ...request }]);
    const recorded = this.journal.record(tx, actor, {
      type: "transition.requested",
      subject: nodeId,
      container: version.modelId,
      body: {
        version: formatId("MODEL_VERSION", version.nodeId),
        from,
        to,
        archiveExisting,
        isAfterReview,
      },
      texts: { reason },
    });
    this.addEvidence(tx, recorded, version.nodeId, nodeId);
    return request;
  }

  /** A reviewer's decision, bound to what it was given for. */
  async decide(
    tx: Transaction,
    actor: Actor,
    request: TransitionRequest,
    { decision, comment, bond }: { decision: Decision; comment: string | null; bond: Bond },
  ): Promise<Approval> {
    const { modelId, versionId } = request;
    const nodeId = await this.nodeOf(tx, "APPROVAL", { modelId }, `${decision} ${request.to}`);
    const approval = instanceOf(Approval, {
      nodeId,
      requestId: request.nodeId,
      versionId,
      modelId,
      reviewerId: actor.node,
      groupsText: JSON.stringify(actor.standing.groups),
      decision,
      comment,
      ...bond,
      createdAt: this.clock(),
    });
    await tx.insert(Approval, [{ ...approval }]);
    const { evidenceDigest, policyId, policyRevision } = bond;
    const recorded = this.journal.record(tx, actor, {
      type: "approval.given",
      subject: nodeId,
      container: modelId,
      body: {
        request: request.id,
        decision,
        evidenceDigest,
        policy: policyId === 0 ? null : formatId("POLICY", policyId),
        policyRevision,
      },
      texts: { comment },
    });
    this.addEvidence(tx, recorded, versionId, nodeId);
    return approval;
  }

  /** The request's new status; one that is not open any more frees its version and stage for another. */
  async settle(
    tx: Transaction,
    actor: Actor,
    request: TransitionRequest,
    status: RequestStatus,
    more: Partial<Judgement> = {},
  ): Promise<void> {
    if (request.storedStatus === status) return;
    const isOpen =
      openStatuses.includes(status) && !(request.isAfterReview && status === RequestStatus.APPROVED);
    request.storedStatus = status;
    request.openKey = isOpen ? request.openKey : null;
    request.closedAt = isOpen ? null : this.clock();
    await tx.run(
      sql`UPDATE transition_request SET status = ${status}, openKey = ${request.openKey}, closedAt = ${request.closedAt} WHERE id = ${request.nodeId}`,
    );
    this.journal.record(tx, actor, {
      type: `transition.${status.toLowerCase()}`,
      subject: request.nodeId,
      container: request.modelId,
      body: { to: request.to, ...more },
    });
  }

  /** What was asked for a version that is deleted is asked no more. */
  async withdrawAll(tx: Transaction, actor: Actor, { nodeId }: Pick<ModelVersion, "nodeId">): Promise<void> {
    const open = await requestsWhere(
      tx,
      sql`q.versionId = ${nodeId} AND q.openKey IS NOT NULL ORDER BY q.id`,
    );
    for (const request of open) await this.settle(tx, actor, request, RequestStatus.WITHDRAWN);
  }

  /** The node was made in this transaction, so that its edge closes no ring. */
  private addEvidence(tx: Transaction, recorded: Recorded, version: number, node: number): void {
    this.graph.add(tx, recorded, [{ src: version, dst: node, type: EdgeType.EVIDENCE }]);
  }

  private async nodeOf(
    tx: Transaction,
    kind: "TRANSITION_REQUEST" | "APPROVAL",
    { modelId }: Pick<ModelVersion, "modelId">,
    label: string,
  ): Promise<number> {
    const [node] = await this.graph.createNodes(tx, [{ kind, label, container: modelId }]);
    return node!;
  }
}
