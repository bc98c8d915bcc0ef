import { setImmediate } from "node:timers/promises";
import type { Clock } from "../kernel/clock.ts";
import { StemmaError } from "../kernel/errors.ts";
import type { Kind } from "../kernel/ids.ts";
import { type Budget, LineageDirection, type WalkedEdge } from "./traversal.ts";

export type OneWay = LineageDirection.UPSTREAM | LineageDirection.DOWNSTREAM;

/** Edges of one view and of some types, as a walk reads them. */
export interface WalkSource {
  /**
   * The edges that lead from these nodes in that direction, in any order; null where they are more than `most`. With
   * `perNode`, only those to each node's lowest so many neighbours and one more count; others may be among them.
   */
  edges(
    ids: readonly number[],
    direction: OneWay,
    perNode: number | null,
    most: number,
  ): Promise<WalkedEdge[] | null>;

  kinds(ids: readonly number[]): Promise<ReadonlyMap<number, Kind>>;

  /** The members of these containers, by id, at most so many. */
  members(containers: readonly number[], most: number): Promise<number[]>;
}

/** The same as an implementation of Traversal reads it. */
export interface EdgeSource extends WalkSource {
  /** Up to `most` of each node's neighbours in that direction beyond the id `after`, by id. */
  neighbours(after: ReadonlyMap<number, number>, direction: OneWay, most: number): Promise<NeighbourRow[]>;
}

export interface NeighbourRow {
  near: number;
  far: number;
}

/** Those of these edges that lead to each node's `perNode` neighbours with the lowest ids. */
export function lowestNeighbours(
  edges: readonly WalkedEdge[],
  direction: OneWay,
  perNode: number,
): WalkedEdge[] {
  const [near, far] =
    direction === LineageDirection.UPSTREAM ? (["dst", "src"] as const) : (["src", "dst"] as const);
  const neighbours = new Map<number, Set<number>>();
  for (const edge of edges) {
    const known = neighbours.get(edge[near]);
    if (known) known.add(edge[far]);
    else neighbours.set(edge[near], new Set([edge[far]]));
  }
  const lasts = new Map<number, number>();
  for (const [id, ids] of neighbours) {
    if (ids.size > perNode) lasts.set(id, Uint32Array.from(ids).sort()[perNode - 1]!);
  }
  return edges.filter((edge) => edge[far] <= (lasts.get(edge[near]) ?? edge[far]));
}

export class OutOfTime extends Error {}

const longestStretchMillis = 20;

/** Keeps work within its time, and lets others have theirs: SQLite answers without ever leaving this thread. */
export class Pace {
  private lastRest: number;

  constructor(
    private readonly clock: Clock,
    private readonly budget: Pick<Budget, "deadlineAt" | "signal">,
  ) {
    this.lastRest = clock();
  }

  /** Before each statement. Throws OutOfTime past the deadline, UNAVAILABLE where the caller is gone. */
  async step(): Promise<void> {
    const { deadlineAt, signal } = this.budget;
    if (this.clock() - this.lastRest >= longestStretchMillis) {
      await setImmediate();
      this.lastRest = this.clock();
    }
    if (signal?.aborted) throw new StemmaError("UNAVAILABLE", "the request was given up");
    if (deadlineAt !== null && this.clock() >= deadlineAt) throw new OutOfTime();
  }
}
