import { Args, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { ForwardArgs, sliceOf } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { LoggedModel } from "../tracking/logged-model.entity.ts";
import { Run } from "../tracking/run.entity.ts";
import { ModelVersion, ModelVersionConnection } from "./version.entity.ts";
import type { VersionLoaders } from "./version.loaders.ts";

/** What came out of a run. */
@Resolver(() => Run)
export class RunOutputsResolver {
  constructor(private readonly versions: VersionLoaders) {}

  @FieldResolver(() => ModelVersionConnection, { description: "Model versions registered from it, by id." })
  outputs(
    @Root() run: Run,
    @Ctx() request: Request,
    @Args(() => ForwardArgs) page: ForwardArgs,
  ): Promise<ModelVersionConnection> {
    return this.versions.ofRun(request, run.nodeId, sliceOf(page));
  }
}

/** What a logged model became. */
@Resolver(() => LoggedModel)
export class LoggedModelVersionsResolver {
  constructor(private readonly loaders: VersionLoaders) {}

  @FieldResolver(() => [ModelVersion], { description: "Versions registered from it, by id; at most 1,000." })
  versions(@Root() model: LoggedModel, @Ctx() request: Request): Promise<ModelVersion[]> {
    return this.loaders.ofLoggedModel(request, model.nodeId);
  }
}
