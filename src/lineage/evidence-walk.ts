import { EdgeType } from "../graph/graph.entity.ts";
import type { Sight } from "../graph/graph.loaders.ts";
import { edgeKey, evidenceKinds } from "../graph/graph.rules.ts";
import { LineageDirection, type Walk } from "../graph/traversal.ts";
import type { KnownWalk, Wish } from "./walks.ts";

export function asksForEvidence({ kinds }: Wish): boolean {
  return kinds?.some((kind) => evidenceKinds.includes(kind)) ?? false;
}

/** What is to be walked for the evidence of all nodes of a walk that the caller may read: one step from each. */
export function evidenceWish({ walk, wish, hidden }: KnownWalk): Wish {
  const ids = [...walk.visited.keys()].filter((id) => !hidden.has(id));
  return {
    roots: ids.map((id) => ({ id, kind: "MODEL_VERSION" as const })),
    direction: LineageDirection.DOWNSTREAM,
    depth: 1,
    kinds: null,
    edgeTypes: [EdgeType.EVIDENCE],
    stopAt: null,
    maxPerNode: null,
    view: wish.view,
  };
}

/** A walk with the evidence that was asked for, one degree after what it belongs to; breadth-first, ties by id. */
export function joined({ walk, wish }: KnownWalk, evidence: Walk, sight: Sight): Walk {
  const isWanted = (id: number) => wish.kinds!.includes(sight.kindOf(id)!) && !sight.hidden.has(id);
  const edges = evidence.edges.filter(({ dst }) => isWanted(dst));
  const visited = new Map(walk.visited);
  for (const { src, dst } of edges) {
    const degree = walk.visited.get(src)! + 1;
    visited.set(dst, Math.min(degree, visited.get(dst) ?? degree));
  }
  const shown = new Set([...walk.shown, ...edges.map(({ dst }) => dst)]);
  const inOrder = [...visited].sort(([a, near], [b, far]) => near - far || a - b);
  const all = [...walk.edges, ...edges.filter(({ src }) => shown.has(src))];
  return {
    visited: new Map(inOrder),
    shown: inOrder.map(([id]) => id).filter((id) => shown.has(id)),
    edges: [...new Map(all.map((edge) => [edgeKey(edge), edge])).values()],
    reason: walk.reason ?? evidence.reason,
    levels: walk.levels,
  };
}
