import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { among, type Sql, sql } from "../db/sql.ts";
import { readId } from "../kernel/ids.ts";
import { nfc } from "../kernel/names.ts";
import type { Request } from "../kernel/request.ts";
import type { ActorRow } from "./actor.entity.ts";
import { actorColumns, actorOfRow } from "./actor.query.ts";

/** Actors, whom whoever is let in may know: they stand in history by name. */
export class ActorLoaders {
  constructor(private readonly db: Database) {}

  byId(request: Request, id: number): Promise<ActorRow | null> {
    const loader = request.once(
      this,
      () =>
        new DataLoader<number, ActorRow | null>(async (ids) => {
          const rows = await this.where(among(sql`a.id`, ids));
          const byId = new Map(rows.map((row) => [row.nodeId, row]));
          return ids.map((wanted) => byId.get(wanted) ?? null);
        }),
    );
    return loader.load(id);
  }

  /** By id or name, as arguments name it. */
  async byNameOrId(request: Request, named: string): Promise<ActorRow | null> {
    const id = readId(named);
    if (id?.kind === "ACTOR") return this.byId(request, id.node);
    const name = nfc(named);
    // MySQL pads what it compares.
    return (await this.where(sql`a.name = ${name}`)).find((row) => row.name === name) ?? null;
  }

  private async where(where: Sql): Promise<ActorRow[]> {
    const rows = await this.db.read.query<object>(sql`SELECT ${actorColumns} FROM actor a WHERE ${where}`);
    return rows.map(actorOfRow);
  }
}
