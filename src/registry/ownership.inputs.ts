import { Field, InputType, Int, ObjectType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { Model } from "./model.entity.ts";

@InputType({ description: "Models to hand over: one, or those of one owner; give either `model` or `from`." })
export class TransferOwnershipInput extends MutationInput {
  @Field(() => String, { nullable: true, description: "The model's name or id." })
  model?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The owner of the living models to hand over: of those that the caller may transfer, at most 1,000.",
  })
  from?: string | null;

  @Field(() => String, {
    description: "Who answers for them from here on; not the name of an actor that is deactivated.",
  })
  to!: string;
}

@ObjectType({ description: "What became of a hand-over." })
export class TransferOwnershipPayload extends Payload {
  @Field(() => [Model], { description: "The models that changed hands, by name.", simple: true })
  models!: Model[];

  @Field(() => Int, {
    description: "How many more of `from` the caller may transfer; call again for them.",
    simple: true,
  })
  remaining!: number;
}
