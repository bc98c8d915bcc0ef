import type { Warnings } from "./warnings.ts";

export interface OrderedRun {
  runId: string;
  parentRunId: string | null;
}

/**
 * The same runs, each after its parent and otherwise in the order given. A parent that is not among them, or that would
 * close a ring, is taken off the run, with a warning.
 */
export function parentsFirst<T extends OrderedRun>(runs: readonly T[], warnings: Warnings): T[] {
  const byId = new Map(runs.map((run) => [run.runId, run]));
  const placed = new Set<string>();
  const order: T[] = [];
  for (const run of runs) {
    const waiting: T[] = [];
    const isWaiting = new Set<string>();
    for (let next: T | undefined = run; next && !placed.has(next.runId); ) {
      waiting.push(next);
      isWaiting.add(next.runId);
      if (next.parentRunId === null) break;
      const parent = byId.get(next.parentRunId);
      if (!parent || isWaiting.has(parent.runId)) {
        warnings.add(
          parent
            ? `Run ${next.runId} descends from itself: its parent is left out`
            : `Run ${next.runId} names the parent ${next.parentRunId}, which is not in the store`,
        );
        next.parentRunId = null;
        break;
      }
      next = parent;
    }
    for (const one of waiting.reverse()) {
      placed.add(one.runId);
      order.push(one);
    }
  }
  return order;
}
