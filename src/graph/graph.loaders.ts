import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { among, sql } from "../db/sql.ts";
import type { Request } from "../kernel/request.ts";
import type { NodeRow } from "./graph.entity.ts";

/** Kind, label and container of any node, without its noun. */
export class GraphLoaders {
  constructor(private readonly db: Database) {}

  node(request: Request, id: number): Promise<NodeRow | null> {
    const loader = request.once(
      this,
      () => new DataLoader<number, NodeRow | null>((ids) => this.nodes(ids), { maxBatchSize: 900 }),
    );
    return loader.load(id);
  }

  private async nodes(ids: readonly number[]): Promise<(NodeRow | null)[]> {
    const rows = await this.db.read.query<NodeRow>(
      sql`SELECT id, kind, label, container FROM node WHERE ${among(sql`id`, ids)}`,
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id) ?? null);
  }
}
