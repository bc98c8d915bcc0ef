import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { readable } from "../db/readable.ts";
import { among, every, type Sql, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import { instanceOf } from "../kernel/node.ts";
import type { Request } from "../kernel/request.ts";
import { Alias } from "./alias.entity.ts";

/** Aliases of models that the actor may read. */
export class AliasLoaders {
  constructor(private readonly db: Database) {}

  /** A model's aliases, by name. */
  ofModel(request: Request, modelId: number): Promise<Alias[]> {
    return request
      .once(this.ofModel, () => this.loader(request.actor, sql`a.modelId`, (alias) => alias.modelId))
      .load(modelId);
  }

  /** The aliases that point to a version, by name. */
  ofVersion(request: Request, versionId: number): Promise<Alias[]> {
    return request
      .once(this.ofVersion, () => this.loader(request.actor, sql`a.versionId`, (alias) => alias.versionId))
      .load(versionId);
  }

  private loader(actor: Actor, column: Sql, owner: (alias: Alias) => number): DataLoader<number, Alias[]> {
    return new DataLoader(
      async (ids) => {
        const where = every([among(column, ids), ...readable(actor, sql`a.modelId`)]);
        const rows = await this.db.read.query<object>(
          sql`SELECT a.modelId, a.name, a.versionId, a.updatedAt FROM alias a WHERE ${where} ORDER BY a.name`,
        );
        const byOwner = new Map<number, Alias[]>(ids.map((id) => [id, []]));
        for (const alias of rows.map((row) => instanceOf(Alias, row))) byOwner.get(owner(alias))?.push(alias);
        return ids.map((id) => byOwner.get(id)!);
      },
      { maxBatchSize: 900 },
    );
  }
}
