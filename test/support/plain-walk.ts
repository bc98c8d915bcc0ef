import { EdgeType } from "../../src/graph/graph.entity.ts";
import type { GraphRows, MemoryEdge } from "../../src/graph/memory-traversal.ts";
import {
  LineageDirection,
  PartialReason,
  type PathQuestion,
  type WalkQuestion,
} from "../../src/graph/traversal.ts";
import type { View } from "../../src/journal/as-of.ts";

const { BOTH, DOWNSTREAM, UPSTREAM } = LineageDirection;
type OneWay = typeof UPSTREAM | typeof DOWNSTREAM;

/** What a walk answers, told by definition rather than by search: slow, and with nothing in common with the real one. */
export function plainWalk(rows: GraphRows, question: WalkQuestion) {
  const { visited, shown, edges, reason } = plainReach(rows, question);
  return { visited, shown, edges: edges.map(edgeText).sort(), reason };
}

/** The same with the edges themselves. */
export function plainReach(rows: GraphRows, question: WalkQuestion) {
  const { roots, direction, depth, kinds, edgeTypes, stopAt, maxPerNode, view, budget } = question;
  const kindOf = new Map(rows.nodes.map(({ id, kind }) => [id, kind]));
  const live = liveEdges(rows, view, edgeTypes);
  const starts = plainStarts(rows, roots, view);
  const isStop = (id: number) => !starts.includes(id) && (stopAt?.includes(kindOf.get(id)!) ?? false);
  const near = (edge: MemoryEdge, way: OneWay) => (way === UPSTREAM ? edge.dst : edge.src);
  const far = (edge: MemoryEdge, way: OneWay) => (way === UPSTREAM ? edge.src : edge.dst);
  const neighbours = (id: number, way: OneWay) => [
    ...new Set(live.filter((edge) => near(edge, way) === id).map((edge) => far(edge, way))),
  ];
  const nearest = (id: number, way: OneWay) =>
    neighbours(id, way)
      .sort((a, b) => a - b)
      .slice(0, maxPerNode ?? undefined);

  const ways: OneWay[] = direction === BOTH ? [UPSTREAM, DOWNSTREAM] : [direction];
  const degrees = ways.map((way) =>
    distances(starts, depth ?? 99, (id) => (isStop(id) ? [] : nearest(id, way))),
  );
  const degreeOf = new Map<number, number>();
  for (const distance of degrees) {
    for (const [id, degree] of distance) degreeOf.set(id, Math.min(degree, degreeOf.get(id) ?? 99));
  }
  const inOrder = [...degreeOf].sort(([a, atA], [b, atB]) => atA - atB || a - b);
  const isCut = inOrder.length > budget.nodes;
  const visited = new Map(inOrder.slice(0, budget.nodes));
  const lastLevel = isCut ? inOrder[budget.nodes]![1] : 99;
  const isFollowed = (id: number, at: number) => {
    const degree = degrees[at]!.get(id);
    return degree !== undefined && degree < Math.min(lastLevel, depth ?? 99) && !isStop(id);
  };
  const shown = [...visited.keys()].filter((id) => kinds?.includes(kindOf.get(id)!) ?? true);
  const edges = live.filter((edge) =>
    ways.some(
      (way, at) =>
        isFollowed(near(edge, way), at) &&
        nearest(near(edge, way), way).includes(far(edge, way)) &&
        shown.includes(edge.src) &&
        shown.includes(edge.dst),
    ),
  );
  const isHubCut = ways.some((way, at) =>
    [...degrees[at]!.keys()].some(
      (id) => isFollowed(id, at) && neighbours(id, way).length > (maxPerNode ?? 99),
    ),
  );
  const reason = isCut ? PartialReason.NODE_BUDGET : isHubCut ? PartialReason.HUB : null;
  return { visited, shown, edges, reason };
}

/** The shortest path, whose nodes, read backwards along the data flow, have the lowest ids. */
export function plainPath(rows: GraphRows, { from, to, maxDepth, view }: PathQuestion) {
  const live = liveEdges(rows, view, null);
  const search = (upper: number[], lower: number[]): number[] | null => {
    const next = (id: number) => live.filter(({ src }) => src === id).map(({ dst }) => dst);
    const distance = distances(upper, maxDepth ?? 99, next);
    const reached = lower.filter((id) => distance.has(id));
    if (reached.length === 0) return null;
    const shortest = Math.min(...reached.map((id) => distance.get(id)!));
    const path = [Math.min(...reached.filter((id) => distance.get(id) === shortest))];
    for (let left = shortest - 1; left >= 0; left--) {
      const before = live.filter(({ src, dst }) => dst === path[0] && distance.get(src) === left);
      path.unshift(Math.min(...before.map(({ src }) => src)));
    }
    return path;
  };
  const [starts, ends] = [plainStarts(rows, from, view), plainStarts(rows, to, view)];
  return search(starts, ends) ?? search(ends, starts)?.reverse() ?? null;
}

export function edgeText({
  src,
  dst,
  type,
  role,
}: {
  src: number;
  dst: number;
  type: EdgeType;
  role: string;
}) {
  return `${src} → ${dst} ${type} ${role}`;
}

function liveEdges(rows: GraphRows, view: View, types: readonly EdgeType[] | null): MemoryEdge[] {
  const isThere = (event: { seq: number; occurredAt: number }) =>
    event.seq <= view.seq && event.occurredAt <= (view.occurredBy ?? 99);
  return rows.edges.filter(
    (edge) =>
      (types?.includes(edge.type) ??
        (edge.type !== EdgeType.PARENT_COMMIT && edge.type !== EdgeType.EVIDENCE)) &&
      isThere(edge) &&
      !(edge.retracted && isThere(edge.retracted)),
  );
}

function plainStarts(rows: GraphRows, roots: WalkQuestion["roots"], view: View): number[] {
  const members = (container: number) =>
    rows.nodes
      .filter((node) => node.container === container && node.kind !== "VALIDATION")
      .filter(({ seq, occurredAt }) => seq <= view.seq && occurredAt <= (view.occurredBy ?? 99))
      .map(({ id }) => id);
  const isContainer = ({ id }: { id: number }) => id <= 2;
  const starts = roots.flatMap((root) => (isContainer(root) ? members(root.id) : [root.id]));
  return [...new Set(starts)].sort((a, b) => a - b);
}

/** Relaxes until nothing changes. */
export function distances(
  starts: number[],
  most: number,
  next: (id: number) => number[],
): Map<number, number> {
  const found = new Map(starts.map((id) => [id, 0]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const [id, distance] of [...found]) {
      for (const to of distance < most ? next(id) : []) {
        if ((found.get(to) ?? 999) <= distance + 1) continue;
        found.set(to, distance + 1);
        changed = true;
      }
    }
  }
  return found;
}
