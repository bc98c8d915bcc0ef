import { type KeysetList, readPage, readPages } from "../db/keyset.ts";
import { readable } from "../db/readable.ts";
import type { Readable } from "../db/sql.ts";
import { among, every, type Sql, sql } from "../db/sql.ts";
import type { PageSlice } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { loadOne, loadPage } from "./batching.ts";
import type { Run, RunConnection } from "./run.entity.ts";
import { runColumns, runOfRow, runsWithin } from "./run.query.ts";
import type { RunFilter, RunOrder } from "./run-filter.inputs.ts";

/** Runs that the actor may read; others are absent. */
export class RunLoaders {
  constructor(private readonly db: Readable) {}

  /** By node number, deleted ones, too. */
  byId(request: Request, id: number): Promise<Run | null> {
    if (request.actor.readsEverything) return this.byIdUnguarded(request, id);
    const find = (ids: readonly number[]) => this.readable(request, among(sql`r.id`, ids));
    return loadOne(request, this.byId, id, find, (run) => run.nodeId);
  }

  /** Whoever asks: for what must not depend on the reader, such as digests; never to be shown. */
  byIdUnguarded(request: Request, id: number): Promise<Run | null> {
    const find = (ids: readonly number[]) => this.where([among(sql`r.id`, ids)]);
    return loadOne(request, this.byIdUnguarded, id, find, (run) => run.nodeId);
  }

  /** By run id, deleted ones, too. */
  byRunId(request: Request, runId: string): Promise<Run | null> {
    const find = (ids: readonly string[]) => this.readable(request, among(sql`r.runId`, ids));
    return loadOne(request, this.byRunId, runId, find, (run) => run.runId);
  }

  /** A page of the runs of several experiments, deleted or not: the filter says which. */
  pageWithin(
    request: Request,
    experiments: readonly number[],
    { filter, order, slice }: { filter: RunFilter; order: RunOrder; slice: PageSlice },
  ): Promise<RunConnection> {
    return readPage(this.db.read, runsWithin(request.actor, experiments, filter, order), slice, runOfRow);
  }

  /** The same page of many parents' lists. `question` spells out the list's filter and order. */
  pageOf(
    request: Request,
    parent: number,
    { list, column, slice, question }: { list: KeysetList; column: Sql; slice: PageSlice; question: unknown },
  ): Promise<RunConnection> {
    const find = (parents: readonly number[]) =>
      readPages(this.db.read, list, column, parents, slice, ({ parentId: _, ...row }) => runOfRow(row));
    return loadPage(request, `${list.scope} ${JSON.stringify([question, slice])}`, parent, find);
  }

  private readable({ actor }: Request, condition: Sql): Promise<Run[]> {
    return this.where([condition, ...readable(actor, sql`r.experimentId`)]);
  }

  private async where(conditions: readonly Sql[]): Promise<Run[]> {
    const rows = await this.db.read.query<object>(
      sql`SELECT ${runColumns} FROM run r WHERE ${every(conditions)}`,
    );
    return rows.map(runOfRow);
  }
}
