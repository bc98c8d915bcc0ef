import { Field, InputType, Int, ObjectType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { Alias } from "./alias.entity.ts";
import { Model } from "./model.entity.ts";

@InputType({ description: "Where an alias shall point." })
export class SetAliasInput extends MutationInput {
  @Field(() => String, { description: "The model's name or id." })
  model!: string;

  @Field(() => String, { description: "1–255 characters without / and @; not latest." })
  alias!: string;

  @Field(() => Int, { description: "Number of the version it shall point to." })
  version!: number;

  @Field(() => Int, {
    nullable: true,
    description: "Number it must point to now; 0 where it must not exist; unchecked where not given.",
  })
  expectedVersion?: number | null;
}

@InputType({ description: "An alias to delete." })
export class DeleteAliasInput extends MutationInput {
  @Field(() => String, { description: "The model's name or id." })
  model!: string;

  @Field(() => String, { description: "The alias." })
  alias!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Number it must point to now; unchecked where not given.",
  })
  expectedVersion?: number | null;
}

@InputType({ description: "An alias with its share in a weighted set." })
export class WeightInput {
  @Field(() => String, { description: "1–255 characters without / and @; not latest." })
  alias!: string;

  @Field(() => Int, { description: "Number of the version it shall point to." })
  version!: number;

  @Field(() => Int, { description: "1–100: its share; all together are 100." })
  weight!: number;

  @Field(() => Int, {
    nullable: true,
    description: "Number it must point to now; 0 where it must not exist; unchecked where not given.",
  })
  expectedVersion?: number | null;
}

@InputType({ description: "The whole weighted set of a model." })
export class SetWeightedAliasesInput extends MutationInput {
  @Field(() => String, { description: "The model's name or id." })
  model!: string;

  @Field(() => [WeightInput], {
    description:
      "Each alias once, at most 100; none ends the set. Aliases that were in it stay where they point, without a share.",
  })
  weights!: WeightInput[];
}

@ObjectType({ description: "What became of the weighted set of a model." })
export class WeightedAliasesPayload extends Payload {
  @Field(() => [Alias], {
    description: "The set as it is now, by name; empty where refused or ended.",
    simple: true,
  })
  aliases!: Alias[];

  @Field(() => Model, { nullable: true, description: "Its model.", simple: true })
  model!: Model | null;
}

@ObjectType({ description: "What became of a mutation of an alias." })
export class AliasPayload extends Payload {
  @Field(() => Alias, {
    nullable: true,
    description: "The alias as it is now; null where it was deleted.",
    simple: true,
  })
  alias!: Alias | null;

  @Field(() => Model, { nullable: true, description: "Its model.", simple: true })
  model!: Model | null;
}
