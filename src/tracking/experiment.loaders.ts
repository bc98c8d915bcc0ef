import type { Database } from "../db/database.ts";
import { among, type Sql, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import { nfc } from "../kernel/names.ts";
import type { Request } from "../kernel/request.ts";
import { loadOne } from "./batching.ts";
import type { Experiment } from "./experiment.entity.ts";
import { experimentColumns, experimentOfRow } from "./experiment.query.ts";

/** Experiments that the actor may read; others are absent. */
export class ExperimentLoaders {
  constructor(private readonly db: Database) {}

  /** By node number, deleted ones, too. */
  byId(request: Request, id: number): Promise<Experiment | null> {
    const find = (ids: readonly number[]) => this.experiments(request.actor, among(sql`x.id`, ids));
    return loadOne(request, this.byId, id, find, (experiment) => experiment.nodeId);
  }

  /** A living one by its name. */
  byName(request: Request, name: string): Promise<Experiment | null> {
    const find = (names: readonly string[]) => this.experiments(request.actor, among(sql`x.liveName`, names));
    return loadOne(request, this.byName, nfc(name), find, (experiment) => experiment.name);
  }

  private async experiments(actor: Actor, where: Sql): Promise<Experiment[]> {
    const rows = await this.db.read.query<object>(
      sql`SELECT ${experimentColumns} FROM experiment x WHERE ${where}`,
    );
    return rows.map(experimentOfRow).filter(({ scope }) => actor.may("registry:read", scope));
  }
}
