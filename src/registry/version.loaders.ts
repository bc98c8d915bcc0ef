import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { readPage, readPages } from "../db/keyset.ts";
import { readable } from "../db/readable.ts";
import { among, chunksOf, every, type Sql, some, sql, unionAll } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import type { PageSlice } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import type { ModelLoaders } from "./model.loaders.ts";
import type { ModelVersion, ModelVersionConnection } from "./version.entity.ts";
import {
  findWithModel,
  livingVersion,
  type VersionConditions,
  type VersionListing,
  versionColumns,
  versionList,
  versionOfRow,
} from "./version.query.ts";
import { type Ref, readRef } from "./version.rules.ts";

type Extreme = "latest" | "greatest";

const modelsPerStatement = 100;
const mostOfLoggedModel = 1_000;

/** Versions that the actor may read; others are absent. */
export class VersionLoaders {
  constructor(
    private readonly db: Database,
    private readonly models: ModelLoaders,
    private readonly conditions: VersionConditions,
  ) {}

  /** By node number, deleted ones, too. */
  byId(request: Request, id: number): Promise<ModelVersion | null> {
    const loader = request.once(
      this.byId,
      () =>
        new DataLoader<number, ModelVersion | null>((ids) => this.versions(request.actor, ids), {
          maxBatchSize: 900,
        }),
    );
    return loader.load(id);
  }

  /** The version a reference names; null where there is none. Throws INVALID for what is no reference. */
  byRef(request: Request, ref: string): Promise<ModelVersion | null> {
    return this.named(request, readRef(ref));
  }

  /** The same for a reference that was read. */
  async named(request: Request, ref: Ref): Promise<ModelVersion | null> {
    const found = await findWithModel(this.db.read, ref);
    if (!found || !request.actor.may("registry:read", found.model.name)) return null;
    this.models.prime(request, found.model);
    return found.version;
  }

  /** A page of versions of all models. */
  page(
    request: Request,
    wish: Omit<VersionListing, "actor" | "guard" | "conditions">,
    slice: PageSlice,
  ): Promise<ModelVersionConnection> {
    const { actor } = request;
    const guard = readable(actor, sql`v.modelId`);
    const list = versionList("registry", { ...wish, actor, guard, conditions: this.conditions });
    return readPage(this.db.read, list, slice, versionOfRow);
  }

  /** A model's version of this number; null where there is none or it is deleted. */
  byNumber(request: Request, modelId: number, number: number): Promise<ModelVersion | null> {
    const loader = request.once(
      this.byNumber,
      () =>
        new DataLoader<{ modelId: number; number: number }, ModelVersion | null, string>(
          (keys) => this.numbered(request.actor, keys),
          { cacheKeyFn: ({ modelId: of, number: n }) => `${of}/${n}`, maxBatchSize: 400 },
        ),
    );
    return loader.load({ modelId, number });
  }

  /** The living version with the highest number. */
  latest(request: Request, modelId: number): Promise<ModelVersion | null> {
    return request.once(this.latest, () => this.extremes(request.actor, "latest")).load(modelId);
  }

  /** The living version with the highest semantic version. */
  greatest(request: Request, modelId: number): Promise<ModelVersion | null> {
    return request.once(this.greatest, () => this.extremes(request.actor, "greatest")).load(modelId);
  }

  /** Living versions of living models, registered from a run, by id. */
  ofRun(request: Request, run: number, slice: PageSlice): Promise<ModelVersionConnection> {
    const list = {
      scope: "outputs",
      select: sql`${versionColumns}, v.runId AS parentId`,
      from: sql`model_version v`,
      where: [livingVersion, ...readable(request.actor, sql`v.modelId`)],
      order: [{ column: sql`v.id`, as: "nodeId" }],
    };
    const loader = request.once(
      `outputs ${JSON.stringify(slice)}`,
      () =>
        new DataLoader<number, ModelVersionConnection>((runs) =>
          readPages(this.db.read, list, sql`v.runId`, runs, slice, versionOfRow),
        ),
    );
    return loader.load(run);
  }

  /** Living versions of living models, registered from a logged model, by id; at most 1,000. */
  ofLoggedModel(request: Request, loggedModel: number): Promise<ModelVersion[]> {
    const loader = request.once(
      this.ofLoggedModel,
      () =>
        new DataLoader<number, ModelVersion[]>(
          async (models) => {
            const found = await this.where(request.actor, [
              livingVersion,
              among(sql`v.loggedModelId`, models),
            ]);
            return models.map((model) =>
              found
                .filter((version) => version.loggedModelId === model)
                .sort((a, b) => a.nodeId - b.nodeId)
                .slice(0, mostOfLoggedModel),
            );
          },
          { maxBatchSize: 900 },
        ),
    );
    return loader.load(loggedModel);
  }

  private async versions(actor: Actor, ids: readonly number[]): Promise<(ModelVersion | null)[]> {
    const found = await this.where(actor, [among(sql`v.id`, ids)]);
    const byId = new Map(found.map((version) => [version.nodeId, version]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  private async numbered(
    actor: Actor,
    keys: readonly { modelId: number; number: number }[],
  ): Promise<(ModelVersion | null)[]> {
    const pairs = keys.map(({ modelId, number }) => sql`(v.modelId = ${modelId} AND v.number = ${number})`);
    const found = await this.where(actor, [sql`v.deletedAt IS NULL`, some(pairs)]);
    const byKey = new Map(found.map((version) => [`${version.modelId}/${version.number}`, version]));
    return keys.map(({ modelId, number }) => byKey.get(`${modelId}/${number}`) ?? null);
  }

  private extremes(actor: Actor, which: Extreme): DataLoader<number, ModelVersion | null> {
    return new DataLoader<number, ModelVersion | null>(async (modelIds) => {
      const found: ModelVersion[] = [];
      for (const ids of chunksOf(modelIds, modelsPerStatement)) {
        const one = (id: number): Sql =>
          which === "latest"
            ? sql`SELECT v.id FROM model_version v WHERE v.modelId = ${id} AND v.deletedAt IS NULL ORDER BY v.number DESC LIMIT 1`
            : sql`SELECT v.id FROM model_version v WHERE v.modelId = ${id} AND v.deletedAt IS NULL
                  AND v.semanticOrder IS NOT NULL ORDER BY v.semanticOrder DESC, v.number DESC LIMIT 1`;
        const rows = await this.db.read.query<{ id: number }>(unionAll(this.db.read, ids.map(one)));
        const extreme = rows.map((row) => row.id);
        found.push(...(await this.where(actor, [among(sql`v.id`, extreme)])));
      }
      const byModel = new Map(found.map((version) => [version.modelId, version]));
      return modelIds.map((id) => byModel.get(id) ?? null);
    });
  }

  private async where(actor: Actor, conditions: readonly Sql[]): Promise<ModelVersion[]> {
    const all = every([...conditions, ...readable(actor, sql`v.modelId`)]);
    const rows = await this.db.read.query<object>(
      sql`SELECT ${versionColumns} FROM model_version v WHERE ${all}`,
    );
    return rows.map(versionOfRow);
  }
}
