import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { readable, readableIn } from "../db/readable.ts";
import { among, sql } from "../db/sql.ts";
import type { Request } from "../kernel/request.ts";
import { grouped } from "../tracking/grouping.ts";
import type { Validation } from "./validation.entity.ts";
import { validationsWhere } from "./validation.query.ts";
import type { ModelVersion } from "./version.entity.ts";

type Owner = Pick<ModelVersion, "nodeId" | "modelId">;

/** Validations of versions that the actor may read. */
export class ValidationLoaders {
  constructor(private readonly db: Database) {}

  /** By node number. */
  byId(request: Request, id: number): Promise<Validation | null> {
    const loader = request.once(
      this.byId,
      () =>
        new DataLoader<number, Validation | null>(
          async (ids) => {
            const where = [among(sql`d.id`, ids), ...readable(request.actor, sql`v.modelId`)];
            const found = await validationsWhere(this.db.read, where);
            const byId = new Map(found.map((validation) => [validation.nodeId, validation]));
            return ids.map((wanted) => byId.get(wanted) ?? null);
          },
          { maxBatchSize: 900 },
        ),
    );
    return loader.load(id);
  }

  /** A version's validations, the oldest first. */
  ofVersion(request: Request, { nodeId, modelId }: Owner): Promise<Validation[]> {
    const loader = request.once(
      this.ofVersion,
      () =>
        new DataLoader<Owner, Validation[], number>((owners) => this.ofVersions(request, owners), {
          maxBatchSize: 900,
          cacheKeyFn: (owner) => owner.nodeId,
        }),
    );
    return loader.load({ nodeId, modelId });
  }

  private async ofVersions(request: Request, owners: readonly Owner[]): Promise<Validation[][]> {
    const ids = owners.map(({ nodeId }) => nodeId);
    const models = owners.map(({ modelId }) => modelId);
    const where = [among(sql`d.versionId`, ids), ...readableIn(request, sql`v.modelId`, models)];
    const found = await validationsWhere(this.db.read, where);
    const byVersion = grouped(found, ({ versionId }) => versionId);
    return ids.map((id) => byVersion.get(id) ?? []);
  }
}
