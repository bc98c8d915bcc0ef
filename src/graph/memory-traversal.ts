import type { View } from "../journal/as-of.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Kind } from "../kernel/ids.ts";
import {
  type EdgeSource,
  lowestNeighbours,
  type NeighbourRow,
  type OneWay,
  type Pace,
} from "./edge-source.ts";
import type { EdgeType } from "./graph.entity.ts";
import { belongings, walkedWhenAsked } from "./graph.rules.ts";
import { LevelTraversal } from "./level-traversal.ts";
import { LineageDirection, type WalkedEdge } from "./traversal.ts";

/** A graph as rows: what the tables hold, with the instants of their events. */
export interface GraphRows {
  nodes: readonly MemoryNode[];
  edges: readonly MemoryEdge[];
}

export interface MemoryNode {
  id: number;
  kind: Kind;
  container: number | null;
  /** Of containers only. */
  scope: string | null;
  seq: number;
  occurredAt: number;
}

export interface MemoryEdge extends WalkedEdge {
  occurredAt: number;
  retracted: { seq: number; occurredAt: number } | null;
}

type Adjacency = Map<number, MemoryEdge[]>;

function attach(adjacency: Adjacency, id: number, edge: MemoryEdge): void {
  const known = adjacency.get(id);
  if (known) known.push(edge);
  else adjacency.set(id, [edge]);
}

/** The same answers out of memory: what the tables say, told a second time. */
export class MemoryTraversal extends LevelTraversal {
  private readonly nodes: ReadonlyMap<number, MemoryNode>;
  private readonly kinds: ReadonlyMap<number, Kind>;
  private readonly upstream: Adjacency = new Map();
  private readonly downstream: Adjacency = new Map();

  constructor(
    private readonly rows: GraphRows,
    clock: Clock,
  ) {
    super(clock);
    this.nodes = new Map(rows.nodes.map((node) => [node.id, node]));
    this.kinds = new Map(rows.nodes.map(({ id, kind }) => [id, kind]));
    for (const edge of rows.edges) {
      attach(this.upstream, edge.dst, edge);
      attach(this.downstream, edge.src, edge);
    }
  }

  protected override source(
    view: View,
    types: readonly EdgeType[] | null,
    pace: Pace,
    reader: Actor | null,
  ): EdgeSource {
    const isWanted = (edge: MemoryEdge) =>
      (types ? types.includes(edge.type) : !walkedWhenAsked.includes(edge.type)) && isLive(edge, view);
    const edgesAt = (id: number, direction: OneWay) =>
      ((direction === LineageDirection.UPSTREAM ? this.upstream : this.downstream).get(id) ?? [])
        .filter(isWanted)
        .filter(({ src, dst }) => !reader || this.mayRead(reader, src === id ? dst : src));
    return {
      edges: async (ids, direction, perNode, most) => {
        await pace.step();
        const all = ids.flatMap((id) => edgesAt(id, direction));
        const found = perNode === null ? all : lowestNeighbours(all, direction, perNode + 1);
        return found.length > most ? null : found;
      },
      kinds: async () => this.kinds,
      members: async (containers, most) =>
        this.rows.nodes
          .filter(
            (node) =>
              node.container !== null &&
              containers.includes(node.container) &&
              !belongings.includes(node.kind) &&
              isThere(node, view),
          )
          .map(({ id }) => id)
          .sort((a, b) => a - b)
          .slice(0, most),
      neighbours: async (after, direction, most) =>
        [...after].flatMap(([near, last]) =>
          edgesAt(near, direction)
            .map((edge): NeighbourRow => ({ near, far: edge.src === near ? edge.dst : edge.src }))
            .filter(({ far }) => far > last)
            .sort((a, b) => a.far - b.far)
            .slice(0, most),
        ),
    };
  }

  private mayRead(reader: Actor, id: number): boolean {
    const { kind, container, scope } = this.nodes.get(id)!;
    if (reader.readsEverything) return true;
    if (kind === "COMMIT") return reader.readableScopes.length > 0;
    const held = (container === null ? null : this.nodes.get(container)!.scope) ?? scope;
    return held !== null && reader.may("registry:read", held);
  }
}

function isThere({ seq, occurredAt }: { seq: number; occurredAt: number }, view: View): boolean {
  return seq <= view.seq && (view.occurredBy === null || occurredAt <= view.occurredBy);
}

function isLive(edge: MemoryEdge, view: View): boolean {
  return isThere(edge, view) && !(edge.retracted && isThere(edge.retracted, view));
}
