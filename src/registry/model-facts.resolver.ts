import { Arg, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { TimeBasis } from "../journal/as-of.ts";
import type { Request } from "../kernel/request.ts";
import { DateTime } from "../kernel/scalars.ts";
import { Alias } from "./alias.entity.ts";
import type { AliasLoaders } from "./alias.loaders.ts";
import { Model } from "./model.entity.ts";
import type { StageLoaders } from "./stage.loaders.ts";
import { ModelVersion } from "./version.entity.ts";

/** Where a model's versions stand and what points to them. */
@Resolver(() => Model)
export class ModelFactsResolver {
  constructor(
    private readonly aliasLoaders: AliasLoaders,
    private readonly stageLoaders: StageLoaders,
  ) {}

  @FieldResolver(() => [Alias], { description: "Its aliases, by name; at most 1,000." })
  aliases(@Root() model: Model, @Ctx() request: Request): Promise<Alias[]> {
    return this.aliasLoaders.ofModel(request, model.nodeId);
  }

  @FieldResolver(() => [ModelVersion], {
    description: "Of each stage in which its versions stand, the one with the highest number; at most 30.",
  })
  latestInStages(@Root() model: Model, @Ctx() request: Request): Promise<ModelVersion[]> {
    return this.stageLoaders.latestOfEach(request, model.nodeId);
  }

  @FieldResolver(() => [ModelVersion], {
    description: "Its versions in a stage, highest number first, at most 100.",
  })
  inStage(
    @Root() model: Model,
    @Ctx() request: Request,
    @Arg("stage", () => String, { description: "In any case; of the past, former stages, too." })
    stage: string,
    @Arg("asOf", () => DateTime, { nullable: true, description: "As it was then; now where not given." })
    asOf?: number,
    @Arg("basis", () => TimeBasis, {
      description: "Which time asOf means.",
      nullable: true,
      defaultValue: TimeBasis.RECORDED,
    })
    basis?: TimeBasis | null,
  ): Promise<ModelVersion[]> {
    return this.stageLoaders.inStage(request, model.nodeId, stage, {
      asOf: asOf ?? null,
      basis: basis ?? TimeBasis.RECORDED,
    });
  }
}
