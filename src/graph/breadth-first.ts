import type { Kind } from "../kernel/ids.ts";
import { lowestNeighbours, type OneWay, OutOfTime, type WalkSource } from "./edge-source.ts";
import { edgeKey } from "./graph.rules.ts";
import {
  LineageDirection,
  PartialReason,
  type Root,
  type Walk,
  type WalkedEdge,
  type WalkQuestion,
} from "./traversal.ts";

const edgesPerNode = 4; // of the budget: bounds memory where few nodes have very many edges

const containers: ReadonlySet<Kind> = new Set<Kind>(["MODEL", "DATASET", "EXPERIMENT"]);

/** The nodes that a walk begins at: containers stand for their members. Sorted, at most `most`. */
export async function startsOf(source: WalkSource, roots: readonly Root[], most: number): Promise<number[]> {
  const isContainer = ({ kind }: Root) => containers.has(kind);
  const ids = roots.filter((root) => !isContainer(root)).map(({ id }) => id);
  const held = roots.filter(isContainer).map(({ id }) => id);
  const members = held.length > 0 ? await source.members(held, most) : [];
  return sorted(new Set([...ids, ...members])).slice(0, most);
}

function sorted(ids: Iterable<number>): number[] {
  return [...Uint32Array.from(ids).sort()];
}

/** What a walk knows in one direction: BOTH is two of these, level by level. */
interface Side {
  direction: OneWay;
  seen: Set<number>;
  frontier: number[];
}

/** Level by level, over whole levels: so degree, order and every cut are exact. */
export async function breadthFirst(source: WalkSource, question: WalkQuestion): Promise<Walk> {
  return new BreadthFirst(source, question).walk();
}

class BreadthFirst {
  private readonly visited = new Map<number, number>();
  private readonly kinds: Map<number, Kind> | null;
  private readonly sides: Side[];
  private edges: WalkedEdge[] = [];
  private reason: PartialReason | null = null;
  private hasCutHub = false;

  constructor(
    private readonly source: WalkSource,
    private readonly question: WalkQuestion,
  ) {
    const { direction, kinds, stopAt } = question;
    this.kinds = kinds || stopAt ? new Map() : null;
    const ways =
      direction === LineageDirection.BOTH
        ? ([LineageDirection.UPSTREAM, LineageDirection.DOWNSTREAM] as const)
        : [direction];
    this.sides = ways.map((way) => ({ direction: way, seen: new Set(), frontier: [] }));
  }

  async walk(): Promise<Walk> {
    let levels = 0;
    try {
      await this.start();
      const { depth } = this.question;
      while (this.reason === null && (depth === null || levels < depth) && this.hasFrontier()) {
        await this.level(levels + 1);
        levels++;
      }
    } catch (error) {
      if (!(error instanceof OutOfTime)) throw error;
      this.reason = PartialReason.DEADLINE;
    }
    const shown = this.shown();
    return {
      visited: this.visited,
      shown,
      edges: this.edgesBetween(shown),
      reason: this.reason ?? (this.hasCutHub ? PartialReason.HUB : null),
      levels,
    };
  }

  private hasFrontier(): boolean {
    return this.sides.some((side) => side.frontier.length > 0);
  }

  private async start(): Promise<void> {
    const { roots, budget } = this.question;
    const starts = await startsOf(this.source, roots, budget.nodes + 1);
    if (starts.length > budget.nodes) {
      starts.length = budget.nodes;
      this.reason = PartialReason.NODE_BUDGET;
    }
    await this.learnKinds(starts);
    for (const id of starts) this.visited.set(id, 0);
    for (const side of this.sides) {
      side.seen = new Set(starts);
      side.frontier = starts;
    }
  }

  /** Reads a whole level before it changes anything, so that a deadline leaves whole levels. */
  private async level(degree: number): Promise<void> {
    const room = this.question.budget.nodes - this.visited.size;
    const found: WalkedEdge[][] = [];
    for (const side of this.sides) found.push(await this.expand(side, room));
    const reached = this.sides.map((side, at) => unseen(side, found[at]!));
    const news = reached.map((ids) => [...ids].filter((id) => !this.visited.has(id)));
    const fresh = sorted(news.length === 1 ? news[0]! : new Set(news.flat()));
    if (fresh.length > room) {
      fresh.length = room;
      this.reason = PartialReason.NODE_BUDGET;
    }
    await this.learnKinds(fresh);
    for (const id of fresh) this.visited.set(id, degree);
    this.sides.forEach((side, at) => {
      const kept = [...reached[at]!].filter((id) => this.visited.has(id));
      for (const id of kept) side.seen.add(id);
      side.frontier = kept.filter((id) => !this.isStop(id));
      for (const edge of found[at]!) this.edges.push(edge);
    });
  }

  private async expand(side: Side, room: number): Promise<WalkedEdge[]> {
    const { frontier, direction } = side;
    const { maxPerNode, budget } = this.question;
    if (frontier.length === 0) return [];
    const most = Math.max(budget.nodes * edgesPerNode - this.edges.length, 0);
    const all = await this.source.edges(frontier, direction, maxPerNode, most);
    if (all) return this.lowest(all, direction, maxPerNode);
    this.reason = PartialReason.EDGE_BUDGET;
    const fewer = Math.min(maxPerNode ?? room, Math.max(1, Math.floor(room / frontier.length)));
    return this.lowest((await this.source.edges(frontier, direction, fewer, most)) ?? [], direction, fewer);
  }

  private lowest(edges: WalkedEdge[], direction: OneWay, perNode: number | null): WalkedEdge[] {
    if (perNode === null) return edges;
    const kept = lowestNeighbours(edges, direction, perNode);
    if (kept.length < edges.length) this.hasCutHub = true;
    return kept;
  }

  private async learnKinds(ids: readonly number[]): Promise<void> {
    if (!this.kinds || ids.length === 0) return;
    for (const [id, kind] of await this.source.kinds(ids)) this.kinds.set(id, kind);
  }

  private isStop(id: number): boolean {
    return this.question.stopAt?.includes(this.kinds!.get(id)!) ?? false;
  }

  private shown(): number[] {
    const ids = [...this.visited.keys()];
    const { kinds } = this.question;
    return kinds ? ids.filter((id) => kinds.includes(this.kinds!.get(id)!)) : ids;
  }

  private edgesBetween(shown: readonly number[]): WalkedEdge[] {
    const { kinds, direction } = this.question;
    let { edges } = this;
    if (kinds || this.reason !== null) {
      const ends = new Set(shown);
      edges = edges.filter(({ src, dst }) => ends.has(src) && ends.has(dst));
    }
    // Rings through evaluations may be walked from both sides.
    return direction === LineageDirection.BOTH
      ? [...new Map(edges.map((edge) => [edgeKey(edge), edge])).values()]
      : edges;
  }
}

function unseen({ direction, seen }: Side, edges: readonly WalkedEdge[]): Set<number> {
  const reached = new Set<number>();
  for (const { src, dst } of edges) {
    const far = direction === LineageDirection.UPSTREAM ? src : dst;
    if (!seen.has(far)) reached.add(far);
  }
  return reached;
}
