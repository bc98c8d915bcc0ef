import { type EdgeIdentity, edgeKey, mayCloseNoRing } from "./graph.rules.ts";

type Neighbours = Map<number, number[]>;

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
  private readonly downstream: Neighbours = new Map();
  private readonly upstream: Neighbours = new Map();

  has(edge: EdgeIdentity): boolean {
    return this.proposed.has(edgeKey(edge));
  }

  queue(edges: readonly EdgeIdentity[]): void {
    for (const edge of edges) {
      this.proposed.add(edgeKey(edge));
      if (!mayCloseNoRing(edge)) continue;
      link(this.downstream, edge.src, edge.dst);
      link(this.upstream, edge.dst, edge.src);
    }
  }

  /** Where the queued edges over which no ring may close lead from this node. */
  next(node: number, isDownstream: boolean): readonly number[] {
    return (isDownstream ? this.downstream : this.upstream).get(node) ?? [];
  }
}
