import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { among, type Sql, sql } from "../db/sql.ts";
import { instanceOf } from "../kernel/node.ts";
import type { Request } from "../kernel/request.ts";
import { Alias } from "./alias.entity.ts";

export class AliasLoaders {
  constructor(private readonly db: Database) {}

  /** A model's aliases, by name. */
  ofModel(request: Request, modelId: number): Promise<Alias[]> {
    return request
      .once(this.ofModel, () => this.loader(sql`modelId`, (alias) => alias.modelId))
      .load(modelId);
  }

  /** The aliases that point to a version, by name. */
  ofVersion(request: Request, versionId: number): Promise<Alias[]> {
    return request
      .once(this.ofVersion, () => this.loader(sql`versionId`, (alias) => alias.versionId))
      .load(versionId);
  }

  private loader(column: Sql, owner: (alias: Alias) => number): DataLoader<number, Alias[]> {
    return new DataLoader(
      async (ids) => {
        const rows = await this.db.read.query<object>(
          sql`SELECT modelId, name, versionId, updatedAt FROM alias WHERE ${among(column, ids)} ORDER BY name`,
        );
        const byOwner = new Map<number, Alias[]>(ids.map((id) => [id, []]));
        for (const alias of rows.map((row) => instanceOf(Alias, row))) byOwner.get(owner(alias))?.push(alias);
        return ids.map((id) => byOwner.get(id)!);
      },
      { maxBatchSize: 900 },
    );
  }
}
