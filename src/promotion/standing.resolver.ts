import { Args, Ctx, Query, Resolver } from "type-graphql";
import type { Request } from "../kernel/request.ts";
import { StageChangeConnection } from "./stage-change.entity.ts";
import { RegistryArgs } from "./standing.inputs.ts";
import type { StandingQuery } from "./standing.query.ts";

@Resolver()
export class StandingResolver {
  constructor(private readonly standing: StandingQuery) {}

  @Query(() => StageChangeConnection, {
    description:
      "What stood in which stage at an instant, by whose decision and under which policy revision: of each version the change that had put it there, the last recorded one first. A version that had never moved stands where it was registered by no change, and is not listed; nor are those of models that were deleted then. All pages show the registry as the first one found it.",
  })
  registry(
    @Ctx() request: Request,
    @Args(() => RegistryArgs) args: RegistryArgs,
  ): Promise<StageChangeConnection> {
    return this.standing.ask(request, args);
  }
}
