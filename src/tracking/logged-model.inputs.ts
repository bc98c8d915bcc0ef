import { Field, InputType, ObjectType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { BigInt64, DateTime } from "../kernel/scalars.ts";
import { KeyValueInput, MetricInput } from "./fact.inputs.ts";
import { LoggedModel } from "./logged-model.entity.ts";

@InputType({ description: "A model that a run left." })
export class CreateLoggedModelInput extends MutationInput {
  @Field(() => String, {
    nullable: true,
    description: "m- and 32 lower-case hex digits that none has; minted where not given.",
  })
  modelId?: string | null;

  @Field(() => String, { nullable: true, description: "For people, 1–255 characters; need not be unique." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "The run that made it, by run id or id." })
  runId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Name or id of its experiment; its run's, or the default one, where not given.",
  })
  experiment?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "PENDING, READY, FAILED or another word of at most 32 characters; READY where not given.",
  })
  status?: string | null;

  @Field(() => String, { nullable: true, description: "Who made it, as claimed." })
  attributedTo?: string | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Its parameters; they never change." })
  params?: KeyValueInput[] | null;

  @Field(() => [MetricInput], { nullable: true, description: "Its first measurements, at most 1,000." })
  metrics?: MetricInput[] | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Its first tags." })
  tags?: KeyValueInput[] | null;
}

@InputType({ description: "Changes of a logged model; what is not given stays." })
export class UpdateLoggedModelInput extends MutationInput {
  @Field(() => String, { description: "The logged model, by model id or id." })
  modelId!: string;

  @Field(() => String, {
    nullable: true,
    description: "PENDING, READY, FAILED or another word of at most 32 characters.",
  })
  status?: string | null;

  @Field(() => BigInt64, { nullable: true, description: "The training step at which its run made it." })
  step?: number | null;

  @Field(() => [KeyValueInput], {
    nullable: true,
    description: "Parameters to add; one that is there already must say the same.",
  })
  params?: KeyValueInput[] | null;

  @Field(() => [MetricInput], {
    nullable: true,
    description: "Metric points to add, at most 1,000; one that is there already is left.",
  })
  metrics?: MetricInput[] | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Tags to set." })
  setTags?: KeyValueInput[] | null;

  @Field(() => [String], { nullable: true, description: "Keys of tags to delete; absent ones are no error." })
  deleteTags?: string[] | null;
}

@InputType({
  description: "A logged model to delete; it leaves the lists, and whatever rests on it still shows it.",
})
export class DeleteLoggedModelInput extends MutationInput {
  @Field(() => String, { description: "The logged model, by model id or id." })
  modelId!: string;
}

@InputType({ description: "A logged model of imported history." })
export class ImportedLoggedModelInput {
  @Field(() => String, { description: "m- and 32 lower-case hex digits." })
  modelId!: string;

  @Field(() => String, { nullable: true, description: "For people." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "Run id of the run that made it." })
  runId?: string | null;

  @Field(() => String, { description: "Name of its experiment." })
  experiment!: string;

  @Field(() => String, { description: "As its old home called it; at most 32 characters." })
  status!: string;

  @Field(() => DateTime, { nullable: true, description: "When it was made." })
  createdAt?: number | null;

  @Field(() => DateTime, { nullable: true, description: "When it was deleted in its old home." })
  deletedAt?: number | null;

  @Field(() => String, { nullable: true, description: "Who made it, as claimed." })
  attributedTo?: string | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Parameters; those there already stay." })
  params?: KeyValueInput[] | null;

  @Field(() => [MetricInput], { nullable: true, description: "Metric points, at most 10,000." })
  metrics?: MetricInput[] | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Tags; those there already stay." })
  tags?: KeyValueInput[] | null;
}

@ObjectType({ description: "What became of a mutation of a logged model." })
export class LoggedModelPayload extends Payload {
  @Field(() => LoggedModel, { nullable: true, description: "The logged model as it is now.", simple: true })
  loggedModel!: LoggedModel | null;
}
