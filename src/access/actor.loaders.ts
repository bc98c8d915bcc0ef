import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { among, sql } from "../db/sql.ts";
import { instanceOf } from "../kernel/node.ts";
import type { Request } from "../kernel/request.ts";
import { ActorRow } from "./actor.entity.ts";

export class ActorLoaders {
  constructor(private readonly db: Database) {}

  byId(request: Request, id: number): Promise<ActorRow | null> {
    const loader = request.once(
      this,
      () => new DataLoader<number, ActorRow | null>((ids) => this.actors(ids)),
    );
    return loader.load(id);
  }

  private async actors(ids: readonly number[]): Promise<(ActorRow | null)[]> {
    const rows = await this.db.read.query<ActorRow>(
      sql`SELECT id AS nodeId, name, kind, createdAt, deactivatedAt FROM actor WHERE ${among(sql`id`, ids)}`,
    );
    const byId = new Map(rows.map((row) => [row.nodeId, instanceOf(ActorRow, row)]));
    return ids.map((id) => byId.get(id) ?? null);
  }
}
