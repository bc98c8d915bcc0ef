import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { VersionRef } from "../kernel/scalars.ts";
import { Approval, Decision, RequestStatus, TransitionRequest } from "./transition-request.entity.ts";
import { Verdict } from "./verdict.entity.ts";

@InputType({
  description:
    "A wish for a transition that others must approve. For the stage where the version stands, if it violates the policy there: that it be judged by that policy, and stay.",
})
export class RequestTransitionInput extends MutationInput {
  @Field(() => VersionRef, { description: "Which version; not latest, which is never a way into a stage." })
  version!: string;

  @Field(() => String, { description: "The stage, in any case." })
  to!: string;

  @Field(() => Boolean, {
    nullable: true,
    description: "Archives every other version of that stage when it is applied, at most 1,000.",
  })
  archiveExisting?: boolean | null;

  @Field(() => String, { nullable: true, description: "Why; at most 5,000 characters." })
  reason?: string | null;

  @Field(() => Boolean, { nullable: true, description: "Only judges: nothing is recorded." })
  dryRun?: boolean | null;
}

@InputType({ description: "A reviewer's decision." })
export class ReviewTransitionInput extends MutationInput {
  @Field(() => ID, { description: "Id of the request." })
  request!: string;

  @Field(() => Decision, { description: "What was decided." })
  decision!: Decision;

  @Field(() => String, { nullable: true, description: "Why; at most 5,000 characters." })
  comment?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The `evidenceDigest` that was looked at; CONFLICT where the version's is another one now.",
  })
  expectedEvidenceDigest?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "The revision of the policy that was looked at; CONFLICT where another one holds now.",
  })
  expectedPolicyRevision?: number | null;
}

@InputType({ description: "A request to take back." })
export class WithdrawTransitionInput extends MutationInput {
  @Field(() => ID, { description: "Id of the request." })
  request!: string;
}

@InputType({ description: "Conditions on transition requests; all that are given must hold." })
export class TransitionRequestFilter {
  @Field(() => [RequestStatus], {
    nullable: true,
    description:
      "One of these. STALE shows only when a request is looked at: ask for PENDING and APPROVED instead.",
  })
  status?: RequestStatus[] | null;

  @Field(() => String, { nullable: true, description: "Of this model, by name or id." })
  model?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Open ones that the caller may decide (viewerCanReview) and has not, or not since evidence or policy changed; false: all others. Where more than 900 open requests of models that the caller reviews fit the other conditions, it is refused: name a model.",
  })
  awaitsMe?: boolean | null;
}

@ObjectType({ description: "What became of a request." })
export class RequestTransitionPayload extends Payload {
  @Field(() => TransitionRequest, {
    nullable: true,
    description: "The request; null for a dry run.",
    simple: true,
  })
  transitionRequest!: TransitionRequest | null;

  @Field(() => Verdict, {
    nullable: true,
    description: "How it would be judged now, without approvals.",
    simple: true,
  })
  verdict!: Verdict | null;
}

@ObjectType({ description: "What became of a review." })
export class ReviewTransitionPayload extends Payload {
  @Field(() => Approval, { nullable: true, description: "The decision.", simple: true })
  approval!: Approval | null;

  @Field(() => TransitionRequest, { nullable: true, description: "The request as it is now.", simple: true })
  transitionRequest!: TransitionRequest | null;

  @Field(() => Verdict, {
    nullable: true,
    description: "How the transition was judged, once the approvals were there; null before.",
    simple: true,
  })
  verdict!: Verdict | null;
}

@ObjectType({ description: "What became of a request that was taken back." })
export class WithdrawTransitionPayload extends Payload {
  @Field(() => TransitionRequest, { nullable: true, description: "The request as it is now.", simple: true })
  transitionRequest!: TransitionRequest | null;
}
