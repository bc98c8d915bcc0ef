import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { among, sql } from "../db/sql.ts";
import { edgesBetween } from "../graph/edge-pairs.ts";
import { edgeKey } from "../graph/graph.rules.ts";
import type { WalkedEdge } from "../graph/traversal.ts";
import type { Request } from "../kernel/request.ts";

export class LineageLoaders {
  constructor(private readonly db: Database) {}

  /** When the event with this seq happened, in epoch ms; for imported history as told. */
  occurredAt(request: Request, seq: number): Promise<number> {
    const loader = request.once(
      this.occurredAt,
      () => new DataLoader<number, number>((seqs) => this.instants(seqs), { maxBatchSize: 900 }),
    );
    return loader.load(seq);
  }

  /** Whether it was read out of params or tags. Walks do not ask: the index they read by does not tell. */
  isInferred(request: Request, edge: WalkedEdge): Promise<boolean> {
    const loader = request.once(
      this.isInferred,
      () => new DataLoader<WalkedEdge, boolean>((edges) => this.inferred(edges), { maxBatchSize: 900 }),
    );
    return loader.load(edge);
  }

  private async inferred(edges: readonly WalkedEdge[]): Promise<boolean[]> {
    const columns = sql`edge.src, edge.dst, edge.type, edge.role, edge.seq`;
    const isInferred = sql`edge.isInferred = ${true}`;
    const rows = await edgesBetween<WalkedEdge>(this.db.read, edges, columns, isInferred);
    const keyOf = (edge: WalkedEdge) => `${edgeKey(edge)} ${edge.seq}`;
    const inferred = new Set(rows.map(keyOf));
    return edges.map((edge) => inferred.has(keyOf(edge)));
  }

  private async instants(seqs: readonly number[]): Promise<number[]> {
    const rows = await this.db.read.query<{ seq: number; occurredAt: number }>(
      sql`SELECT seq, occurredAt FROM event WHERE ${among(sql`seq`, seqs)}`,
    );
    const bySeq = new Map(rows.map((row) => [row.seq, row.occurredAt]));
    return seqs.map((seq) => bySeq.get(seq)!);
  }
}
