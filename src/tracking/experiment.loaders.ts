import type { Database } from "../db/database.ts";
import { among, type Sql, sql } from "../db/sql.ts";
import { nfc } from "../kernel/names.ts";
import type { Request } from "../kernel/request.ts";
import { loadOne } from "./batching.ts";
import type { Experiment } from "./experiment.entity.ts";
import { experimentColumns, experimentOfRow } from "./experiment.query.ts";

export class ExperimentLoaders {
  constructor(private readonly db: Database) {}

  /** By node number, deleted ones, too. */
  byId(request: Request, id: number): Promise<Experiment | null> {
    const find = (ids: readonly number[]) => this.experiments(among(sql`x.id`, ids));
    return loadOne(request, this.byId, id, find, (experiment) => experiment.nodeId);
  }

  /** A living one by its name. */
  byName(request: Request, name: string): Promise<Experiment | null> {
    const find = (names: readonly string[]) => this.experiments(among(sql`x.liveName`, names));
    return loadOne(request, this.byName, nfc(name), find, (experiment) => experiment.name);
  }

  private async experiments(where: Sql): Promise<Experiment[]> {
    const rows = await this.db.read.query<object>(
      sql`SELECT ${experimentColumns} FROM experiment x WHERE ${where}`,
    );
    return rows.map(experimentOfRow);
  }
}
