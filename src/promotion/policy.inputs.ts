import { Field, Float, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { Compatibility } from "../registry/compatibility.rules.ts";
import { ComparisonOperator, GateKind, OnFull, Policy } from "./policy.entity.ts";

export enum PolicyPreset {
  OPEN = "OPEN",
  GUARDED = "GUARDED",
}

registerEnumType(PolicyPreset, {
  name: "PolicyPreset",
  description: "Policies to begin with; what is given beside one goes before it.",
  valuesConfig: {
    OPEN: { description: "Whoever may move versions moves them." },
    GUARDED: {
      description:
        "A maintainer or administrator moves them, one other person approves; fresh card, complete lineage, signature.",
    },
  },
});

@InputType({ description: "What a metric is held against: one of value, stage and alias." })
export class CompareInput {
  @Field(() => ComparisonOperator, { description: "How the version's value must stand to the other." })
  op!: ComparisonOperator;

  @Field(() => Float, { nullable: true, description: "A number." })
  value?: number | null;

  @Field(() => String, {
    nullable: true,
    description: "Each version now in this stage; passes where there is none.",
  })
  stage?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The version behind this alias; fails where there is none.",
  })
  alias?: string | null;

  @Field(() => Float, {
    nullable: true,
    description: "By how much it may fall short of another version; 0 or more.",
  })
  tolerance?: number | null;
}

@InputType({ description: "A condition; its kind says which of the other fields it takes." })
export class GateInput {
  @Field(() => GateKind, { description: "What it looks at." })
  kind!: GateKind;

  @Field(() => String, { nullable: true, description: "Key of the metric, such as auc or latency_p99." })
  metric?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Dataset it was measured on; where not given, one without.",
  })
  dataset?: string | null;

  @Field(() => String, { nullable: true, description: "Part of the dataset; where not given, one without." })
  split?: string | null;

  @Field(() => String, { nullable: true, description: "Group within it; where not given, one without." })
  slice?: string | null;

  @Field(() => CompareInput, { nullable: true, description: "What the metric is held against." })
  compare?: CompareInput | null;

  @Field(() => [String], { nullable: true, description: "Roles of artifacts; at most 20." })
  roles?: string[] | null;

  @Field(() => String, { nullable: true, description: "Key of the param or tag." })
  key?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The value that is asked for; at most 1,000 characters.",
  })
  value?: string | null;

  @Field(() => [String], { nullable: true, description: "Formats, in any case; at most 20." })
  formats?: string[] | null;

  @Field(() => Int, { nullable: true, description: "How old the evidence may be, in days: 1–3,650." })
  withinDays?: number | null;

  @Field(() => Compatibility, { nullable: true, description: "How the signature must fit." })
  compatibility?: Compatibility | null;
}

@InputType({
  description:
    "The policy of a model, or of a pattern of models, for a stage: all of it, as nothing of an earlier one stays.",
})
export class SetPolicyInput extends MutationInput {
  @Field(() => String, { description: "A model's name, or a pattern such as risk.* or `*`." })
  model!: string;

  @Field(() => String, { description: "The stage it guards, in any case." })
  stage!: string;

  @Field(() => PolicyPreset, { nullable: true, description: "What to begin with; OPEN where not given." })
  preset?: PolicyPreset | null;

  @Field(() => Int, { nullable: true, description: "How many reviewers must approve: 0–10." })
  approvalsNeeded?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether who asks may not approve; true where not given.",
  })
  isFourEyes?: boolean | null;

  @Field(() => [String], {
    nullable: true,
    description: "Roles of which a reviewer must hold one; at most 20.",
  })
  approverRoles?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: "Roles of which who moves or asks must hold one; at most 20.",
  })
  promoterRoles?: string[] | null;

  @Field(() => [String], { nullable: true, description: "Roles that may break the glass; at most 20." })
  breakGlassRoles?: string[] | null;

  @Field(() => Int, { nullable: true, description: "How many versions of a model may stand there: 1–1,000." })
  maxVersions?: number | null;

  @Field(() => OnFull, {
    nullable: true,
    description: "What happens where there are so many; REJECT where not given.",
  })
  onFull?: OnFull | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether going back to an earlier version takes the same approvals; true where not given.",
  })
  rollbackNeedsApproval?: boolean | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "Aliases that go along when the stage is given back; at most 20. It gives nobody a right to them: whoever rolls back must be one who may move them by setAlias.",
  })
  rollbackAliases?: string[] | null;

  @Field(() => [GateInput], { nullable: true, description: "What is checked; at most 25." })
  gates?: GateInput[] | null;

  @Field(() => Int, { nullable: true, description: "The revision it must be at; 0: not set yet." })
  expectedRevision?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Only looks whether it could be set, and answers it as it would be: nothing is recorded. Who may read it may try it.",
  })
  dryRun?: boolean | null;
}

@InputType({ description: "A policy to take back: a wider one holds from then on." })
export class DeletePolicyInput extends MutationInput {
  @Field(() => String, { description: "Its model or pattern, exactly." })
  model!: string;

  @Field(() => String, { description: "Its stage, in any case." })
  stage!: string;

  @Field(() => Int, { nullable: true, description: "The revision it must be at." })
  expectedRevision?: number | null;
}

@ObjectType({ description: "What became of a policy." })
export class PolicyPayload extends Payload {
  @Field(() => Policy, {
    nullable: true,
    description:
      "The policy that holds now for this model or pattern; for a dry run the one that would, with the id pol_0 where it is not set yet.",
    simple: true,
  })
  policy!: Policy | null;
}
