import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { ForwardArgs, sliceOf } from "../kernel/page.ts";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { DateTime } from "../kernel/scalars.ts";
import { ModelVersion } from "../registry/version.entity.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import { RetentionPolicy } from "./retention.entity.ts";
import { RetentionPayload, SetRetentionInput } from "./retention.inputs.ts";
import type { RetentionLoaders } from "./retention.loaders.ts";
import type { RetentionService } from "./retention.service.ts";
import { RetentionStep, RetentionStepConnection } from "./retention-plan.entity.ts";

@Resolver(() => RetentionPolicy)
export class RetentionResolver {
  constructor(
    private readonly loaders: RetentionLoaders,
    private readonly service: RetentionService,
  ) {}

  @Query(() => [RetentionPolicy], {
    description:
      "Retention policies that are set, by pattern: those on patterns that cover what the caller may read; at most 1,000.",
  })
  retentionPolicies(@Ctx() request: Request): Promise<RetentionPolicy[]> {
    return this.loaders.all(request);
  }

  @Query(() => RetentionStepConnection, {
    description:
      "What is due about the files of versions at an instant, past or to come, by the policies of today and the stays in stages as they were then; the oldest version first. Only sealed bundles whose bytes are stored here and whose model a policy covers. Holds, aliases and open requests, which spare a version, count as they are now.",
  })
  retentionPlan(
    @Ctx() request: Request,
    @Arg("at", () => DateTime, { description: "The instant." }) at: number,
    @Args(() => ForwardArgs) page: ForwardArgs,
  ): Promise<RetentionStepConnection> {
    return this.loaders.plan(request, at, sliceOf(page));
  }

  @Mutation(() => RetentionPayload, {
    description:
      "Sets how long the files of models' versions are kept, or takes that back. It needs retention:write all over the pattern, and over each wider one that is set: a narrower policy switches it off. What is due is let go by the registry now and then; a version that is live, asked for, pointed to by an alias or held never is.",
  })
  setRetention(
    @Ctx() request: Request,
    @Arg("input", () => SetRetentionInput, { description: "See the input type." }) input: SetRetentionInput,
  ): Promise<RetentionPayload> {
    return answer<RetentionPayload>({ retention: null }, async () => {
      const { retention } = await this.service.set(request.actor, input);
      return { retention: await this.loaders.byId(request, retention) };
    });
  }
}

@Resolver(() => RetentionStep)
export class RetentionStepResolver {
  constructor(private readonly versions: VersionLoaders) {}

  @FieldResolver(() => ModelVersion, { nullable: true, description: "The version whose files they are." })
  modelVersion(@Root() step: RetentionStep, @Ctx() request: Request): Promise<ModelVersion | null> {
    return this.versions.byId(request, step.versionId);
  }
}
