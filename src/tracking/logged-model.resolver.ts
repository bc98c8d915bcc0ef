import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { readId } from "../kernel/ids.ts";
import { PageArgs, sliceOf } from "../kernel/page.ts";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { Experiment } from "./experiment.entity.ts";
import type { ExperimentLoaders } from "./experiment.loaders.ts";
import { Metric, Param, Tag } from "./fact.entity.ts";
import type { FactLoaders } from "./fact.loaders.ts";
import { LoggedModel, LoggedModelConnection } from "./logged-model.entity.ts";
import {
  CreateLoggedModelInput,
  DeleteLoggedModelInput,
  LoggedModelPayload,
  UpdateLoggedModelInput,
} from "./logged-model.inputs.ts";
import type { LoggedModelLoaders } from "./logged-model.loaders.ts";
import { isModelId } from "./logged-model.rules.ts";
import type { LoggedModelOutcome, LoggedModelService } from "./logged-model.service.ts";
import { LoggedModelFilter, LoggedModelOrder } from "./logged-model-filter.inputs.ts";
import { Run } from "./run.entity.ts";
import type { RunLoaders } from "./run.loaders.ts";

@Resolver(() => LoggedModel)
export class LoggedModelResolver {
  constructor(
    private readonly loaders: LoggedModelLoaders,
    private readonly runs: RunLoaders,
    private readonly experiments: ExperimentLoaders,
    private readonly facts: FactLoaders,
    private readonly service: LoggedModelService,
  ) {}

  @Query(() => LoggedModel, {
    nullable: true,
    description: "The logged model with this model id or id; null where there is none.",
  })
  async loggedModel(
    @Ctx() request: Request,
    @Arg("modelId", () => String, { description: "m- and 32 hex digits, or an id." }) modelId: string,
  ): Promise<LoggedModel | null> {
    const id = readId(modelId);
    if (id?.kind === "LOGGED_MODEL") return this.loaders.byId(request, id.node);
    return isModelId(modelId) ? this.loaders.byModelId(request, modelId) : null;
  }

  @Query(() => LoggedModelConnection, {
    description: "Logged models, the latest made first where no order is given.",
  })
  loggedModels(
    @Ctx() request: Request,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => LoggedModelFilter, { nullable: true, description: "Which ones." })
    filter?: LoggedModelFilter,
    @Arg("orderBy", () => LoggedModelOrder, { nullable: true, description: "In which order." })
    orderBy?: LoggedModelOrder,
  ): Promise<LoggedModelConnection> {
    return this.loaders.page(request, filter, orderBy, sliceOf(page));
  }

  @FieldResolver(() => Run, { nullable: true, description: "The run that made it." })
  run(@Root() model: LoggedModel, @Ctx() request: Request): Promise<Run | null> | null {
    return model.runId === null ? null : this.runs.byId(request, model.runId);
  }

  @FieldResolver(() => Experiment, { description: "The experiment it belongs to." })
  experiment(@Root() model: LoggedModel, @Ctx() request: Request): Promise<Experiment | null> {
    return this.experiments.byId(request, model.experimentId);
  }

  @FieldResolver(() => [Param], { description: "Its parameters, by key; at most 1,000." })
  params(@Root() model: LoggedModel, @Ctx() request: Request): Promise<Param[]> {
    return this.facts.params(request, model.nodeId);
  }

  @FieldResolver(() => [Metric], { description: "The latest point of each of its metrics, by key." })
  metrics(@Root() model: LoggedModel, @Ctx() request: Request): Promise<Metric[]> {
    return this.facts.metrics(request, model.nodeId);
  }

  @FieldResolver(() => [Tag], { description: "Its tags, by key; at most 1,000." })
  tags(@Root() model: LoggedModel, @Ctx() request: Request): Promise<Tag[]> {
    return this.facts.tags(request, model.nodeId);
  }

  @Mutation(() => LoggedModelPayload, { description: "Makes a logged model known." })
  createLoggedModel(
    @Ctx() request: Request,
    @Arg("input", () => CreateLoggedModelInput, { description: "See the input type." })
    input: CreateLoggedModelInput,
  ): Promise<LoggedModelPayload> {
    return this.answer(request, () => this.service.create(request.actor, input));
  }

  @Mutation(() => LoggedModelPayload, { description: "Changes status, params, metrics or tags." })
  updateLoggedModel(
    @Ctx() request: Request,
    @Arg("input", () => UpdateLoggedModelInput, { description: "See the input type." })
    input: UpdateLoggedModelInput,
  ): Promise<LoggedModelPayload> {
    return this.answer(request, () => this.service.update(request.actor, input));
  }

  @Mutation(() => LoggedModelPayload, {
    description: "Deletes a logged model: it leaves the lists; versions that came of it still show it.",
  })
  deleteLoggedModel(
    @Ctx() request: Request,
    @Arg("input", () => DeleteLoggedModelInput, { description: "See the input type." })
    input: DeleteLoggedModelInput,
  ): Promise<LoggedModelPayload> {
    return this.answer(request, () => this.service.delete(request.actor, input));
  }

  private answer(request: Request, act: () => Promise<LoggedModelOutcome>): Promise<LoggedModelPayload> {
    return answer<LoggedModelPayload>({ loggedModel: null }, async () => {
      const { loggedModel } = await act();
      return { loggedModel: await this.loaders.byId(request, loggedModel) };
    });
  }
}
