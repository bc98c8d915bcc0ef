import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { sql } from "../db/sql.ts";
import { PageArgs, sliceOf } from "../kernel/page.ts";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { DatasetUse } from "./dataset.entity.ts";
import type { DatasetLoaders } from "./dataset.loaders.ts";
import { Experiment, ExperimentConnection } from "./experiment.entity.ts";
import {
  CreateExperimentInput,
  DeleteExperimentInput,
  ExperimentFilter,
  ExperimentOrder,
  ExperimentPayload,
  RestoreExperimentInput,
  UpdateExperimentInput,
} from "./experiment.inputs.ts";
import type { ExperimentLoaders } from "./experiment.loaders.ts";
import type { ExperimentOutcome, ExperimentService } from "./experiment.service.ts";
import { Tag } from "./fact.entity.ts";
import type { FactLoaders } from "./fact.loaders.ts";
import { RunConnection } from "./run.entity.ts";
import type { RunLoaders } from "./run.loaders.ts";
import { runsOfExperiment } from "./run.query.ts";
import { RunFilter, RunOrder } from "./run-filter.inputs.ts";

const inputText = { description: "See the input type." };

@Resolver(() => Experiment)
export class ExperimentResolver {
  constructor(
    private readonly loaders: ExperimentLoaders,
    private readonly runLoaders: RunLoaders,
    private readonly facts: FactLoaders,
    private readonly datasets: DatasetLoaders,
    private readonly service: ExperimentService,
  ) {}

  @Query(() => Experiment, {
    nullable: true,
    description: "The living experiment of this name; null where there is none.",
  })
  experiment(
    @Ctx() request: Request,
    @Arg("name", () => String, { description: "Exact name." }) name: string,
  ): Promise<Experiment | null> {
    return this.loaders.byName(request, name);
  }

  @Query(() => ExperimentConnection, { description: "Experiments, by name where no order is given." })
  experiments(
    @Ctx() request: Request,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => ExperimentFilter, { nullable: true, description: "Which ones." })
    filter?: ExperimentFilter,
    @Arg("orderBy", () => ExperimentOrder, { nullable: true, description: "In which order." })
    orderBy?: ExperimentOrder,
  ): Promise<ExperimentConnection> {
    return this.loaders.page(request, filter, orderBy, sliceOf(page));
  }

  @FieldResolver(() => [Tag], { description: "Its tags, by key; at most 1,000." })
  tags(@Root() experiment: Experiment, @Ctx() request: Request): Promise<Tag[]> {
    return this.facts.tags(request, experiment.nodeId);
  }

  @FieldResolver(() => [DatasetUse], {
    description: "The data its runs used, each in each role once; at most 1,000.",
  })
  inputs(@Root() experiment: Experiment, @Ctx() request: Request): Promise<DatasetUse[]> {
    return this.datasets.usedWithin(request, experiment.nodeId);
  }

  @FieldResolver(() => RunConnection, { description: "Its runs, the latest started first." })
  runs(
    @Root() experiment: Experiment,
    @Ctx() request: Request,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => RunFilter, { nullable: true, description: "Which ones." }) filter?: RunFilter,
    @Arg("orderBy", () => RunOrder, { nullable: true, description: "In which order." }) orderBy?: RunOrder,
  ): Promise<RunConnection> {
    return this.runLoaders.pageOf(request, experiment.nodeId, {
      list: runsOfExperiment(request.actor, filter, orderBy),
      column: sql`r.experimentId`,
      slice: sliceOf(page),
      question: filter,
    });
  }

  @Mutation(() => ExperimentPayload, { description: "Makes an experiment." })
  createExperiment(
    @Ctx() request: Request,
    @Arg("input", () => CreateExperimentInput, inputText) input: CreateExperimentInput,
  ): Promise<ExperimentPayload> {
    return this.answer(request, () => this.service.create(request.actor, input));
  }

  @Mutation(() => ExperimentPayload, { description: "Changes name or tags." })
  updateExperiment(
    @Ctx() request: Request,
    @Arg("input", () => UpdateExperimentInput, inputText) input: UpdateExperimentInput,
  ): Promise<ExperimentPayload> {
    return this.answer(request, () => this.service.update(request.actor, input));
  }

  @Mutation(() => ExperimentPayload, {
    description: "Deletes an experiment: it leaves the lists with its runs, its history stays.",
  })
  deleteExperiment(
    @Ctx() request: Request,
    @Arg("input", () => DeleteExperimentInput, inputText) input: DeleteExperimentInput,
  ): Promise<ExperimentPayload> {
    return this.answer(request, () => this.service.delete(request.actor, input));
  }

  @Mutation(() => ExperimentPayload, {
    description: "Brings a deleted experiment back, with its runs, while its name is free.",
  })
  restoreExperiment(
    @Ctx() request: Request,
    @Arg("input", () => RestoreExperimentInput, inputText) input: RestoreExperimentInput,
  ): Promise<ExperimentPayload> {
    return this.answer(request, () => this.service.restore(request.actor, input));
  }

  private answer(request: Request, act: () => Promise<ExperimentOutcome>): Promise<ExperimentPayload> {
    return answer<ExperimentPayload>({ experiment: null }, async () => {
      const { experiment } = await act();
      return { experiment: await this.loaders.byId(request, experiment) };
    });
  }
}
