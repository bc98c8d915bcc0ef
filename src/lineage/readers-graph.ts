import type { OneWay, Pace, WalkSource } from "../graph/edge-source.ts";
import type { Sight } from "../graph/graph.loaders.ts";
import type { Root, Walk, WalkedEdge } from "../graph/traversal.ts";
import { grouped } from "../tracking/grouping.ts";

const nearEnd = { UPSTREAM: "dst", DOWNSTREAM: "src" } as const;
const farEnd = { UPSTREAM: "src", DOWNSTREAM: "dst" } as const;

/**
 * A walk as one actor may know it: the nodes that it may read, and of the others those through which the walk came to
 * such a one, for that the two ends are joined is known to whoever may read both. What lies off the ways between readable
 * nodes is not there: it is no node, no edge, nobody's neighbour, and counts for nothing.
 */
export class ReadersGraph implements WalkSource {
  private readonly ways = new Map<OneWay, Map<number, WalkedEdge[]>>();

  constructor(
    private readonly walk: Walk,
    private readonly sight: Sight,
    private readonly pace: Pace,
  ) {}

  /** Where the walk began: at what the roots stand for, which whoever may read them may read. */
  get roots(): Root[] {
    const { visited } = this.walk;
    const starts = [...visited.keys()].filter((id) => visited.get(id) === 0);
    return starts.map((id) => ({ id, kind: this.sight.kindOf(id)! }));
  }

  async edges(ids: readonly number[], direction: OneWay) {
    await this.pace.step();
    const way = this.ways.get(direction) ?? (await this.wayOf(direction));
    this.ways.set(direction, way);
    return ids.flatMap((id) => way.get(id) ?? []);
  }

  async kinds(ids: readonly number[]) {
    return new Map(ids.map((id) => [id, this.sight.kindOf(id)!]));
  }

  /** A walk comes to no container. */
  async members() {
    return [];
  }

  /** The edges that lead on from each node in this direction, between nodes that are there in this direction. */
  private async wayOf(direction: OneWay): Promise<Map<number, WalkedEdge[]>> {
    const [near, far] = [nearEnd[direction], farEnd[direction]];
    const isThere = this.leadingToReadable(direction);
    await this.pace.step();
    const edges = this.walk.edges.filter((edge) => isThere.has(edge[near]) && isThere.has(edge[far]));
    await this.pace.step();
    return grouped(edges, (edge) => edge[near]);
  }

  /** The readable nodes, and those from which walked edges lead to one in this direction. */
  private leadingToReadable(direction: OneWay): ReadonlySet<number> {
    const [near, far] = [nearEnd[direction], farEnd[direction]];
    const { hidden } = this.sight;
    const fromHidden = this.walk.edges.filter((edge) => hidden.has(edge[near]));
    const before = grouped(fromHidden, (edge) => edge[far]);
    const found = new Set(this.walk.visited.keys());
    for (const id of hidden) found.delete(id);
    const reached = [...before.keys()].filter((id) => !hidden.has(id));
    for (let id = reached.pop(); id !== undefined; id = reached.pop()) {
      for (const edge of before.get(id) ?? []) {
        if (found.has(edge[near])) continue;
        found.add(edge[near]);
        reached.push(edge[near]);
      }
    }
    return found;
  }
}
