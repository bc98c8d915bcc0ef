import { Field, InputType, ObjectType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { VersionRef } from "../kernel/scalars.ts";
import { ModelVersion } from "../registry/version.entity.ts";
import { StageChange } from "./stage-change.entity.ts";
import { Verdict } from "./verdict.entity.ts";

@InputType({ description: "An emergency, for those whom the policy names." })
export class BreakGlassInput {
  @Field(() => String, { description: "Why it cannot wait; at most 5,000 characters." })
  reason!: string;
}

@InputType({ description: "A move of a version to another stage." })
export class TransitionModelVersionInput extends MutationInput {
  @Field(() => VersionRef, { description: "Which version; not latest, which is never a way into a stage." })
  version!: string;

  @Field(() => String, { description: "The stage, in any case." })
  to!: string;

  @Field(() => Boolean, {
    nullable: true,
    description: "Archives every other version of the target stage, at most 1,000.",
  })
  archiveExisting?: boolean | null;

  @Field(() => String, { nullable: true, description: "Why; at most 5,000 characters." })
  comment?: string | null;

  @Field(() => String, { nullable: true, description: "Where it must stand now; unchecked where not given." })
  expectedStage?: string | null;

  @Field(() => Boolean, { nullable: true, description: "Only judges: nothing is changed or recorded." })
  dryRun?: boolean | null;

  @Field(() => BreakGlassInput, {
    nullable: true,
    description:
      "For an emergency: goes past gates and approvals, and opens a request that others review afterwards.",
  })
  breakGlass?: BreakGlassInput | null;
}

@ObjectType({ description: "What became of a transition." })
export class TransitionModelVersionPayload extends Payload {
  @Field(() => ModelVersion, { nullable: true, description: "The version as it is now.", simple: true })
  modelVersion!: ModelVersion | null;

  @Field(() => StageChange, {
    nullable: true,
    description: "Its move; null where it stood there already.",
    simple: true,
  })
  stageChange!: StageChange | null;

  @Field(() => [ModelVersion], { description: "Versions that were archived for it.", simple: true })
  archived!: ModelVersion[];

  @Field(() => Verdict, {
    nullable: true,
    description: "How it was judged; null where it was not judged.",
    simple: true,
  })
  verdict!: Verdict | null;
}
