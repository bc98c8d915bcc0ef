import type { GraphRows } from "../../src/graph/memory-traversal.ts";
import { LineageDirection, PartialReason, type WalkQuestion } from "../../src/graph/traversal.ts";
import { distances, edgeText, plainReach } from "./plain-walk.ts";

const { BOTH, DOWNSTREAM, UPSTREAM } = LineageDirection;

/** Whether who may read these scopes (names, and prefixes such as `risk.*`) may read a node. */
export function plainlyReadable({ nodes }: GraphRows, scopes: readonly string[]): (id: number) => boolean {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return (id) => {
    const { kind, container, scope } = byId.get(id)!;
    const held = container === null ? scope : byId.get(container)!.scope;
    if (kind === "COMMIT" && scopes.length > 0) return true;
    return scopes.some(
      (pattern) =>
        pattern === "*" ||
        pattern === held ||
        (held !== null && `${held}.`.startsWith(pattern.slice(0, -1)) && pattern.endsWith(".*")),
    );
  };
}

/**
 * What of a walk a reader may know, by definition: everything is walked; in each direction a hidden node stays where it
 * leads to a readable one; of what is left the wanted kinds and neighbours are taken.
 */
export function plainSight(rows: GraphRows, question: WalkQuestion, isReadable: (id: number) => boolean) {
  const whole = plainReach(rows, { ...question, kinds: null, maxPerNode: null });
  const starts = [...whole.visited].filter(([, degree]) => degree === 0);
  const roots = starts.map(([id]) => ({ id, kind: "RUN" as const }));
  const ways = question.direction === BOTH ? [UPSTREAM, DOWNSTREAM] : [question.direction];
  const parts = ways.map((direction) => {
    const onward = (id: number) =>
      direction === UPSTREAM
        ? whole.edges.filter(({ dst }) => dst === id).map(({ src }) => src)
        : whole.edges.filter(({ src }) => src === id).map(({ dst }) => dst);
    const stays = (id: number) => [...distances([id], 99, onward).keys()].some(isReadable);
    const edges = whole.edges.filter(({ src, dst }) => stays(src) && stays(dst));
    const budget = { nodes: 99, deadlineAt: null };
    return plainReach({ nodes: rows.nodes, edges }, { ...question, roots, direction, budget });
  });
  const degrees = new Map<number, number>();
  for (const { visited } of parts) {
    for (const [id, degree] of visited) degrees.set(id, Math.min(degree, degrees.get(id) ?? 99));
  }
  const visited = new Map([...degrees].sort(([a, atA], [b, atB]) => atA - atB || a - b));
  const isShown = new Set(parts.flatMap(({ shown }) => shown));
  const isCut = parts.some(({ reason }) => reason === PartialReason.HUB);
  return {
    visited,
    shown: [...visited.keys()].filter((id) => isShown.has(id)),
    edges: [...new Set(parts.flatMap((part) => part.edges.map(edgeText)))].sort(),
    reason: whole.reason ?? (isCut ? PartialReason.HUB : null),
  };
}
