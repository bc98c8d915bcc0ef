import DataLoader from "dataloader";
import type { Readable } from "../db/sql.ts";
import { among, type Sql, sql } from "../db/sql.ts";
import { instanceOf } from "../kernel/node.ts";
import type { Request } from "../kernel/request.ts";
import { type Metric, Param, Tag } from "./fact.entity.ts";
import { metricOfRow } from "./metric.query.ts";

interface OfNode {
  nodeId: number;
}

/** Tags, params and latest metrics of any noun, sorted by key. */
export class FactLoaders {
  constructor(private readonly db: Readable) {}

  tags(request: Request, node: number): Promise<Tag[]> {
    return request.once(this.tags, () => this.loader((ids) => this.pairs(Tag, sql`tag`, ids))).load(node);
  }

  params(request: Request, node: number): Promise<Param[]> {
    return request
      .once(this.params, () => this.loader((ids) => this.pairs(Param, sql`param`, ids)))
      .load(node);
  }

  /** The latest point of each series. */
  metrics(request: Request, node: number): Promise<Metric[]> {
    return request.once(this.metrics, () => this.loader((ids) => this.series(ids))).load(node);
  }

  private loader<T extends OfNode>(find: (ids: readonly number[]) => Promise<T[]>): DataLoader<number, T[]> {
    return new DataLoader(
      async (ids) => {
        const byNode = new Map<number, T[]>(ids.map((id) => [id, []]));
        for (const row of await find(ids)) byNode.get(row.nodeId)?.push(row);
        return ids.map((id) => byNode.get(id)!);
      },
      { maxBatchSize: 900 },
    );
  }

  private async pairs<T extends Tag | Param>(
    type: new () => T,
    table: Sql,
    ids: readonly number[],
  ): Promise<T[]> {
    const rows = await this.db.read.query<{ nodeId: number; name: string; value: string }>(
      sql`SELECT nodeId, name, value FROM ${table} WHERE ${among(sql`nodeId`, ids)} ORDER BY nodeId, name`,
    );
    return rows.map(({ nodeId, name, value }) => instanceOf(type, { nodeId, key: name, value }));
  }

  private async series(ids: readonly number[]): Promise<Metric[]> {
    const rows = await this.db.read.query<Record<string, unknown>>(
      sql`SELECT id AS metricId, nodeId, name, dataset, split, slice, step, at, value AS stored, special AS storedSpecial
          FROM metric WHERE ${among(sql`nodeId`, ids)} ORDER BY nodeId, name, dataset, split, slice`,
    );
    return rows.map(metricOfRow);
  }
}
