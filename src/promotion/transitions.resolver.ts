import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { ForwardArgs } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import type { StageLoaders } from "../registry/stage.loaders.ts";
import { stageNamed } from "../registry/stage.query.ts";
import { ModelVersion } from "../registry/version.entity.ts";
import type { VersionRights } from "../registry/version-rights.ts";
import { StageChangeConnection } from "./stage-change.entity.ts";
import type { StageChangeLoaders } from "./stage-change.loaders.ts";
import type { StayLoaders } from "./stay.loaders.ts";
import { rightsToMove } from "./transition.rules.ts";

@Resolver(() => ModelVersion)
export class TransitionsResolver {
  constructor(
    private readonly changes: StageChangeLoaders,
    private readonly stays: StayLoaders,
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
      "Whether it stands where it stands by an emergency, past gates and approvals; until it moves again, reviewed or not.",
  })
  async isBreakGlass(@Root() { nodeId }: ModelVersion, @Ctx() request: Request): Promise<boolean> {
    return (await this.stays.ofVersion(request, nodeId)).isBreakGlass;
  }

  @FieldResolver(() => Boolean, {
    description:
      "Whether it stands in a live stage without having passed the policy that holds there today, in its present revision: it came in under an earlier revision or another policy, in an emergency, or as imported history. What it passed is kept, not judged again: evidence that has changed since makes no difference. What a rollback brings back has passed what it passed there before, or a policy without gates that asked for its approvals. A policy that asks for nothing is violated by none. It ends when the version comes in anew, or is judged where it stands: see RequestTransitionInput.",
  })
  async violatesPolicy(@Root() { nodeId }: ModelVersion, @Ctx() request: Request): Promise<boolean> {
    return (await this.stays.ofVersion(request, nodeId)).violatesPolicy;
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
