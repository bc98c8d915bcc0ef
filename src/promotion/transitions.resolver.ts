import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { ForwardArgs } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import type { StageLoaders } from "../registry/stage.loaders.ts";
import { stageNamed } from "../registry/stage.query.ts";
import { ModelVersion } from "../registry/version.entity.ts";
import type { VersionRights } from "../registry/version-rights.ts";
import { StageChangeConnection } from "./stage-change.entity.ts";
import type { StageChangeLoaders } from "./stage-change.loaders.ts";
import { rightsToMove } from "./transition.rules.ts";

@Resolver(() => ModelVersion)
export class TransitionsResolver {
  constructor(
    private readonly changes: StageChangeLoaders,
    private readonly stages: StageLoaders,
    private readonly rights: VersionRights,
  ) {}

  @FieldResolver(() => StageChangeConnection, { description: "Its moves from stage to stage, latest first." })
  transitions(
    @Root() version: ModelVersion,
    @Ctx() request: Request,
    @Args(() => ForwardArgs) page: ForwardArgs,
  ): Promise<StageChangeConnection> {
    return this.changes.ofVersion(request, version.nodeId, page);
  }

  @FieldResolver(() => Boolean, {
    description:
      "Whether the caller has the rights to move it there: to that stage and, where it serves now, to the one it leaves.",
  })
  async viewerCanTransition(
    @Root() version: ModelVersion,
    @Ctx() request: Request,
    @Arg("to", () => String, { description: "The stage, in any case." }) to: string,
  ): Promise<boolean> {
    const stages = await this.stages.all(request);
    const wanted = rightsToMove(stageNamed(stages, version.stage, "stage"), stageNamed(stages, to, "to"));
    const held = await Promise.all(wanted.map((right) => this.rights.may(request, right, version)));
    return held.every(Boolean);
  }
}
