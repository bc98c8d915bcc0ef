import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { ActorRow } from "../access/actor.entity.ts";
import type { ActorLoaders } from "../access/actor.loaders.ts";
import type { Request } from "../kernel/request.ts";
import { Commit } from "./commit.entity.ts";
import type { CommitLoaders } from "./commit.loaders.ts";
import { DatasetUse } from "./dataset.entity.ts";
import type { DatasetLoaders } from "./dataset.loaders.ts";
import { Experiment } from "./experiment.entity.ts";
import type { ExperimentLoaders } from "./experiment.loaders.ts";
import { LoggedModel } from "./logged-model.entity.ts";
import type { LoggedModelLoaders } from "./logged-model.loaders.ts";
import { Run } from "./run.entity.ts";

/** What a run is joined to. */
@Resolver(() => Run)
export class RunLinkResolver {
  constructor(
    private readonly experiments: ExperimentLoaders,
    private readonly commits: CommitLoaders,
    private readonly datasets: DatasetLoaders,
    private readonly loggedModelLoaders: LoggedModelLoaders,
    private readonly actors: ActorLoaders,
  ) {}

  @FieldResolver(() => Experiment, { description: "The experiment it belongs to." })
  experiment(@Root() run: Run, @Ctx() request: Request): Promise<Experiment | null> {
    return this.experiments.byId(request, run.experimentId);
  }

  @FieldResolver(() => Commit, { nullable: true, description: "The code it executed." })
  commit(@Root() run: Run, @Ctx() request: Request): Promise<Commit | null> | null {
    return run.commitId === null ? null : this.commits.byId(request, run.commitId);
  }

  @FieldResolver(() => [DatasetUse], { description: "The data it used, each in its role." })
  inputs(@Root() run: Run, @Ctx() request: Request): Promise<DatasetUse[]> {
    return this.datasets.usesOf(request, run.nodeId);
  }

  @FieldResolver(() => [LoggedModel], { description: "The models it left, the first 1,000." })
  loggedModels(@Root() run: Run, @Ctx() request: Request): Promise<LoggedModel[]> {
    return this.loggedModelLoaders.ofRun(request, run.nodeId);
  }

  @FieldResolver(() => ActorRow, {
    nullable: true,
    description: "Who made it known here, as authenticated; null where it was imported.",
  })
  startedBy(@Root() run: Run, @Ctx() request: Request): Promise<ActorRow | null> | null {
    return run.startedBy === null ? null : this.actors.byId(request, run.startedBy);
  }
}
