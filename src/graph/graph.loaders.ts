import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { readableNodes } from "../db/readable.ts";
import { every, type Sql, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Kind } from "../kernel/ids.ts";
import type { Request } from "../kernel/request.ts";
import type { Pace } from "./edge-source.ts";
import type { NodeRow } from "./graph.entity.ts";
import { amongIds, idChunks } from "./id-list.ts";

/** A node as one actor may see it: of one that it may not read, the kind is all. */
export type SeenNode =
  | (Pick<NodeRow, "id" | "kind" | "label" | "container"> & { isReadable: true })
  | { id: number; kind: Kind; label: null; container: null; isReadable: false };

/** Nodes of any kind without their nouns, as the caller may see them. */
export class GraphLoaders {
  constructor(private readonly db: Database) {}

  /** Null where there is no such node. */
  node(request: Request, id: number): Promise<SeenNode | null> {
    const loader = request.once(
      this,
      () =>
        new DataLoader<number, SeenNode | null>((ids) => this.nodes(request.actor, ids), {
          maxBatchSize: 900,
        }),
    );
    return loader.load(id);
  }

  /** The kinds of many nodes, and which of them the actor may read: for whole walks, at their pace. */
  async sightOf(actor: Actor, ids: readonly number[], pace: Pace): Promise<Sight> {
    const kinds = new Map<number, Kind>();
    const readable = new Set<number>();
    for (const chunk of idChunks(this.db.dialect.engine, ids)) {
      await pace.step();
      const rows = await this.rows<{ id: number; kind: Kind }>(actor, sql`n.id, n.kind`, chunk);
      for (const { id, kind, isReadable } of rows) {
        kinds.set(id, kind);
        if (isReadable) readable.add(id);
      }
    }
    return { kinds, readable };
  }

  private async nodes(actor: Actor, ids: readonly number[]): Promise<(SeenNode | null)[]> {
    const rows = await this.rows<NodeRow>(actor, sql`n.id, n.kind, n.label, n.container`, ids);
    const byId = new Map(rows.map((row) => [row.id, seen(row)]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  private rows<R>(
    actor: Actor,
    columns: Sql,
    ids: readonly number[],
  ): Promise<(R & { isReadable: number })[]> {
    const isReadable = sql`CASE WHEN ${every(readableNodes(actor, sql`n.id`))} THEN 1 ELSE 0 END`;
    const isAsked = amongIds(this.db.dialect.engine, sql`n.id`, ids);
    return this.db.read.query(
      sql`SELECT ${columns}, ${isReadable} AS isReadable FROM node n WHERE ${isAsked}`,
    );
  }
}

/** Which of some nodes an actor may read, and the kinds of all. */
export interface Sight {
  kinds: ReadonlyMap<number, Kind>;
  readable: ReadonlySet<number>;
}

function seen({ id, kind, label, container, isReadable }: NodeRow & { isReadable: number }): SeenNode {
  return isReadable
    ? { id, kind, label, container, isReadable: true }
    : { id, kind, label: null, container: null, isReadable: false };
}
