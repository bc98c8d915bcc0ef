import { Args, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { RegistryEventConnection } from "../journal/event.entity.ts";
import { EventPageArgs } from "../journal/event.inputs.ts";
import type { EventLoaders } from "../journal/event.loaders.ts";
import type { Request } from "../kernel/request.ts";
import { Model } from "./model.entity.ts";
import { ModelVersion } from "./version.entity.ts";

const longHistory = "oldest first; go on with the last cursor.";

@Resolver(() => Model)
export class ModelHistoryResolver {
  constructor(private readonly events: EventLoaders) {}

  @FieldResolver(() => RegistryEventConnection, {
    description: `Its events and its versions', ${longHistory}`,
  })
  history(@Root() model: Model, @Ctx() request: Request, @Args(() => EventPageArgs) page: EventPageArgs) {
    return this.events.history(request, model.nodeId, page, true);
  }
}

@Resolver(() => ModelVersion)
export class VersionHistoryResolver {
  constructor(private readonly events: EventLoaders) {}

  @FieldResolver(() => RegistryEventConnection, { description: `Its events, ${longHistory}` })
  history(
    @Root() version: ModelVersion,
    @Ctx() request: Request,
    @Args(() => EventPageArgs) page: EventPageArgs,
  ) {
    return this.events.history(request, version.nodeId, page);
  }
}
