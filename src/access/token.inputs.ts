import { Field, ID, InputType, ObjectType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { DateTime } from "../kernel/scalars.ts";
import { Token } from "./token.entity.ts";

const expiryText = "In the future, at most 365 days from now; in 90 days where not given.";

@InputType({ description: "A new token." })
export class CreateTokenInput extends MutationInput {
  @Field(() => String, {
    nullable: true,
    description: "Name or id of the actor it shall act as; oneself where not given.",
  })
  actor?: string | null;

  @Field(() => String, { description: "What it is for: 1–255 characters." })
  name!: string;

  @Field(() => [String], {
    nullable: true,
    description:
      "What it is narrowed to: permissions and built-in roles, each everywhere or on a scope, such as registry:read or CONTRIBUTOR@risk.*; all that its actor may do where not given.",
  })
  scopes?: string[] | null;

  @Field(() => DateTime, { nullable: true, description: expiryText })
  expiresAt?: number | null;
}

@InputType({ description: "A token whose secret shall be replaced." })
export class RotateTokenInput extends MutationInput {
  @Field(() => ID, { description: "Id of the token." })
  token!: string;

  @Field(() => DateTime, { nullable: true, description: expiryText })
  expiresAt?: number | null;
}

@InputType({ description: "A token that shall end now." })
export class RevokeTokenInput extends MutationInput {
  @Field(() => ID, { description: "Id of the token." })
  token!: string;
}

@ObjectType({ description: "What became of a mutation of a token." })
export class TokenPayload extends Payload {
  @Field(() => Token, { nullable: true, description: "The token as it is now.", simple: true })
  token!: Token | null;
}

@ObjectType({ description: "A token and, this once, its secret." })
export class TokenSecretPayload extends Payload {
  @Field(() => Token, { nullable: true, description: "The token as it is now.", simple: true })
  token!: Token | null;

  @Field(() => String, {
    nullable: true,
    description:
      "What to show as Bearer, or as the password of Basic. The registry keeps a digest only, so it is told this once: null where an idempotency key is used again.",
    simple: true,
  })
  secret!: string | null;
}
