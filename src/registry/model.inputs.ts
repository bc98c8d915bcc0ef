import { Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { OrderDirection } from "../kernel/connection.ts";
import { DateTimeFilter, KeyValueFilter, StringFilter } from "../kernel/filter.ts";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { KeyValueInput } from "../tracking/fact.inputs.ts";
import { Model } from "./model.entity.ts";

@InputType({ description: "A new model." })
export class CreateModelInput extends MutationInput {
  @Field(() => String, { description: "1–255 characters without / : @ % and without spaces at either end." })
  name!: string;

  @Field(() => String, { nullable: true, description: "What it is for; at most 5,000 characters." })
  description?: string | null;

  @Field(() => String, { nullable: true, description: "Who answers for it." })
  owner?: string | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Its first tags." })
  tags?: KeyValueInput[] | null;
}

@InputType()
abstract class OfModel extends MutationInput {
  @Field(() => String, { description: "The model's name or id." })
  model!: string;

  @Field(() => Int, {
    nullable: true,
    description: "The revision the caller has seen; unchecked where not given.",
  })
  expectedRevision?: number | null;
}

@InputType({ description: "Changes of a model; what is not given stays." })
export class UpdateModelInput extends OfModel {
  @Field(() => String, { nullable: true, description: "New description; the empty text removes it." })
  description?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "New owner; the empty text removes it. In place of another it takes the right to transfer.",
  })
  owner?: string | null;
}

@InputType({ description: "A new name for a model." })
export class RenameModelInput extends OfModel {
  @Field(() => String, { description: "The new name; free among living models." })
  name!: string;
}

@InputType({ description: "A model to delete; its name becomes free, its history stays." })
export class DeleteModelInput extends OfModel {}

@InputType({ description: "A deleted model to restore." })
export class RestoreModelInput extends MutationInput {
  @Field(() => ID, { description: "Its id: names of deleted models are free for others." })
  model!: string;
}

@InputType({ description: "Tags to set and to delete." })
export class SetModelTagsInput extends OfModel {
  @Field(() => [KeyValueInput], { nullable: true, description: "Tags to set." })
  set?: KeyValueInput[] | null;

  @Field(() => [String], { nullable: true, description: "Keys of tags to delete; absent ones are no error." })
  delete?: string[] | null;
}

@ObjectType({ description: "What became of a mutation of a model." })
export class ModelPayload extends Payload {
  @Field(() => Model, { nullable: true, description: "The model as it is now.", simple: true })
  model!: Model | null;
}

@InputType({ description: "Conditions on models; all given ones must hold." })
export class ModelFilter {
  @Field(() => [ModelFilter], { nullable: true, description: "All of these." })
  and?: ModelFilter[] | null;

  @Field(() => [ModelFilter], { nullable: true, description: "Any of these." })
  or?: ModelFilter[] | null;

  @Field(() => ModelFilter, { nullable: true, description: "Not this." })
  not?: ModelFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the name." })
  name?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the owner." })
  owner?: StringFilter | null;

  @Field(() => KeyValueFilter, { nullable: true, description: "On a tag." })
  tag?: KeyValueFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "Has an alias of such a name." })
  alias?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "Has a living version in such a stage." })
  stage?: StringFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "On the time it was made." })
  createdAt?: DateTimeFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "On the time of the last change." })
  updatedAt?: DateTimeFilter | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Lists deleted ones, too. Counts on the outermost filter.",
  })
  includeDeleted?: boolean | null;
}

export enum ModelOrderField {
  NAME = "NAME",
  CREATED_AT = "CREATED_AT",
  UPDATED_AT = "UPDATED_AT",
}

registerEnumType(ModelOrderField, {
  name: "ModelOrderField",
  description: "What models are sorted by.",
  valuesConfig: {
    NAME: { description: "By name, code point by code point." },
    CREATED_AT: { description: "By the time they were made." },
    UPDATED_AT: { description: "By the time of the last change." },
  },
});

@InputType({ description: "How models are sorted; ties by id." })
export class ModelOrder {
  @Field(() => ModelOrderField, { description: "What by." })
  field!: ModelOrderField;

  @Field(() => OrderDirection, { description: "Which end first.", defaultValue: OrderDirection.ASC })
  direction!: OrderDirection;
}
