import { Field, InputType, Int, ObjectType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { AliasProtection } from "./alias-protection.entity.ts";

@InputType({ description: "An alias to protect, or a protection to change." })
export class ProtectAliasInput extends MutationInput {
  @Field(() => String, {
    description: "Of which models: `*`, a dotted prefix such as `risk.*`, or one model's name.",
  })
  model!: string;

  @Field(() => String, { description: "The alias, such as champion." })
  alias!: string;

  @Field(() => [String], {
    nullable: true,
    description: "Stages it may point into, in any case; at most 30; any stage where not given or empty.",
  })
  stages?: string[] | null;

  @Field(() => Int, {
    nullable: true,
    description: "Revision it must be at; 0 where it must not exist; unchecked where not given.",
  })
  expectedRevision?: number | null;
}

@InputType({ description: "A protection to end." })
export class UnprotectAliasInput extends MutationInput {
  @Field(() => String, { description: "As it was told to protectAlias." })
  model!: string;

  @Field(() => String, { description: "The alias." })
  alias!: string;

  @Field(() => Int, { nullable: true, description: "Revision it must be at; unchecked where not given." })
  expectedRevision?: number | null;
}

@ObjectType({ description: "What became of a mutation of a protection." })
export class AliasProtectionPayload extends Payload {
  @Field(() => AliasProtection, { nullable: true, description: "The protection as it is now.", simple: true })
  aliasProtection!: AliasProtection | null;
}
