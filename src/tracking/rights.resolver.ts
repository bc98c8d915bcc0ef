import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { Permission } from "../kernel/permission.ts";
import type { Request } from "../kernel/request.ts";
import { everywhere } from "../kernel/scope.ts";
import { Dataset } from "./dataset.entity.ts";
import { Experiment } from "./experiment.entity.ts";
import type { ExperimentLoaders } from "./experiment.loaders.ts";
import { Run } from "./run.entity.ts";

/** What the caller may do with an experiment, so that no user interface has to guess. */
@Resolver(() => Experiment)
export class ExperimentRightsResolver {
  @FieldResolver(() => Boolean, {
    description: "Whether the caller may change and tag it, and log runs in it.",
  })
  viewerCanLog(@Root() { scope }: Experiment, @Ctx() { actor }: Request): boolean {
    return actor.may("run:write", scope);
  }

  @FieldResolver(() => Boolean, { description: "Whether the caller may delete and restore it." })
  viewerCanDelete(@Root() { scope }: Experiment, @Ctx() { actor }: Request): boolean {
    return actor.may("run:delete", scope);
  }
}

/** The same for a run: its experiment's scope decides. */
@Resolver(() => Run)
export class RunRightsResolver {
  constructor(private readonly experiments: ExperimentLoaders) {}

  @FieldResolver(() => Boolean, { description: "Whether the caller may log to it, tag it and end it." })
  viewerCanLog(@Root() run: Run, @Ctx() request: Request): Promise<boolean> {
    return this.may(request, "run:write", run);
  }

  @FieldResolver(() => Boolean, { description: "Whether the caller may delete and restore it." })
  viewerCanDelete(@Root() run: Run, @Ctx() request: Request): Promise<boolean> {
    return this.may(request, "run:delete", run);
  }

  /** The experiment is looked at only where its scope decides. */
  private async may(request: Request, permission: Permission, { experimentId }: Run): Promise<boolean> {
    const { actor } = request;
    if (actor.mayAllOver(permission, everywhere)) return true;
    if (!actor.mayAnywhere(permission)) return false;
    const experiment = await this.experiments.byId(request, experimentId);
    return experiment !== null && actor.may(permission, experiment.scope);
  }
}

@Resolver(() => Dataset)
export class DatasetRightsResolver {
  @FieldResolver(() => Boolean, { description: "Whether the caller may record versions of it." })
  viewerCanRecord(@Root() { scope }: Dataset, @Ctx() { actor }: Request): boolean {
    return actor.may("dataset:write", scope);
  }
}
