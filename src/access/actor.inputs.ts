import { Field, InputType, ObjectType } from "type-graphql";
import { ActorKind } from "../kernel/actor.ts";
import { StringFilter } from "../kernel/filter.ts";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { ActorRow } from "./actor.entity.ts";

@InputType({ description: "A new person or service." })
export class CreateActorInput extends MutationInput {
  @Field(() => String, {
    description: "Unique: 1–255 characters without spaces at either end, not like an id.",
  })
  name!: string;

  @Field(() => ActorKind, { description: "Person or service." })
  kind!: ActorKind;

  @Field(() => String, {
    nullable: true,
    description: "With oidcSubject: the identity provider that vouches for it, as its tokens say in `iss`.",
  })
  oidcIssuer?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "With oidcIssuer: who it is there, as the provider's tokens say in `sub`.",
  })
  oidcSubject?: string | null;
}

@InputType({ description: "Who shall no longer act." })
export class DeactivateActorInput extends MutationInput {
  @Field(() => String, { description: "The actor's name or id." })
  actor!: string;
}

@InputType({ description: "Who may act again." })
export class ReactivateActorInput extends MutationInput {
  @Field(() => String, { description: "The actor's name or id." })
  actor!: string;
}

@ObjectType({ description: "What became of a mutation of an actor." })
export class ActorPayload extends Payload {
  @Field(() => ActorRow, { nullable: true, description: "The actor as it is now.", simple: true })
  actor!: ActorRow | null;
}

@InputType({ description: "Which actors; all given conditions must hold." })
export class ActorFilter {
  @Field(() => StringFilter, { nullable: true, description: "By name." })
  name?: StringFilter | null;

  @Field(() => ActorKind, { nullable: true, description: "Only persons, or only services." })
  kind?: ActorKind | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "True: only those that may act; false: only those deactivated.",
  })
  isActive?: boolean | null;
}
