import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { readableIn } from "../db/readable.ts";
import { among, every, type Sql, sql } from "../db/sql.ts";
import { instanceOf } from "../kernel/node.ts";
import type { Request } from "../kernel/request.ts";
import { Alias } from "./alias.entity.ts";
import type { ModelVersion } from "./version.entity.ts";

/** Whose aliases, and of which model these are. */
interface Owner {
  id: number;
  modelId: number;
}

/** Aliases of models that the actor may read. */
export class AliasLoaders {
  constructor(private readonly db: Database) {}

  /** A model's aliases, by name. */
  ofModel(request: Request, modelId: number): Promise<Alias[]> {
    return request
      .once(this.ofModel, () => this.loader(request, sql`a.modelId`, (alias) => alias.modelId))
      .load({ id: modelId, modelId });
  }

  /** A model's weighted set, by name; empty where it has none. */
  async weightedOf(request: Request, modelId: number): Promise<Alias[]> {
    return (await this.ofModel(request, modelId)).filter(({ weight }) => weight !== null);
  }

  /** The aliases that point to a version, by name. */
  ofVersion(request: Request, version: Pick<ModelVersion, "nodeId" | "modelId">): Promise<Alias[]> {
    const { nodeId: id, modelId } = version;
    return request
      .once(this.ofVersion, () => this.loader(request, sql`a.versionId`, (alias) => alias.versionId))
      .load({ id, modelId });
  }

  private loader(
    request: Request,
    column: Sql,
    owner: (alias: Alias) => number,
  ): DataLoader<Owner, Alias[], number> {
    return new DataLoader(
      async (owners) => {
        const ids = owners.map(({ id }) => id);
        const models = owners.map(({ modelId }) => modelId);
        const where = every([among(column, ids), ...readableIn(request, sql`a.modelId`, models)]);
        const rows = await this.db.read.query<object>(
          sql`SELECT a.modelId, a.name, a.versionId, a.weight, a.updatedAt FROM alias a WHERE ${where} ORDER BY a.name`,
        );
        const byOwner = new Map<number, Alias[]>(ids.map((id) => [id, []]));
        for (const alias of rows.map((row) => instanceOf(Alias, row))) byOwner.get(owner(alias))?.push(alias);
        return ids.map((id) => byOwner.get(id)!);
      },
      { maxBatchSize: 900, cacheKeyFn: ({ id }) => id },
    );
  }
}
