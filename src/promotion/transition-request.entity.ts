import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { connectionType, type Page } from "../kernel/connection.ts";
import { Node } from "../kernel/node.ts";
import { DateTime } from "../kernel/scalars.ts";

export enum RequestStatus {
  PENDING = "PENDING",
  APPROVED = "APPROVED",
  REJECTED = "REJECTED",
  WITHDRAWN = "WITHDRAWN",
  APPLIED = "APPLIED",
  STALE = "STALE",
}

registerEnumType(RequestStatus, {
  name: "RequestStatus",
  description: "What has become of a transition request.",
  valuesConfig: {
    PENDING: { description: "Approvals are outstanding." },
    APPROVED: {
      description:
        "The approvals are there, but another check failed; transitionModelVersion applies it once that passes.",
    },
    REJECTED: { description: "A reviewer rejected it." },
    WITHDRAWN: { description: "It was taken back." },
    APPLIED: { description: "The version was moved; or, where it was to stay, has passed the policy." },
    STALE: {
      description:
        "Approvals were given, but evidence or policy has changed since: they count no more. It can be reviewed anew.",
    },
  },
});

/** Whether it moves nothing: the version is judged by today's policy where it stands. */
export function isOfStanding({ from, to }: Pick<TransitionRequest, "from" | "to">): boolean {
  return from === to;
}

/** Statuses in which a request can still be reviewed, withdrawn and applied. */
export const openStatuses: readonly RequestStatus[] = [RequestStatus.PENDING, RequestStatus.APPROVED];

@ObjectType({
  implements: Node,
  description: "The wish for a transition that somebody else must approve.",
})
@Entity("transition_request")
@Index("transition_request_open", ["openKey"], { unique: true })
@Index("transition_request_version", ["versionId", "nodeId"])
@Index("transition_request_model", ["modelId", "nodeId"])
@Index("transition_request_status", ["storedStatus", "nodeId"])
export class TransitionRequest extends Node {
  override get nodeKind() {
    return "TRANSITION_REQUEST" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Column("int", { unsigned: true })
  modelId!: number;

  @Column("int", { unsigned: true })
  versionId!: number;

  @Field(() => String, { description: "Where the version stood when it was asked for.", simple: true })
  @Column("varchar", { length: 64, name: "fromStage" })
  from!: string;

  @Field(() => String, {
    description: "The stage that it is for; the same where the version is to be judged anew where it stands.",
    simple: true,
  })
  @Column("varchar", { length: 64, name: "toStage" })
  to!: string;

  @Field(() => Boolean, {
    description: "Whether other versions of that stage are archived for it.",
    simple: true,
  })
  @Column("boolean")
  archiveExisting!: boolean;

  @Field(() => Boolean, {
    description:
      "Whether the version is there already, by break-glass, and this asks what others think of it.",
    simple: true,
  })
  @Column("boolean")
  isAfterReview!: boolean;

  /** Never STALE: that shows when it is looked at. */
  @Column("varchar", { length: 9, name: "status" })
  storedStatus!: RequestStatus;

  /** Version and stage while it is open: of each there is one at most. */
  @Column("varchar", { length: 90, nullable: true })
  openKey!: string | null;

  @Column("int", { unsigned: true })
  requestedById!: number;

  /** JSON list of the groups that who asked was in then: of what these hold, it is asked anew. */
  @Column("text")
  groupsText!: string;

  @Field(() => String, { nullable: true, description: "Why, in the words of who asked.", simple: true })
  @Column("text", { nullable: true })
  reason!: string | null;

  @Field(() => DateTime, { description: "When it was asked for.", simple: true })
  @Column("bigint")
  createdAt!: number;

  @Field(() => DateTime, {
    nullable: true,
    description: "When it was rejected, withdrawn or applied.",
    simple: true,
  })
  @Column("bigint", { nullable: true })
  closedAt!: number | null;
}

export enum Decision {
  APPROVE = "APPROVE",
  REJECT = "REJECT",
}

registerEnumType(Decision, {
  name: "Decision",
  description: "What a reviewer decided.",
  valuesConfig: {
    APPROVE: { description: "It may be done." },
    REJECT: { description: "It may not; that ends the request." },
  },
});

@ObjectType({
  implements: Node,
  description:
    "One reviewer's decision on one request, bound to the evidence and the policy that it was given for. It never changes; a later one of the same reviewer takes its place.",
})
@Entity("approval")
@Index("approval_request", ["requestId", "nodeId"])
@Index("approval_version", ["versionId", "nodeId"])
export class Approval extends Node {
  override get nodeKind() {
    return "APPROVAL" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Column("int", { unsigned: true })
  requestId!: number;

  @Column("int", { unsigned: true })
  versionId!: number;

  @Column("int", { unsigned: true })
  modelId!: number;

  @Column("int", { unsigned: true })
  reviewerId!: number;

  /** JSON list of the groups that the reviewer was in then. */
  @Column("text")
  groupsText!: string;

  @Field(() => Decision, { description: "What was decided.", simple: true })
  @Column("varchar", { length: 7 })
  decision!: Decision;

  @Field(() => String, { nullable: true, description: "Why, in the reviewer's words.", simple: true })
  @Column("text", { nullable: true })
  comment!: string | null;

  @Field(() => String, { description: "The version's evidenceDigest as it was then.", simple: true })
  @Column("varchar", { length: 64 })
  evidenceDigest!: string;

  /** Node number of the policy that held then; 0 where none was set. */
  @Column("int", { unsigned: true })
  policyId!: number;

  @Field(() => Int, { description: "The revision of the policy that held then.", simple: true })
  @Column("int", { unsigned: true })
  policyRevision!: number;

  @Field(() => DateTime, { description: "When it was decided.", simple: true })
  @Column("bigint")
  createdAt!: number;
}

export const TransitionRequestConnection = connectionType("TransitionRequest", () => TransitionRequest);
export type TransitionRequestConnection = Page<TransitionRequest>;
