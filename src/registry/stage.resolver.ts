import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver } from "type-graphql";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { Stage, StageSet } from "./stage.entity.ts";
import { DefineStagesInput, StagesPayload } from "./stage.inputs.ts";
import type { StageLoaders } from "./stage.loaders.ts";
import type { StageService } from "./stage.service.ts";

@Resolver(() => StageSet)
export class StageResolver {
  constructor(
    private readonly loaders: StageLoaders,
    private readonly service: StageService,
  ) {}

  @Query(() => [Stage], { description: "All stages, along the way." })
  stages(@Ctx() request: Request): Promise<Stage[]> {
    return this.loaders.all(request);
  }

  @Query(() => StageSet, { description: "All stages, with their revision." })
  stageSet(@Ctx() request: Request): Promise<StageSet> {
    return this.loaders.set(request);
  }

  @FieldResolver(() => [Stage], { name: "stages", description: "The stages, along the way." })
  ofSet(@Ctx() request: Request): Promise<Stage[]> {
    return this.loaders.all(request);
  }

  @Mutation(() => StagesPayload, {
    description:
      "Defines all stages at once; needs stage:define on `*`. A stage in which versions stand cannot be removed, nor change whether it is live.",
  })
  defineStages(
    @Ctx() request: Request,
    @Arg("input", () => DefineStagesInput, { description: "See the input type." }) input: DefineStagesInput,
  ): Promise<StagesPayload> {
    return answer<StagesPayload>({ stages: [], stageSet: null }, async () => {
      await this.service.define(request.actor, input);
      return { stages: await this.loaders.all(request), stageSet: await this.loaders.set(request) };
    });
  }
}
