import { Ctx, Field, FieldResolver, ObjectType, Query, Resolver, Root } from "type-graphql";
import { RegistryEvent } from "../journal/event.entity.ts";
import type { Request } from "../kernel/request.ts";
import { ActorRow } from "./actor.entity.ts";
import type { ActorLoaders } from "./actor.loaders.ts";

@ObjectType({ description: "Who is asking.", simpleResolvers: true })
export class Viewer {
  @Field(() => ActorRow, { description: "The actor of this request's token." })
  actor!: ActorRow;
}

@Resolver(() => RegistryEvent)
export class ActorResolver {
  constructor(private readonly actors: ActorLoaders) {}

  @Query(() => Viewer, { description: "Who this request acts as." })
  async viewer(@Ctx() request: Request): Promise<Viewer> {
    return { actor: (await this.actors.byId(request, request.actor.node))! };
  }

  @FieldResolver(() => ActorRow, { description: "Who did it, as authenticated." })
  actor(@Root() event: RegistryEvent, @Ctx() request: Request): Promise<ActorRow | null> {
    return this.actors.byId(request, event.actorId);
  }
}
