import { Field, InputType, Int, ObjectType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { Role } from "./role.entity.ts";

@InputType({ description: "A role of the registry's own, new or changed." })
export class DefineRoleInput extends MutationInput {
  @Field(() => String, {
    description: "1–64 capital letters, digits and underscores, a letter first; not that of a built-in role.",
  })
  name!: string;

  @Field(() => [String], {
    description: "All that it allows: 1–200 permissions, stage:transition:<stage> for moves into one stage.",
  })
  permissions!: string[];

  @Field(() => Int, {
    nullable: true,
    description: "Revision it must be at; 0 where it must not exist; unchecked where not given.",
  })
  expectedRevision?: number | null;
}

@InputType({ description: "A role to delete." })
export class DeleteRoleInput extends MutationInput {
  @Field(() => String, { description: "The role's name." })
  name!: string;

  @Field(() => Int, { nullable: true, description: "Revision it must be at; unchecked where not given." })
  expectedRevision?: number | null;
}

@ObjectType({ description: "What became of a mutation of a role." })
export class RolePayload extends Payload {
  @Field(() => Role, { nullable: true, description: "The role as it is now.", simple: true })
  role!: Role | null;
}
