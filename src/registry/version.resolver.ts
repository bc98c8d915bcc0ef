import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, FieldResolver, Info, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import type { Database } from "../db/database.ts";
import { PageArgs, sliceOf } from "../kernel/page.ts";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { VersionRef } from "../kernel/scalars.ts";
import { fieldsOfNodes } from "../kernel/selection.ts";
import { Model } from "./model.entity.ts";
import type { RegistrationService } from "./registration.service.ts";
import { ModelVersion, ModelVersionConnection } from "./version.entity.ts";
import {
  DeleteModelVersionInput,
  LogModelVersionMetricsInput,
  ModelVersionFilter,
  ModelVersionOrder,
  ModelVersionPayload,
  RegisterModelVersionInput,
  SetModelVersionTagsInput,
  UpdateModelVersionInput,
} from "./version.inputs.ts";
import type { VersionLoaders } from "./version.loaders.ts";
import { pagesOfModel, type VersionConditions } from "./version.query.ts";
import type { VersionOutcome, VersionService } from "./version.service.ts";

const inputText = { description: "See the input type." };
const filterText = { nullable: true, description: "Which ones." };

/** Versions, found and changed. What belongs to one is in version-facts.resolver.ts. */
@Resolver(() => Model)
export class VersionResolver {
  constructor(
    private readonly db: Database,
    private readonly loaders: VersionLoaders,
    private readonly service: VersionService,
    private readonly registration: RegistrationService,
    private readonly conditions: VersionConditions,
  ) {}

  @Query(() => ModelVersion, {
    nullable: true,
    description: "The version a reference names; null where there is none.",
  })
  modelVersion(
    @Ctx() request: Request,
    @Arg("ref", () => VersionRef, { description: "Such as fraud-detector@champion or fraud-detector/7." })
    ref: string,
  ): Promise<ModelVersion | null> {
    return this.loaders.byRef(request, ref);
  }

  @Query(() => ModelVersionConnection, {
    description: "Versions of all models, newest first where no order is given.",
  })
  modelVersions(
    @Ctx() request: Request,
    @Info() info: GraphQLResolveInfo,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => ModelVersionFilter, filterText) filter?: ModelVersionFilter,
    @Arg("orderBy", () => ModelVersionOrder, { nullable: true, description: "In which order." })
    order?: ModelVersionOrder,
  ): Promise<ModelVersionConnection> {
    return this.loaders.page(request, { filter, order, fields: fieldsOfNodes(info) }, sliceOf(page));
  }

  @FieldResolver(() => ModelVersionConnection, {
    description: "Its versions, highest number first where no order is given.",
  })
  versions(
    @Root() model: Model,
    @Ctx() request: Request,
    @Info() info: GraphQLResolveInfo,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => ModelVersionFilter, filterText) filter?: ModelVersionFilter,
    @Arg("orderBy", () => ModelVersionOrder, { nullable: true, description: "In which order." })
    order?: ModelVersionOrder,
  ): Promise<ModelVersionConnection> {
    const wish = { filter, order, fields: fieldsOfNodes(info), conditions: this.conditions };
    return pagesOfModel(request, this.db.read, sliceOf(page), wish).load(model.nodeId);
  }

  @FieldResolver(() => ModelVersion, { nullable: true, description: "The version of this number." })
  version(
    @Root() model: Model,
    @Ctx() request: Request,
    @Arg("number", () => Int, { description: "1, 2, 3…" }) number: number,
  ): Promise<ModelVersion | null> {
    return this.loaders.byNumber(request, model.nodeId, number);
  }

  @FieldResolver(() => ModelVersion, {
    nullable: true,
    description: "The highest number, whatever its stage.",
  })
  latestVersion(@Root() model: Model, @Ctx() request: Request): Promise<ModelVersion | null> {
    return this.loaders.latest(request, model.nodeId);
  }

  @FieldResolver(() => ModelVersion, { nullable: true, description: "The highest semantic version." })
  greatestVersion(@Root() model: Model, @Ctx() request: Request): Promise<ModelVersion | null> {
    return this.loaders.greatest(request, model.nodeId);
  }

  @Mutation(() => ModelVersionPayload, { description: "Registers the next version of a model." })
  registerModelVersion(
    @Ctx() request: Request,
    @Arg("input", () => RegisterModelVersionInput, inputText) input: RegisterModelVersionInput,
  ): Promise<ModelVersionPayload> {
    return this.answer(request, () => this.registration.register(request.actor, input));
  }

  @Mutation(() => ModelVersionPayload, {
    description: "Changes description or image, or gives a semantic version.",
  })
  updateModelVersion(
    @Ctx() request: Request,
    @Arg("input", () => UpdateModelVersionInput, inputText) input: UpdateModelVersionInput,
  ): Promise<ModelVersionPayload> {
    return this.answer(request, () => this.service.update(request.actor, input));
  }

  @Mutation(() => ModelVersionPayload, {
    description: "Deletes a version that is not live, and its aliases.",
  })
  deleteModelVersion(
    @Ctx() request: Request,
    @Arg("input", () => DeleteModelVersionInput, inputText) input: DeleteModelVersionInput,
  ): Promise<ModelVersionPayload> {
    return this.answer(request, () => this.service.delete(request.actor, input));
  }

  @Mutation(() => ModelVersionPayload, { description: "Sets and deletes tags of a version." })
  setModelVersionTags(
    @Ctx() request: Request,
    @Arg("input", () => SetModelVersionTagsInput, inputText) input: SetModelVersionTagsInput,
  ): Promise<ModelVersionPayload> {
    return this.answer(request, () => this.service.setTags(request.actor, input));
  }

  @Mutation(() => ModelVersionPayload, { description: "Adds measurements to a version." })
  logModelVersionMetrics(
    @Ctx() request: Request,
    @Arg("input", () => LogModelVersionMetricsInput, inputText) input: LogModelVersionMetricsInput,
  ): Promise<ModelVersionPayload> {
    return this.answer(request, () => this.service.logMetrics(request.actor, input));
  }

  private answer(request: Request, act: () => Promise<VersionOutcome>): Promise<ModelVersionPayload> {
    return answer<ModelVersionPayload>({ modelVersion: null }, async () => {
      const { version } = await act();
      return { modelVersion: await this.loaders.byId(request, version) };
    });
  }
}
