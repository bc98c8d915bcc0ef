import { Field, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { Model } from "../registry/model.entity.ts";
import { ModelVersion } from "../registry/version.entity.ts";
import { RetentionPolicy } from "./retention.entity.ts";

export enum RetentionPreset {
  STANDARD = "STANDARD",
}

registerEnumType(RetentionPreset, {
  name: "RetentionPreset",
  description: "Retention policies that are made already.",
  valuesConfig: {
    STANDARD: {
      description:
        "Staging for its stay and 90 days; of Production what is in it and the 2 before for ever, others into a colder storage class after a year and kept 3 more; runs 30 days, failed or abandoned ones 60.",
    },
  },
});

@InputType({ description: "How long files are kept of versions that came as far as one stage." })
export class RetentionRuleInput {
  @Field(() => String, {
    description:
      "The stage, in any case; none where versions are put away: what counts is how far they came before.",
  })
  stage!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Days after the version has left it, 0–36,500; for ever where not given.",
  })
  keepDays?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "So many that were in it last, beside those that are, are kept for ever, 0–1,000.",
  })
  keepLast?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "Days after which files belong into a colder storage class, 0–36,500, fewer than keepDays.",
  })
  coldAfterDays?: number | null;
}

@InputType({
  description: "How long files are to be kept. With neither rules nor preset, what was set is taken back.",
})
export class SetRetentionInput extends MutationInput {
  @Field(() => String, {
    description: "Of which models: `*`, a dotted prefix such as `risk.*`, or one model's name.",
  })
  model!: string;

  @Field(() => RetentionPreset, {
    nullable: true,
    description: "One that is made already; instead of rules.",
  })
  preset?: RetentionPreset | null;

  @Field(() => [RetentionRuleInput], { nullable: true, description: "One for each stage, at most 30." })
  rules?: RetentionRuleInput[] | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Days after its end that files of a finished run are kept, and of logged models that it left, 0–36,500; for ever where not given.",
  })
  runDays?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "The same for runs that failed, were killed or deleted.",
  })
  abandonedRunDays?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "Revision it must be at; 0 where it must not be set; unchecked where not given.",
  })
  expectedRevision?: number | null;
}

@ObjectType({ description: "What became of a retention policy." })
export class RetentionPayload extends Payload {
  @Field(() => RetentionPolicy, { nullable: true, description: "The policy as it is now.", simple: true })
  retention!: RetentionPolicy | null;
}

@InputType({ description: "A legal hold to begin or to end, on a model or on a version." })
export class SetLegalHoldInput extends MutationInput {
  @Field(() => String, { nullable: true, description: "A living model's name, or any model's id." })
  model?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "A version, such as fraud/7, or any version's id; instead of a model.",
  })
  version?: string | null;

  @Field(() => Boolean, { description: "Whether it is to hold." })
  isHeld!: boolean;

  @Field(() => String, { description: "Why, 1–1,000 characters; journaled." })
  reason!: string;
}

@ObjectType({ description: "What became of a legal hold." })
export class LegalHoldPayload extends Payload {
  @Field(() => Model, {
    nullable: true,
    description: "The model that is held, or whose version is.",
    simple: true,
  })
  model!: Model | null;

  @Field(() => ModelVersion, {
    nullable: true,
    description: "The version, where one was named.",
    simple: true,
  })
  modelVersion!: ModelVersion | null;
}
