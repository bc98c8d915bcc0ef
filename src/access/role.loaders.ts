import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { among, type Sql, sql } from "../db/sql.ts";
import type { Request } from "../kernel/request.ts";
import type { Role, RoleRow } from "./role.entity.ts";
import { builtIns, roleColumns, roleOfRow } from "./role.query.ts";

/** Roles, which whoever is let in may know: what they allow is no secret, only who holds them. */
export class RoleLoaders {
  constructor(private readonly db: Database) {}

  /** By node number, deleted ones, too. */
  async byId(request: Request, id: number): Promise<Role | null> {
    const loader = request.once(
      this,
      () =>
        new DataLoader<number, Role | null>(async (ids) => {
          const rows = await this.where(among(sql`r.id`, ids));
          const byId = new Map(rows.map((role) => [role.nodeId, role]));
          return ids.map((wanted) => byId.get(wanted) ?? null);
        }),
    );
    return builtIns.find(({ nodeId }) => nodeId === id) ?? loader.load(id);
  }

  /** The built-in ones, then the registry's own by name. */
  async all(): Promise<Role[]> {
    return [...builtIns, ...(await this.where(sql`r.liveName IS NOT NULL ORDER BY r.liveName`))];
  }

  private async where(where: Sql): Promise<Role[]> {
    const rows = await this.db.read.query<RoleRow>(sql`SELECT ${roleColumns} FROM role r WHERE ${where}`);
    return rows.map(roleOfRow);
  }
}
