import { Arg, Ctx, Field, ObjectType, Query, Resolver } from "type-graphql";
import { invalid, StemmaError } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";
import { VersionRef } from "../kernel/scalars.ts";
import type { Model } from "./model.entity.ts";
import type { ModelLoaders } from "./model.loaders.ts";
import type { StageLoaders } from "./stage.loaders.ts";
import { Image, ModelVersion } from "./version.entity.ts";
import type { VersionLoaders } from "./version.loaders.ts";
import { readRef } from "./version.rules.ts";

@ObjectType({ description: "What serving needs of a version.", simpleResolvers: true })
export class Resolution {
  @Field(() => ModelVersion, { description: "The version." })
  modelVersion!: ModelVersion;

  @Field(() => String, { description: "Where its bytes are: the source as told, else models:/name/7." })
  uri!: string;

  @Field(() => Image, { nullable: true, description: "The container image that serves it." })
  image!: Image | null;
}

@Resolver()
export class ResolveResolver {
  constructor(
    private readonly versions: VersionLoaders,
    private readonly models: ModelLoaders,
    private readonly stages: StageLoaders,
  ) {}

  @Query(() => Resolution, {
    nullable: true,
    description: "What a reference stands for now; null where it names nothing.",
  })
  async resolve(
    @Ctx() request: Request,
    @Arg("ref", () => VersionRef, { description: "Such as fraud-detector@champion." }) ref: string,
    @Arg("requireLive", () => Boolean, {
      description: "Refuses a version that is not in a live stage, and latest in both spellings.",
      nullable: true,
      defaultValue: false,
    })
    requireLive?: boolean | null,
  ): Promise<Resolution | null> {
    if (requireLive && readRef(ref).by === "latest") {
      throw invalid("ref", "a version, alias or stage: latest is never a way into production", ref);
    }
    const version = await this.versions.byRef(request, ref);
    if (!version) return null;
    const model = await this.models.byId(request, version.modelId);
    if (requireLive) await this.mustBeLive(request, model!, version);
    const uri = version.source ?? `models:/${model?.name}/${version.number}`;
    return { modelVersion: version, uri, image: version.image };
  }

  private async mustBeLive(request: Request, model: Model, version: ModelVersion): Promise<void> {
    const stage = (await this.stages.all(request)).find(({ name }) => name === version.stage);
    const isDeleted = model.deletedAt !== null || version.deletedAt !== null;
    if (stage?.isLive && !isDeleted) return;
    const why = isDeleted ? "deleted" : `in ${version.stage}, which is not live`;
    const message = `ref: ${model.name}/${version.number} is ${why}`;
    throw new StemmaError("REFUSED_BY_POLICY", message, ["ref"]);
  }
}
