import { LRUCache } from "lru-cache";
import { breadthFirst } from "../graph/breadth-first.ts";
import { Pace } from "../graph/edge-source.ts";
import type { GraphLoaders } from "../graph/graph.loaders.ts";
import { isBefore } from "../graph/shortest-path.ts";
import {
  type Budget,
  PartialReason,
  type Traversal,
  type Walk,
  type WalkedEdge,
  type WalkQuestion,
} from "../graph/traversal.ts";
import type { Clock } from "../kernel/clock.ts";
import { StemmaError } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";
import { asksForEvidence, evidenceWish, joined } from "./evidence-walk.ts";
import type { Place } from "./place.ts";
import { ReadersGraph } from "./readers-graph.ts";

const mostNodes = 100_000;
const mostMillis = 10_000; // a chain of 10,000 takes MySQL some 3 s, a statement a level
const keptMillis = 60_000;
const nothing: ReadonlySet<number> = new Set();
const keptEntries = 500_000; // nodes and edges, at most some 100 MB

/** What one question may take. */
export function usualBudget(clock: Clock, signal: AbortSignal | undefined): Budget {
  return { nodes: mostNodes, deadlineAt: clock() + mostMillis, signal };
}

/** What a later page must know of the first one. */
type FirstPage = Pick<Place, "cutAt" | "seen">;

/** What a walk is asked, but for what it may take. */
export type Wish = Omit<WalkQuestion, "budget">;

/** A walk, and what pages and paths need to know of it. */
export class KnownWalk {
  private placesOfShown: Map<number, number> | null = null;
  private places: Uint32Array | null = null;
  private ways: Map<number, WalkedEdge> | null = null;

  constructor(
    readonly walk: Walk,
    readonly wish: Wish,
    /** Visited nodes that the caller may not read. */
    readonly hidden: ReadonlySet<number> = nothing,
    /** The scopes by which it was judged what the caller may read; null where he may read everything. */
    readonly seen: number | null = null,
  ) {}

  /** Whether the caller may read this visited node. The others are there for what they join. */
  isReadable(id: number): boolean {
    return !this.hidden.has(id);
  }

  /** Where a node is among the shown ones, from 0 on. */
  placeOf(id: number): number {
    this.placesOfShown ??= new Map(this.walk.shown.map((shown, place) => [shown, place]));
    return this.placesOfShown.get(id)!;
  }

  /** Null, or how deep the walk came before its time was over. */
  get cutAt(): number | null {
    return this.walk.reason === PartialReason.DEADLINE ? this.walk.levels : null;
  }

  /** The edges of which the later node is at these places among the shown ones. */
  edgesOn(from: number, to: number): WalkedEdge[] {
    const { edges } = this.walk;
    this.places ??= this.laterPlaces();
    const places = this.places;
    const found: number[] = [];
    for (let at = 0; at < edges.length; at++) if (places[at]! >= from && places[at]! < to) found.push(at);
    const inOrder = (a: WalkedEdge, b: WalkedEdge) => a.dst - b.dst || (isBefore(a, b) ? -1 : 1);
    return found
      .sort((a, b) => places[a]! - places[b]! || inOrder(edges[a]!, edges[b]!))
      .map((at) => edges[at]!);
  }

  /** A shortest path from a root down to a node of a downstream walk; the same as `Traversal.path` gives. */
  pathTo(id: number): WalkedEdge[] {
    this.ways ??= this.waysDown();
    const path: WalkedEdge[] = [];
    for (let edge = this.ways.get(id); edge; edge = this.ways.get(edge.src)) path.push(edge);
    return path.reverse();
  }

  /** Where each edge's later node is among the shown ones. */
  private laterPlaces(): Uint32Array {
    return Uint32Array.from(this.walk.edges, ({ src, dst }) =>
      Math.max(this.placeOf(src), this.placeOf(dst)),
    );
  }

  private waysDown(): Map<number, WalkedEdge> {
    const { visited, edges } = this.walk;
    const ways = new Map<number, WalkedEdge>();
    for (const edge of edges) {
      if (visited.get(edge.src)! + 1 !== visited.get(edge.dst)!) continue;
      const known = ways.get(edge.dst);
      if (!known || isBefore(edge, known)) ways.set(edge.dst, edge);
    }
    return ways;
  }
}

/**
 * Walks within the usual budget, and remembers the last ones for a minute: the graph of a view never changes, so the
 * next page needs no second walk. The whole truth is remembered for all, and leaves this class only as far as the caller
 * may know it, which is remembered for those who may read the same scopes: later pages fit the first one, whatever has
 * come to stand under another scope since.
 */
