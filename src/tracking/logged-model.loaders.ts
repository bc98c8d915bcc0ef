import type { Database } from "../db/database.ts";
import { readPage } from "../db/keyset.ts";
import { readable } from "../db/readable.ts";
import { among, every, type Sql, sql } from "../db/sql.ts";
import type { PageSlice } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { loadMany, loadOne } from "./batching.ts";
import type { LoggedModel, LoggedModelConnection } from "./logged-model.entity.ts";
import { loggedModelColumns, loggedModelList, loggedModelOfRow } from "./logged-model.query.ts";
import type { LoggedModelFilter, LoggedModelOrder } from "./logged-model-filter.inputs.ts";

/** Logged models a run lists, the first ones. */
const mostOfRun = 1_000;

/** Logged models that the actor may read; others are absent. */
export class LoggedModelLoaders {
  constructor(private readonly db: Database) {}

  /** By node number, deleted ones, too. */
  byId(request: Request, id: number): Promise<LoggedModel | null> {
    const find = (ids: readonly number[]) => this.models(request, among(sql`l.id`, ids));
    return loadOne(request, this.byId, id, find, (model) => model.nodeId);
  }

  /** By model id, deleted ones, too. */
  byModelId(request: Request, modelId: string): Promise<LoggedModel | null> {
    const find = (ids: readonly string[]) => this.models(request, among(sql`l.modelId`, ids));
    return loadOne(request, this.byModelId, modelId, find, (model) => model.modelId);
  }

  async ofRun(request: Request, run: number): Promise<LoggedModel[]> {
    const find = (ids: readonly number[]) => this.models(request, among(sql`l.runId`, ids));
    return (await loadMany(request, this.ofRun, run, find, (model) => model.runId!)).slice(0, mostOfRun);
  }

  /** A page of those that the filter leaves. */
  page(
    request: Request,
    filter: LoggedModelFilter | null | undefined,
    order: LoggedModelOrder | null | undefined,
    slice: PageSlice,
  ): Promise<LoggedModelConnection> {
    const list = loggedModelList(request.actor, filter, order);
    return readPage(this.db.read, list, slice, loggedModelOfRow);
  }

  private async models({ actor }: Request, condition: Sql): Promise<LoggedModel[]> {
    const where = every([condition, ...readable(actor, sql`l.experimentId`)]);
    const rows = await this.db.read.query<object>(
      sql`SELECT ${loggedModelColumns} FROM logged_model l WHERE ${where} ORDER BY l.id`,
    );
    return rows.map(loggedModelOfRow);
  }
}
