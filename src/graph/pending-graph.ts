import type { EdgeType } from "./graph.entity.ts";
import { type EdgeIdentity, edgeKey, joinKey, mayCloseNoRing } from "./graph.rules.ts";

/** A live row of `edge`. */
export interface StoredEdge {
  src: number;
  dst: number;
  type: EdgeType;
  role: string;
  seq: number;
  isInferred: boolean;
}

type Neighbours = Map<number, number[]>;

function unlink(neighbours: Neighbours, from: number, to: number): void {
  const known = neighbours.get(from);
  if (known) known.splice(known.lastIndexOf(to), 1);
}

function link(neighbours: Neighbours, from: number, to: number): void {
  const known = neighbours.get(from);
  if (known) known.push(to);
  else neighbours.set(from, [to]);
}

/** What one transaction has done to the graph and is not in the tables yet. */
export class PendingGraph {
  /** Nodes of this transaction: nobody else knows them, so nothing stored leads to or from them. */
  readonly created = new Set<number>();
  /** Whether this transaction holds the graph row. */
  isLocked = false;
  /** Stored edges that this transaction takes back. */
  readonly retracted = new Set<string>();
  private readonly proposed = new Set<string>();
  private readonly joins = new Set<string>();
  private readonly outdone = new Map<string, StoredEdge[]>();
  private readonly downstream: Neighbours = new Map();
  private readonly upstream: Neighbours = new Map();

  has(edge: EdgeIdentity): boolean {
    return this.proposed.has(edgeKey(edge));
  }

  /** Whether an edge of that type between the same nodes is queued, in whatever role. */
  isJoined(edge: EdgeIdentity): boolean {
    return this.joins.has(joinKey(edge));
  }

  queue(edges: readonly EdgeIdentity[]): void {
    for (const edge of edges) {
      this.proposed.add(edgeKey(edge));
      this.joins.add(joinKey(edge));
      if (!mayCloseNoRing(edge)) continue;
      link(this.downstream, edge.src, edge.dst);
      link(this.upstream, edge.dst, edge.src);
    }
  }

  /** Takes back what was queued last. Whoever does knows that no other edge joins the same nodes by the same type. */
  drop(edges: readonly EdgeIdentity[]): void {
    for (const edge of edges) {
      this.proposed.delete(edgeKey(edge));
      this.joins.delete(joinKey(edge));
      if (!mayCloseNoRing(edge)) continue;
      unlink(this.downstream, edge.src, edge.dst);
      unlink(this.upstream, edge.dst, edge.src);
    }
  }

  /** Notes stored inferred edges that end when somebody declares one between the same nodes. */
  noteOutdone(edges: readonly StoredEdge[]): void {
    for (const edge of edges)
      this.outdone.set(joinKey(edge), [...(this.outdone.get(joinKey(edge)) ?? []), edge]);
  }

  /** Those that this declared edge ends, told once. */
  takeOutdone(edge: EdgeIdentity): StoredEdge[] {
    const found = this.outdone.get(joinKey(edge)) ?? [];
    this.outdone.delete(joinKey(edge));
    return found;
  }

  /** Where the queued edges over which no ring may close lead from this node. */
  next(node: number, isDownstream: boolean): readonly number[] {
    return (isDownstream ? this.downstream : this.upstream).get(node) ?? [];
  }
}
