import { Field, InputType, Int, ObjectType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { VersionRef } from "../kernel/scalars.ts";
import { ModelVersion } from "../registry/version.entity.ts";
import { StageChange } from "./stage-change.entity.ts";
import { Verdict } from "./verdict.entity.ts";

@InputType({ description: "A stage to be given back to a version that stood there before." })
export class RollbackInput extends MutationInput {
  @Field(() => String, { description: "The model's name or id." })
  model!: string;

  @Field(() => String, { description: "The stage, in any case.", defaultValue: "Production" })
  stage!: string;

  @Field(() => Int, {
    nullable: true,
    description:
      "Number of the version to go back to. Where not given, the one that left the stage last, of those that no rollback ever took out of it; it must be given where no version stands there.",
  })
  to?: number | null;

  @Field(() => VersionRef, {
    nullable: true,
    description:
      "The version to take out; not latest. CONFLICT where it does not stand there any more, so that of two who roll back the same one only the first does. Where not given, the only one that stands there; it must be given where several do.",
  })
  failed?: string | null;

  @Field(() => String, { description: "Why; at most 5,000 characters." })
  reason!: string;

  @Field(() => Boolean, { nullable: true, description: "Only judges: nothing is changed or recorded." })
  dryRun?: boolean | null;
}

@ObjectType({ description: "What became of a rollback." })
export class RollbackPayload extends Payload {
  @Field(() => ModelVersion, {
    nullable: true,
    description: "The version that stands there again, or would.",
    simple: true,
  })
  modelVersion!: ModelVersion | null;

  @Field(() => [ModelVersion], {
    description:
      "Versions that were archived for it, or would be: the failed one, and others only where the policy has no room for them.",
    simple: true,
  })
  archived!: ModelVersion[];

  @Field(() => [StageChange], { description: "Every move, in the order of the journal.", simple: true })
  stageChanges!: StageChange[];

  @Field(() => Verdict, { nullable: true, description: "How it was judged.", simple: true })
  verdict!: Verdict | null;
}
