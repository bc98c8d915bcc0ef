import { Field, ID, InputType, ObjectType } from "type-graphql";
import { StringFilter } from "../kernel/filter.ts";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { Grant } from "./grant.entity.ts";

const scopeText = "Where: `*`, a dotted prefix such as risk.*, or one scope such as risk.fraud-detector.";

@InputType({ description: "A role for an actor or a group." })
export class GrantRoleInput extends MutationInput {
  @Field(() => String, { nullable: true, description: "Name or id of an actor; this or group." })
  actor?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "A group as the identity provider names it; this or actor.",
  })
  group?: string | null;

  @Field(() => String, { description: "Name of a role." })
  role!: string;

  @Field(() => String, { description: scopeText })
  scope!: string;
}

@InputType({ description: "A grant to end: by its id, or by who holds which role where." })
export class RevokeRoleInput extends MutationInput {
  @Field(() => ID, { nullable: true, description: "Id of the grant; then nothing else." })
  grant?: string | null;

  @Field(() => String, { nullable: true, description: "Name or id of an actor; this or group." })
  actor?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "A group as the identity provider names it; this or actor.",
  })
  group?: string | null;

  @Field(() => String, { nullable: true, description: "Name of the role." })
  role?: string | null;

  @Field(() => String, { nullable: true, description: scopeText })
  scope?: string | null;
}

@ObjectType({ description: "What became of a mutation of a grant." })
export class GrantPayload extends Payload {
  @Field(() => Grant, { nullable: true, description: "The grant as it is now.", simple: true })
  grant!: Grant | null;
}

@InputType({ description: "Which grants; all given conditions must hold." })
export class GrantFilter {
  @Field(() => String, { nullable: true, description: "Those to this actor itself, by name or id." })
  actor?: string | null;

  @Field(() => StringFilter, { nullable: true, description: "Those to groups of such a name." })
  group?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "By the role's name." })
  role?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "By the scope as it was granted." })
  scope?: StringFilter | null;

  @Field(() => Boolean, { nullable: true, description: "Whether those that were revoked are listed, too." })
  includeRevoked?: boolean | null;
}
