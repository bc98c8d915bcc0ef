import { Field, ID, InputType, ObjectType, registerEnumType } from "type-graphql";
import { OrderDirection } from "../kernel/connection.ts";
import { DateTimeFilter, KeyValueFilter, StringFilter } from "../kernel/filter.ts";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { DateTime } from "../kernel/scalars.ts";
import { Experiment } from "./experiment.entity.ts";
import { KeyValueInput } from "./fact.inputs.ts";

@InputType({ description: "A new experiment." })
export class CreateExperimentInput extends MutationInput {
  @Field(() => String, { description: "1–500 characters without spaces at either end." })
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: "Dotted prefix on which permissions are granted; its runs inherit it.",
  })
  scope?: string | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Its first tags." })
  tags?: KeyValueInput[] | null;
}

@InputType({ description: "Changes of an experiment; what is not given stays." })
export class UpdateExperimentInput extends MutationInput {
  @Field(() => String, { description: "The experiment's name or id." })
  experiment!: string;

  @Field(() => String, { nullable: true, description: "A new name; free among living experiments." })
  name?: string | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Tags to set." })
  setTags?: KeyValueInput[] | null;

  @Field(() => [String], { nullable: true, description: "Keys of tags to delete; absent ones are no error." })
  deleteTags?: string[] | null;
}

@InputType({
  description: "An experiment to delete; its name becomes free, its runs leave the lists with it.",
})
export class DeleteExperimentInput extends MutationInput {
  @Field(() => String, { description: "The experiment's name or id." })
  experiment!: string;
}

@InputType({ description: "A deleted experiment to restore." })
export class RestoreExperimentInput extends MutationInput {
  @Field(() => ID, { description: "Its id: names of deleted experiments are free for others." })
  experiment!: string;
}

@InputType({ description: "An experiment of imported history, known by its name." })
export class ImportedExperimentInput {
  @Field(() => String, { description: "1–500 characters without spaces at either end." })
  name!: string;

  @Field(() => String, { nullable: true, description: "Dotted prefix on which permissions are granted." })
  scope?: string | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Tags; those there already stay." })
  tags?: KeyValueInput[] | null;

  @Field(() => DateTime, { nullable: true, description: "When it was made." })
  createdAt?: number | null;

  @Field(() => DateTime, { nullable: true, description: "When it was deleted in its old home." })
  deletedAt?: number | null;
}

@ObjectType({ description: "What became of a mutation of an experiment." })
export class ExperimentPayload extends Payload {
  @Field(() => Experiment, { nullable: true, description: "The experiment as it is now.", simple: true })
  experiment!: Experiment | null;
}

@InputType({ description: "Conditions on experiments; all given ones must hold." })
export class ExperimentFilter {
  @Field(() => [ExperimentFilter], { nullable: true, description: "All of these." })
  and?: ExperimentFilter[] | null;

  @Field(() => [ExperimentFilter], { nullable: true, description: "Any of these." })
  or?: ExperimentFilter[] | null;

  @Field(() => ExperimentFilter, { nullable: true, description: "Not this." })
  not?: ExperimentFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the name." })
  name?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the number MLflow clients know it by." })
  experimentId?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the scope." })
  scope?: StringFilter | null;

  @Field(() => KeyValueFilter, { nullable: true, description: "On a tag." })
  tag?: KeyValueFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "On the time it was made." })
  createdAt?: DateTimeFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "On the time of the last change." })
  updatedAt?: DateTimeFilter | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether it is deleted. Deleted ones are listed with `includeDeleted` only.",
  })
  isDeleted?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Lists deleted ones, too. Counts on the outermost filter.",
  })
  includeDeleted?: boolean | null;
}

export enum ExperimentOrderField {
  NAME = "NAME",
  CREATED_AT = "CREATED_AT",
  UPDATED_AT = "UPDATED_AT",
  EXPERIMENT_ID = "EXPERIMENT_ID",
}

registerEnumType(ExperimentOrderField, {
  name: "ExperimentOrderField",
  description: "What experiments are sorted by.",
  valuesConfig: {
    NAME: { description: "By name, code point by code point." },
    CREATED_AT: { description: "By the time they were made." },
    UPDATED_AT: { description: "By the time of the last change." },
    EXPERIMENT_ID: { description: "By the number MLflow clients know it by." },
  },
});

@InputType({ description: "How experiments are sorted; last of all by id." })
export class ExperimentOrder {
  @Field(() => ExperimentOrderField, { description: "What by." })
  field!: ExperimentOrderField;

  @Field(() => OrderDirection, { description: "Which end first.", defaultValue: OrderDirection.ASC })
  direction!: OrderDirection;

  @Field(() => ExperimentOrder, {
    nullable: true,
    description: "How those are sorted that this leaves equal; up to ten in a row.",
  })
  thenBy?: ExperimentOrder | null;
}
