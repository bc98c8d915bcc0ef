import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { among, every, type Sql, sql } from "../db/sql.ts";
import type { Request } from "../kernel/request.ts";
import type { Grant } from "./grant.entity.ts";
import { grantColumns, grantOfRow, ownGrants, visibleGrants } from "./grant.query.ts";

const isLive = sql`g.liveKey IS NOT NULL`;

export class GrantLoaders {
  constructor(private readonly db: Database) {}

  /** By node number, revoked ones, too; null where there is none that may be seen. */
  byId(request: Request, id: number): Promise<Grant | null> {
    const loader = request.once(
      this.byId,
      () =>
        new DataLoader<number, Grant | null>(async (ids) => {
          const grants = await this.where([among(sql`g.id`, ids), ...visibleGrants(request.actor)]);
          const byId = new Map(grants.map((grant) => [grant.nodeId, grant]));
          return ids.map((wanted) => byId.get(wanted) ?? null);
        }),
    );
    return loader.load(id);
  }

  /** Those that an actor itself holds and that may be seen, in the order they were granted. */
  ofActor(request: Request, actor: number): Promise<Grant[]> {
    const loader = request.once(
      this.ofActor,
      () =>
        new DataLoader<number, Grant[]>(async (actors) => {
          const held = [isLive, among(sql`g.actorId`, actors)];
          const grants = await this.where([...held, ...visibleGrants(request.actor)]);
          return actors.map((wanted) => grants.filter(({ actorId }) => actorId === wanted));
        }),
    );
    return loader.load(actor);
  }

  /** Those that whoever asks holds, itself or by a group. */
  own({ actor }: Request): Promise<Grant[]> {
    return this.where([isLive, ownGrants(actor)]);
  }

  private async where(conditions: readonly Sql[]): Promise<Grant[]> {
    const rows = await this.db.read.query<object>(
      sql`SELECT ${grantColumns} FROM role_grant g WHERE ${every(conditions)} ORDER BY g.id`,
    );
    return rows.map(grantOfRow);
  }
}
