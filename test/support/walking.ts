import { EdgeType } from "../../src/graph/graph.entity.ts";
import type { GraphRows, MemoryEdge } from "../../src/graph/memory-traversal.ts";
import { LineageDirection, type WalkQuestion } from "../../src/graph/traversal.ts";

/** Everything upstream of these nodes, as of now, unless told otherwise. */
export function questionOf(roots: readonly number[], parts: Partial<WalkQuestion> = {}): WalkQuestion {
  return {
    roots: roots.map((id) => ({ id, kind: "RUN" })),
    direction: LineageDirection.UPSTREAM,
    depth: null,
    kinds: null,
    edgeTypes: null,
    stopAt: null,
    maxPerNode: null,
    view: { seq: Number.MAX_SAFE_INTEGER, occurredBy: null },
    budget: { nodes: 200_000, deadlineAt: null },
    ...parts,
  };
}

/** Runs 1…count and edges between them, all recorded at once. */
export function rowsOf(
  count: number,
  edges: readonly (readonly [src: number, dst: number, role?: string])[],
): GraphRows {
  const once = { seq: 1, occurredAt: 0 };
  const plain = { kind: "RUN", container: null, scope: null, ...once } as const;
  return {
    nodes: Array.from({ length: count }, (_, at) => ({ id: at + 1, ...plain })),
    edges: edges.map(
      ([src, dst, role]): MemoryEdge => ({
        src,
        dst,
        type: EdgeType.DERIVED,
        role: role ?? "",
        retracted: null,
        ...once,
      }),
    ),
  };
}

/** 1 → 2 → … → length, with `skip` also 1 → 3, 2 → 4, … */
export function chain(length: number, steps: readonly number[] = [1]): GraphRows {
  const edges = steps.flatMap((step) =>
    Array.from({ length: length - step }, (_, at): [number, number] => [at + 1, at + 1 + step]),
  );
  return rowsOf(length, edges);
}

/** 1 fed by 2…width+1. */
export function hub(width: number, roles: readonly string[] = [""]): GraphRows {
  const spokes = Array.from({ length: width }, (_, at) => at + 2);
  return rowsOf(
    width + 1,
    roles.flatMap((role) => spokes.map((src): [number, number, string] => [src, 1, role])),
  );
}
