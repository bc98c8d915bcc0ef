import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import type { Database } from "../db/database.ts";
import { readPage } from "../db/keyset.ts";
import { sql } from "../db/sql.ts";
import { readId } from "../kernel/ids.ts";
import { ForwardArgs, PageArgs, sliceOf } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { Metric, MetricConnection, Param, Tag } from "./fact.entity.ts";
import type { FactLoaders } from "./fact.loaders.ts";
import type { MetricLoaders } from "./metric.loaders.ts";
import { Run, RunConnection } from "./run.entity.ts";
import { MetricHistoryArgs } from "./run.inputs.ts";
import type { RunLoaders } from "./run.loaders.ts";
import { childRuns, livingOnly, runList, runOfRow } from "./run.query.ts";
import { isRunId } from "./run.rules.ts";
import { RunFilter, RunOrder } from "./run-filter.inputs.ts";

const mostPoints = 1_000;
const usualPoints = 100;

@Resolver(() => Run)
export class RunResolver {
  constructor(
    private readonly db: Database,
    private readonly loaders: RunLoaders,
    private readonly facts: FactLoaders,
    private readonly histories: MetricLoaders,
  ) {}

  @Query(() => Run, {
    nullable: true,
    description: "The run with this run id or id, deleted or not; null where there is none.",
  })
  async run(
    @Ctx() request: Request,
    @Arg("runId", () => String, { description: "32 hex digits, or an id." }) runId: string,
  ): Promise<Run | null> {
    const id = readId(runId);
    if (id?.kind === "RUN") return this.loaders.byId(request, id.node);
    return isRunId(runId) ? this.loaders.byRunId(request, runId) : null;
  }

  @Query(() => RunConnection, { description: "Runs, the latest started first where no order is given." })
  runs(
    @Ctx() request: Request,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => RunFilter, { nullable: true, description: "Which ones." }) filter?: RunFilter,
    @Arg("orderBy", () => RunOrder, { nullable: true, description: "In which order." }) orderBy?: RunOrder,
  ): Promise<RunConnection> {
    const list = runList(request.actor, filter, orderBy, livingOnly(filter));
    return readPage(this.db.read, list, sliceOf(page), runOfRow);
  }

  @FieldResolver(() => [Param], { description: "Its parameters, by key; at most 1,000." })
  params(@Root() run: Run, @Ctx() request: Request): Promise<Param[]> {
    return this.facts.params(request, run.nodeId);
  }

  @FieldResolver(() => [Metric], { description: "The latest point of each of its metrics, by key." })
  metrics(@Root() run: Run, @Ctx() request: Request): Promise<Metric[]> {
    return this.facts.metrics(request, run.nodeId);
  }

  @FieldResolver(() => MetricConnection, {
    description: "Every point of a metric, by step, time and value; no metric is an empty list.",
  })
  metricHistory(
    @Root() run: Run,
    @Ctx() request: Request,
    @Args(() => MetricHistoryArgs) args: MetricHistoryArgs,
  ): Promise<MetricConnection> {
    return this.histories.history(request, run.nodeId, args, sliceOf(args, mostPoints, usualPoints));
  }

  @FieldResolver(() => [Tag], { description: "Its tags, by key; at most 1,000." })
  tags(@Root() run: Run, @Ctx() request: Request): Promise<Tag[]> {
    return this.facts.tags(request, run.nodeId);
  }

  @FieldResolver(() => Run, { nullable: true, description: "The run it is nested in." })
  parent(@Root() run: Run, @Ctx() request: Request): Promise<Run | null> | null {
    return run.nestedIn === null ? null : this.loaders.byId(request, run.nestedIn);
  }

  @FieldResolver(() => RunConnection, {
    description: "The runs nested in it, in the order they were made known; deleted ones, too.",
  })
  children(
    @Root() run: Run,
    @Ctx() request: Request,
    @Args(() => ForwardArgs) page: ForwardArgs,
  ): Promise<RunConnection> {
    const list = childRuns(request.actor);
    const question = { list, column: sql`r.parentId`, slice: sliceOf(page), question: null };
    return this.loaders.pageOf(request, run.nodeId, question);
  }
}
