import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { readPage, readPages } from "../db/keyset.ts";
import { among, every, sql } from "../db/sql.ts";
import type { PageSlice } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import type { Grant, GrantConnection } from "./grant.entity.ts";
import type { GrantFilter } from "./grant.inputs.ts";
import {
  grantColumns,
  grantList,
  grantOfRow,
  grantsByHolder,
  heldGrants,
  visibleGrants,
} from "./grant.query.ts";

export class GrantLoaders {
  constructor(private readonly db: Database) {}

  /** By node number, revoked ones, too; null where there is none that may be seen. */
  byId(request: Request, id: number): Promise<Grant | null> {
    const loader = request.once(
      this,
      () =>
        new DataLoader<number, Grant | null>(async (ids) => {
          const where = every([among(sql`g.id`, ids), ...visibleGrants(request.actor)]);
          const rows = await this.db.read.query<object>(
            sql`SELECT ${grantColumns} FROM role_grant g WHERE ${where}`,
          );
          const byId = new Map(rows.map(grantOfRow).map((grant) => [grant.nodeId, grant]));
          return ids.map((wanted) => byId.get(wanted) ?? null);
        }),
    );
    return loader.load(id);
  }

  /** A page of all that may be seen. */
  page(
    { actor }: Request,
    filter: GrantFilter | null | undefined,
    slice: PageSlice,
  ): Promise<GrantConnection> {
    return readPage(this.db.read, grantList(actor, filter), slice, grantOfRow);
  }

  /** A page of what an actor itself holds, as far as it may be seen. */
  pageOf(request: Request, holder: number, slice: PageSlice): Promise<GrantConnection> {
    const loader = request.once(`Actor.grants ${JSON.stringify(slice)}`, () => {
      const list = grantsByHolder(request.actor);
      return new DataLoader<number, GrantConnection>((holders) =>
        readPages(this.db.read, list, sql`g.actorId`, holders, slice, ({ parentId: _, ...row }) =>
          grantOfRow(row),
        ),
      );
    });
    return loader.load(holder);
  }

  /** A page of what whoever asks holds, itself or by a group. */
  pageOfOwn({ actor }: Request, slice: PageSlice): Promise<GrantConnection> {
    return readPage(this.db.read, heldGrants(actor), slice, grantOfRow);
  }
}
