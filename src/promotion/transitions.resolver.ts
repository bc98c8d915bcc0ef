import { Args, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { ForwardArgs } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { ModelVersion } from "../registry/version.entity.ts";
import { StageChangeConnection } from "./stage-change.entity.ts";
import type { StageChangeLoaders } from "./stage-change.loaders.ts";

@Resolver(() => ModelVersion)
export class TransitionsResolver {
  constructor(private readonly changes: StageChangeLoaders) {}

  @FieldResolver(() => StageChangeConnection, { description: "Its moves from stage to stage, latest first." })
  transitions(
    @Root() version: ModelVersion,
    @Ctx() request: Request,
    @Args(() => ForwardArgs) page: ForwardArgs,
  ): Promise<StageChangeConnection> {
    return this.changes.ofVersion(request, version.nodeId, page);
  }
}
