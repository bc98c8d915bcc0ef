import DataLoader from "dataloader";
import { readPage } from "../db/keyset.ts";
import { justRead } from "../db/readable.ts";
import type { Readable } from "../db/sql.ts";
import { among, type Sql, sql } from "../db/sql.ts";
import { readId } from "../kernel/ids.ts";
import { nfc } from "../kernel/names.ts";
import type { PageSlice } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import type { Model, ModelConnection } from "./model.entity.ts";
import type { ModelFilter, ModelOrder } from "./model.inputs.ts";
import { modelColumns, modelList, modelOfRow } from "./model.query.ts";

/** Which models, in which order; `ties`: of those that come out equal. */
export interface ModelListing {
  filter?: ModelFilter | null | undefined;
  order?: ModelOrder | null | undefined;
  ties?: readonly ModelOrder[];
}

/** Models that the actor may read; others are absent. */
export class ModelLoaders {
  constructor(private readonly db: Readable) {}

  /** By node number, deleted ones, too. */
  byId(request: Request, id: number): Promise<Model | null> {
    return this.loaderById(request).load(id);
  }

  /** Keeps a model that came along with something else, so that `byId` need not ask for it. It must be one that the actor may read. */
  prime(request: Request, model: Model): Model {
    justRead(request).set(model.nodeId, performance.now());
    this.loaderById(request).prime(model.nodeId, model);
    return model;
  }

  /** A living one by its name. */
  byName(request: Request, name: string): Promise<Model | null> {
    const loader = request.once(
      this.byName,
      () =>
        new DataLoader<string, Model | null>(async (names) => {
          const found = await this.readable(request, sql`m.liveName`, names);
          const byName = new Map(found.map((model) => [model.name, model]));
          return names.map((wanted) => byName.get(wanted) ?? null);
        }),
    );
    return loader.load(nfc(name));
  }

  /** By id, or a living one by its name, as arguments name it; by id also a deleted one where the past is asked for. */
  async byNameOrId(
    request: Request,
    model: string,
    which: "living" | "deleted, too" = "living",
  ): Promise<Model | null> {
    const id = readId(model);
    const found = id?.kind === "MODEL" ? await this.byId(request, id.node) : null;
    const isWanted = found && (found.deletedAt === null || which === "deleted, too");
    return isWanted ? found : this.byName(request, model);
  }

  /** A page of those that meet the filter, each kept for `byId`. */
  page(request: Request, { filter, order, ties }: ModelListing, slice: PageSlice): Promise<ModelConnection> {
    const list = modelList(request.actor, filter, order, ties);
    return readPage(this.db.read, list, slice, (row) => this.prime(request, modelOfRow(row)));
  }

  private loaderById(request: Request): DataLoader<number, Model | null> {
    return request.once(
      this.byId,
      () =>
        new DataLoader<number, Model | null>(
          async (ids) => {
            const found = await this.readable(request, sql`m.id`, ids);
            const byId = new Map(found.map((model) => [model.nodeId, model]));
            return ids.map((wanted) => byId.get(wanted) ?? null);
          },
          { maxBatchSize: 900 },
        ),
    );
  }

  private async readable(
    request: Request,
    column: Sql,
    values: readonly (string | number)[],
  ): Promise<Model[]> {
    const rows = await this.db.read.query<object>(
      sql`SELECT ${modelColumns} FROM model m WHERE ${among(column, values)}`,
    );
    const found = rows.map(modelOfRow).filter(({ name }) => request.actor.may("registry:read", name));
    for (const { nodeId } of found) justRead(request).set(nodeId, performance.now());
    return found;
  }
}
