import type { View } from "../journal/as-of.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { breadthFirst } from "./breadth-first.ts";
import { type EdgeSource, Pace } from "./edge-source.ts";
import type { EdgeType } from "./graph.entity.ts";
import { shortestPath } from "./shortest-path.ts";
import {
  type Budget,
  type FoundPath,
  LineageDirection,
  type OpenEndsQuestion,
  type PathQuestion,
  type Traversal,
  type Walk,
  type WalkQuestion,
} from "./traversal.ts";

const fewEdges = 8; // each, before a page is taken to hold a hub
const rowsOfNoHub = 2_000;
const neighboursAtOnce = 20; // an unvisited one is among the first, as a rule

/** Answers from a source of edges, level by level. */
export abstract class LevelTraversal implements Traversal {
  constructor(private readonly clock: Clock) {}

  /** With a `reader`, only edges to neighbours that it may read. */
  protected abstract source(
    view: View,
    types: readonly EdgeType[] | null,
    pace: Pace,
    reader: Actor | null,
  ): EdgeSource;

  walk(question: WalkQuestion): Promise<Walk> {
    return breadthFirst(this.sourceFor(question.view, question.edgeTypes, question.budget), question);
  }

  path(question: PathQuestion): Promise<FoundPath | null> {
    return shortestPath(this.sourceFor(question.view, null, question.budget), question);
  }

  async openEnds({ ids, direction, visited, edgeTypes, view, reader }: OpenEndsQuestion) {
    const source = this.sourceFor(view, edgeTypes, { deadlineAt: null }, reader);
    const open = new Set<number>();
    const few = await source.edges(ids, direction, null, ids.length * fewEdges + rowsOfNoHub);
    if (few) {
      for (const { src, dst } of few) {
        const [near, far] = direction === LineageDirection.UPSTREAM ? [dst, src] : [src, dst];
        if (!visited.has(far)) open.add(near);
      }
      return open;
    }
    // Some node is a hub: not all of its neighbours are read.
    let after = new Map(ids.map((id) => [id, 0]));
    while (after.size > 0) {
      const rows = await source.neighbours(after, direction, neighboursAtOnce);
      const counts = new Map<number, number>();
      const lasts = new Map<number, number>();
      for (const { near, far } of rows) {
        counts.set(near, (counts.get(near) ?? 0) + 1);
        lasts.set(near, Math.max(far, lasts.get(near) ?? 0));
        if (!visited.has(far)) open.add(near);
      }
      // The few whose neighbours so far were all visited, and that may have more.
      after = new Map(
        [...lasts].filter(([near]) => !open.has(near) && counts.get(near)! >= neighboursAtOnce),
      );
    }
    return open;
  }

  private sourceFor(
    view: View,
    types: readonly EdgeType[] | null,
    budget: Pick<Budget, "deadlineAt" | "signal">,
    reader: Actor | null = null,
  ): EdgeSource {
    return this.source(view, types, new Pace(this.clock, budget), reader);
  }
}
