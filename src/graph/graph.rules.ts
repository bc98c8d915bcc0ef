import type { Kind } from "../kernel/ids.ts";
import { EdgeType } from "./graph.entity.ts";

/** What tells one edge from another. */
export interface EdgeIdentity {
  src: number;
  dst: number;
  type: EdgeType;
  role?: string;
}

/** Over these types together the graph has no ring. EVALUATED and SPAWNED may close one: train and evaluate in one run. */
export const acyclicTypes: readonly EdgeType[] = [
  EdgeType.CONSUMED,
  EdgeType.CODE_OF,
  EdgeType.PRODUCED,
  EdgeType.REGISTERED_AS,
  EdgeType.DERIVED,
  EdgeType.DATA_DERIVED,
  EdgeType.PARENT_COMMIT,
];

/** Types that a walk follows only where it is told to: what stands beside the data flow. */
export const walkedWhenAsked: readonly EdgeType[] = [EdgeType.PARENT_COMMIT, EdgeType.EVIDENCE];

/** Kinds at the end of EVIDENCE edges: they belong to a version. */
export const evidenceKinds: readonly Kind[] = [
  "CARD",
  "VALIDATION",
  "TRANSITION_REQUEST",
  "APPROVAL",
  "ARTIFACT",
];

/** What stands under a container's scope without being a member of it. */
export const belongings: readonly Kind[] = [...evidenceKinds, "UPLOAD"];

const acyclic: ReadonlySet<EdgeType> = new Set(acyclicTypes);

export function mayCloseNoRing({ type }: { type: EdgeType }): boolean {
  return acyclic.has(type);
}

/** Equal for edges that say the same thing. */
export function edgeKey({ src, dst, type, role }: EdgeIdentity): string {
  return `${src} ${dst} ${type} ${role ?? ""}`;
}

/** Equal for edges that join the same two nodes by the same type, in whatever role. */
export function joinKey({ src, dst, type }: EdgeIdentity): string {
  return `${src} ${dst} ${type}`;
}

/** The edges without repeats; of several that say the same thing, the first. */
export function withoutRepeats<E extends EdgeIdentity>(edges: readonly E[]): E[] {
  const byKey = new Map<string, E>();
  for (const edge of edges) {
    const key = edgeKey(edge);
    if (!byKey.has(key)) byKey.set(key, edge);
  }
  return [...byKey.values()];
}

/** The nodes of one ring in these edges, each once, in the direction of the edges; null where there is none. */
export function findRing(edges: Iterable<{ src: number; dst: number }>): number[] | null {
  const next = new Map<number, number[]>();
  for (const { src, dst } of edges) {
    const known = next.get(src);
    if (known) known.push(dst);
    else next.set(src, [dst]);
  }
  // Depth-first, without recursion: a chain may be longer than the call stack.
  const done = new Set<number>();
  for (const start of next.keys()) {
    if (done.has(start)) continue;
    const path = [start];
    const onPath = new Set(path);
    while (path.length > 0) {
      const node = path[path.length - 1]!;
      const to = next.get(node)?.pop();
      if (to === undefined) {
        done.add(node);
        onPath.delete(node);
        path.pop();
      } else if (onPath.has(to)) {
        return path.slice(path.indexOf(to));
      } else if (!done.has(to)) {
        path.push(to);
        onPath.add(to);
      }
    }
  }
  return null;
}
