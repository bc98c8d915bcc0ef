import type { Database } from "../db/database.ts";
import { readPage } from "../db/keyset.ts";
import { among, type Sql, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import { OrderDirection } from "../kernel/connection.ts";
import { nfc } from "../kernel/names.ts";
import type { PageSlice } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { loadOne } from "./batching.ts";
import type { Experiment, ExperimentConnection } from "./experiment.entity.ts";
import { type ExperimentFilter, type ExperimentOrder, ExperimentOrderField } from "./experiment.inputs.ts";
import { experimentColumns, experimentList, experimentOfRow } from "./experiment.query.ts";

/** Experiments that the actor may read; others are absent. */
export class ExperimentLoaders {
  constructor(private readonly db: Database) {}

  /** By node number, deleted ones, too. */
  byId(request: Request, id: number): Promise<Experiment | null> {
    const find = (ids: readonly number[]) => this.experiments(request.actor, among(sql`x.id`, ids));
    return loadOne(request, this.byId, id, find, (experiment) => experiment.nodeId);
  }

  /** By the number MLflow clients know it by, deleted ones, too. */
  byExperimentId(request: Request, experimentId: string): Promise<Experiment | null> {
    const find = (ids: readonly string[]) => this.experiments(request.actor, among(sql`x.experimentId`, ids));
    return loadOne(request, this.byExperimentId, experimentId, find, (experiment) => experiment.experimentId);
  }

  /** A living one by its name. */
  byName(request: Request, name: string): Promise<Experiment | null> {
    const find = (names: readonly string[]) => this.experiments(request.actor, among(sql`x.liveName`, names));
    return loadOne(request, this.byName, nfc(name), find, (experiment) => experiment.name);
  }

  /** The last one of this name that was deleted. */
  async deletedByName(request: Request, name: string): Promise<Experiment | null> {
    const filter = { name: { eq: name }, isDeleted: true, includeDeleted: true };
    const latest = { field: ExperimentOrderField.UPDATED_AT, direction: OrderDirection.DESC };
    const slice = { limit: 1, isBackward: false, after: null, before: null };
    const { nodes } = await this.page(request, filter, latest, slice);
    return nodes[0] ?? null;
  }

  /** A page of those that the filter leaves. */
  page(
    request: Request,
    filter: ExperimentFilter | null | undefined,
    order: ExperimentOrder | null | undefined,
    slice: PageSlice,
  ): Promise<ExperimentConnection> {
    return readPage(this.db.read, experimentList(request.actor, filter, order), slice, experimentOfRow);
  }

  private async experiments(actor: Actor, where: Sql): Promise<Experiment[]> {
    const rows = await this.db.read.query<object>(
      sql`SELECT ${experimentColumns} FROM experiment x WHERE ${where}`,
    );
    return rows.map(experimentOfRow).filter(({ scope }) => actor.may("registry:read", scope));
  }
}