export class Walks {
  private readonly known = new LRUCache<string, KnownWalk>({
    maxSize: keptEntries,
    sizeCalculation: ({ walk }) => walk.visited.size + walk.edges.length + 1,
    ttl: keptMillis,
  });

  constructor(
    readonly traversal: Traversal,
    private readonly nodes: GraphLoaders,
    private readonly clock: Clock,
  ) {}

  /**
   * A walk as the caller may know it, see ReadersGraph; the roots must be nodes that it may read. A later page is of the
   * walk that the first one was of: it ends where that ended for want of time, and shows what its scopes allowed.
   */
  async of(request: Request, wish: Wish, first: FirstPage | null): Promise<KnownWalk> {
    const flow = await this.flow(request, wish, first);
    if (!asksForEvidence(wish)) return flow;
    const key = JSON.stringify(["evidence", flow.cutAt, wish, request.actor.readableScopes, flow.seen]);
    const known = this.known.get(key);
    if (known) return known;
    const found = await this.withEvidence(request, flow);
    this.known.set(key, found);
    return found;
  }

  /** Evidence comes with each visited node, whichever way the walk went, and is never walked through. */
  private async withEvidence(request: Request, flow: KnownWalk): Promise<KnownWalk> {
    const { signal } = request;
    const budget = usualBudget(this.clock, signal);
    const evidence = await this.traversal.walk({ ...evidenceWish(flow), budget });
    const pace = new Pace(this.clock, { deadlineAt: null, signal });
    const sight = await this.nodes.sightOf(request, [...evidence.visited.keys()], pace);
    return new KnownWalk(joined(flow, evidence, sight), flow.wish, flow.hidden, flow.seen);
  }

  private async flow(request: Request, wish: Wish, first: FirstPage | null): Promise<KnownWalk> {
    const { actor, signal } = request;
    const cutAt = first?.cutAt ?? null;
    if (actor.readsEverything) return this.whole(wish, cutAt, signal);
    const keyOf = (cut: number | null, seen: number | null) =>
      JSON.stringify([cut, wish, actor.readableScopes, seen]);
    const known = this.known.get(keyOf(cutAt, first?.seen ?? (await this.nodes.revision(request))));
    if (known) return known;
    const found = await this.knownTo(request, wish, cutAt);
    this.known.set(keyOf(found.cutAt, found.seen), found);
    return found;
  }

  private async knownTo(request: Request, wish: Wish, cutAt: number | null): Promise<KnownWalk> {
    const { signal } = request;
    // Hidden nodes have kinds and take places among neighbours, too: both cuts are made after they are gone.
    const { walk } = await this.whole({ ...wish, kinds: null, maxPerNode: null }, cutAt, signal);
    const pace = new Pace(this.clock, { deadlineAt: null, signal });
    const sight = await this.nodes.sightOf(request, [...walk.visited.keys()], pace);
    const { hidden, revision } = sight;
    if (hidden.size === 0 && wish.kinds === null && wish.maxPerNode === null) {
      return new KnownWalk(walk, wish, hidden, revision);
    }
    const graph = new ReadersGraph(walk, sight, pace);
    const budget = { nodes: mostNodes, deadlineAt: null, signal };
    const readers = await breadthFirst(graph, { ...wish, roots: graph.roots, budget });
    const { levels, reason } = walk;
    const cut = { ...readers, levels, reason: reason ?? readers.reason };
    return new KnownWalk(cut, wish, hidden, revision);
  }

  private async whole(wish: Wish, cutAt: number | null, signal: AbortSignal): Promise<KnownWalk> {
    const key = JSON.stringify([cutAt, wish]);
    const known = this.known.get(key);
    if (known) return known;
    const depth = cutAt === null ? wish.depth : Math.min(cutAt, wish.depth ?? cutAt);
    const walk = await this.traversal.walk({ ...wish, depth, budget: usualBudget(this.clock, signal) });
    if (cutAt !== null && walk.reason === PartialReason.DEADLINE) {
      // The first page came further: its next one must not hold less.
      throw new StemmaError("UNAVAILABLE", "the database is slower than for the page before; try again");
    }
    const found = new KnownWalk(
      cutAt === null ? walk : { ...walk, reason: PartialReason.DEADLINE, levels: cutAt },
      wish,
    );
    // A later try may come further than one that ran out of time; only that one's own pages must not.
    this.known.set(JSON.stringify([found.cutAt, wish]), found);
    return found;
  }
}
