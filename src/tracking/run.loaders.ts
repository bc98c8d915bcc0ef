import type { Database } from "../db/database.ts";
import { type KeysetList, readPages } from "../db/keyset.ts";
import { among, type Sql, sql } from "../db/sql.ts";
import type { PageSlice } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { loadOne, loadPage } from "./batching.ts";
import type { Run, RunConnection } from "./run.entity.ts";
import { runColumns, runOfRow } from "./run.query.ts";

export class RunLoaders {
  constructor(private readonly db: Database) {}

  /** By node number, deleted ones, too. */
  byId(request: Request, id: number): Promise<Run | null> {
    const find = (ids: readonly number[]) => this.runs(among(sql`r.id`, ids));
    return loadOne(request, this.byId, id, find, (run) => run.nodeId);
  }

  /** By run id, deleted ones, too. */
  byRunId(request: Request, runId: string): Promise<Run | null> {
    const find = (ids: readonly string[]) => this.runs(among(sql`r.runId`, ids));
    return loadOne(request, this.byRunId, runId, find, (run) => run.runId);
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

  private async runs(where: Sql): Promise<Run[]> {
    const rows = await this.db.read.query<object>(sql`SELECT ${runColumns} FROM run r WHERE ${where}`);
    return rows.map(runOfRow);
  }
}
