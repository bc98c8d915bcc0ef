import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import type { Database } from "../db/database.ts";
import { readPage } from "../db/keyset.ts";
import { RegistryEvent } from "../journal/event.entity.ts";
import { PageArgs, sliceOf } from "../kernel/page.ts";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { ActorConnection, ActorRow } from "./actor.entity.ts";
import {
  ActorFilter,
  ActorPayload,
  CreateActorInput,
  DeactivateActorInput,
  ReactivateActorInput,
} from "./actor.inputs.ts";
import type { ActorLoaders } from "./actor.loaders.ts";
import { actorList, actorOfRow } from "./actor.query.ts";
import type { ActorOutcome, ActorService } from "./actor.service.ts";

const inputText = { description: "See the input type." };

@Resolver(() => ActorRow)
export class ActorResolver {
  constructor(
    private readonly db: Database,
    private readonly loaders: ActorLoaders,
    private readonly service: ActorService,
  ) {}

  @Query(() => ActorRow, {
    nullable: true,
    description: "The actor of this name or id; null where there is none.",
  })
  actor(
    @Ctx() request: Request,
    @Arg("actor", () => String, { description: "Its name or id." }) actor: string,
  ): Promise<ActorRow | null> {
    return this.loaders.byNameOrId(request, actor);
  }

  @Query(() => ActorConnection, { description: "Everybody who may act, or might once, by name." })
  actors(
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => ActorFilter, { nullable: true, description: "Which ones." }) filter?: ActorFilter,
  ): Promise<ActorConnection> {
    return readPage(this.db.read, actorList(filter), sliceOf(page), actorOfRow);
  }

  @Mutation(() => ActorPayload, {
    description: "Makes a person or a service known, which may do nothing yet; needs actor:write on `*`.",
  })
  createActor(
    @Ctx() request: Request,
    @Arg("input", () => CreateActorInput, inputText) input: CreateActorInput,
  ): Promise<ActorPayload> {
    return this.answer(request, () => this.service.create(request.actor, input));
  }

  @Mutation(() => ActorPayload, {
    description:
      "Lets an actor act no more: its tokens end at once and for good, its name stays in history; needs actor:write on `*`.",
  })
  deactivateActor(
    @Ctx() request: Request,
    @Arg("input", () => DeactivateActorInput, inputText) input: DeactivateActorInput,
  ): Promise<ActorPayload> {
    return this.answer(request, () => this.service.deactivate(request.actor, input));
  }

  @Mutation(() => ActorPayload, {
    description:
      "Lets a deactivated actor act again, by the grants it had and by new tokens; needs actor:write on `*`.",
  })
  reactivateActor(
    @Ctx() request: Request,
    @Arg("input", () => ReactivateActorInput, inputText) input: ReactivateActorInput,
  ): Promise<ActorPayload> {
    return this.answer(request, () => this.service.reactivate(request.actor, input));
  }

  private answer(request: Request, act: () => Promise<ActorOutcome>): Promise<ActorPayload> {
    return answer<ActorPayload>({ actor: null }, async () => {
      const { actor } = await act();
      return { actor: await this.loaders.byId(request, actor) };
    });
  }
}

@Resolver(() => RegistryEvent)
export class EventActorResolver {
  constructor(private readonly loaders: ActorLoaders) {}

  @FieldResolver(() => ActorRow, { description: "Who did it, as authenticated." })
  actor(@Root() event: RegistryEvent, @Ctx() request: Request): Promise<ActorRow | null> {
    return this.loaders.byId(request, event.actorId);
  }
}
