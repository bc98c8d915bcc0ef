import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { PageArgs, sliceOf } from "../kernel/page.ts";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { Tag } from "../tracking/fact.entity.ts";
import type { FactLoaders } from "../tracking/fact.loaders.ts";
import { Model, ModelConnection } from "./model.entity.ts";
import {
  CreateModelInput,
  DeleteModelInput,
  ModelFilter,
  ModelOrder,
  ModelPayload,
  RenameModelInput,
  RestoreModelInput,
  SetModelTagsInput,
  UpdateModelInput,
} from "./model.inputs.ts";
import type { ModelLoaders } from "./model.loaders.ts";
import type { ModelOutcome, ModelService } from "./model.service.ts";

const inputText = { description: "See the input type." };

@Resolver(() => Model)
export class ModelResolver {
  constructor(
    private readonly loaders: ModelLoaders,
    private readonly facts: FactLoaders,
    private readonly service: ModelService,
  ) {}

  @Query(() => Model, {
    nullable: true,
    description: "The living model of this name; null where there is none.",
  })
  model(
    @Ctx() request: Request,
    @Arg("name", () => String, { description: "Exact name." }) name: string,
  ): Promise<Model | null> {
    return this.loaders.byName(request, name);
  }

  @Query(() => ModelConnection, { description: "Models, by name where no order is given." })
  models(
    @Ctx() request: Request,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => ModelFilter, { nullable: true, description: "Which ones." }) filter?: ModelFilter,
    @Arg("orderBy", () => ModelOrder, { nullable: true, description: "In which order." })
    orderBy?: ModelOrder,
  ): Promise<ModelConnection> {
    return this.loaders.page(request, { filter, order: orderBy }, sliceOf(page));
  }

  @FieldResolver(() => [Tag], { description: "Its tags, by key; at most 1,000." })
  tags(@Root() model: Model, @Ctx() request: Request): Promise<Tag[]> {
    return this.facts.tags(request, model.nodeId);
  }

  @Mutation(() => ModelPayload, { description: "Makes a model." })
  createModel(
    @Ctx() request: Request,
    @Arg("input", () => CreateModelInput, inputText) input: CreateModelInput,
  ): Promise<ModelPayload> {
    return this.answer(request, () => this.service.create(request.actor, input));
  }

  @Mutation(() => ModelPayload, { description: "Changes description or owner." })
  updateModel(
    @Ctx() request: Request,
    @Arg("input", () => UpdateModelInput, inputText) input: UpdateModelInput,
  ): Promise<ModelPayload> {
    return this.answer(request, () => this.service.update(request.actor, input));
  }

  @Mutation(() => ModelPayload, {
    description:
      "Gives a model another name; ids and history stay. It takes, on both names, model:write, alias:write where it has aliases, and the right to each stage but the first that its versions stand in; where it has aliases or live versions, model:delete on the old name, too.",
  })
  renameModel(
    @Ctx() request: Request,
    @Arg("input", () => RenameModelInput, inputText) input: RenameModelInput,
  ): Promise<ModelPayload> {
    return this.answer(request, () => this.service.rename(request.actor, input));
  }

  @Mutation(() => ModelPayload, { description: "Deletes a model: it leaves the lists, its history stays." })
  deleteModel(
    @Ctx() request: Request,
    @Arg("input", () => DeleteModelInput, inputText) input: DeleteModelInput,
  ): Promise<ModelPayload> {
    return this.answer(request, () => this.service.delete(request.actor, input));
  }

  @Mutation(() => ModelPayload, { description: "Brings a deleted model back while its name is free." })
  restoreModel(
    @Ctx() request: Request,
    @Arg("input", () => RestoreModelInput, inputText) input: RestoreModelInput,
  ): Promise<ModelPayload> {
    return this.answer(request, () => this.service.restore(request.actor, input));
  }

  @Mutation(() => ModelPayload, { description: "Sets and deletes tags of a model." })
  setModelTags(
    @Ctx() request: Request,
    @Arg("input", () => SetModelTagsInput, inputText) input: SetModelTagsInput,
  ): Promise<ModelPayload> {
    return this.answer(request, () => this.service.setTags(request.actor, input));
  }

  private answer(request: Request, act: () => Promise<ModelOutcome>): Promise<ModelPayload> {
    return answer<ModelPayload>({ model: null }, async () => {
      const { model } = await act();
      return { model: await this.loaders.byId(request, model) };
    });
  }
}
