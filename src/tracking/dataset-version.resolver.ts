import { Args, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { sql } from "../db/sql.ts";
import { ForwardArgs, sliceOf } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { Dataset, DatasetUse, DatasetVersion } from "./dataset.entity.ts";
import type { DatasetLoaders } from "./dataset.loaders.ts";
import { RunConnection } from "./run.entity.ts";
import type { RunLoaders } from "./run.loaders.ts";
import { usingRuns } from "./run.query.ts";

@Resolver(() => DatasetVersion)
export class DatasetVersionResolver {
  constructor(
    private readonly loaders: DatasetLoaders,
    private readonly runs: RunLoaders,
  ) {}

  @FieldResolver(() => Dataset, { description: "The dataset it is a state of." })
  dataset(@Root() version: DatasetVersion, @Ctx() request: Request): Promise<Dataset | null> {
    return this.loaders.byId(request, version.datasetId);
  }

  @FieldResolver(() => RunConnection, {
    description: "The runs that used it, in any role, in the order they were made known; deleted ones, too.",
  })
  usedBy(
    @Root() version: DatasetVersion,
    @Ctx() request: Request,
    @Args(() => ForwardArgs) page: ForwardArgs,
  ): Promise<RunConnection> {
    const list = usingRuns(request.actor);
    const question = { list, column: sql`e.src`, slice: sliceOf(page), question: null };
    return this.runs.pageOf(request, version.nodeId, question);
  }
}

@Resolver(() => DatasetUse)
export class DatasetUseResolver {
  constructor(private readonly loaders: DatasetLoaders) {}

  @FieldResolver(() => DatasetVersion, { description: "What was used." })
  datasetVersion(@Root() use: DatasetUse, @Ctx() request: Request): Promise<DatasetVersion | null> {
    return this.loaders.versionById(request, use.datasetVersionId);
  }
}
