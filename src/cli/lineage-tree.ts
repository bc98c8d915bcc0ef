/** A node of the lineage graph as the command asked for it. */
export interface TreeNode {
  id: string;
  kind: string;
  /** Null where the caller may not see what it is. */
  label: string | null;
  hasMoreUpstream: boolean;
  hasMoreDownstream: boolean;
  /** What a person calls it, made by the command. */
  title: string;
}

/** In data-flow direction: `from` is upstream of `to`. */
export interface TreeEdge {
  from: string;
  to: string;
  type: string;
  role: string | null;
}

/**
 * The lines of a tree a person can read, from the roots away from the reader. A node with several ways to it is drawn
 * out at the first and named at the others.
 */
export function treeLines(
  roots: readonly string[],
  nodes: readonly TreeNode[],
  edges: readonly TreeEdge[],
  direction: "UPSTREAM" | "DOWNSTREAM",
): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const isUp = direction === "UPSTREAM";
  const onward = new Map<string, { next: string; how: string }[]>();
  for (const { from, to, type, role } of edges) {
    const [here, next] = isUp ? [to, from] : [from, to];
    if (!byId.has(here) || !byId.has(next)) continue;
    const how = type.toLowerCase().replaceAll("_", " ") + (role ? ` (${role})` : "");
    onward.set(here, [...(onward.get(here) ?? []), { next, how }]);
  }
  const lines: string[] = [];
  const drawn = new Set<string>();
  // A stack of its own: lineage may be deeper than the language's.
  const left: { id: string; how: string; stem: string; branch: string }[] = [...roots]
    .reverse()
    .map((id) => ({ id, how: "", stem: "", branch: "" }));
  while (left.length > 0) {
    const { id, how, stem, branch } = left.pop()!;
    const node = byId.get(id);
    if (!node) continue;
    const link = how ? `  ${isUp ? "←" : "→"} ${how}` : "";
    const further = onward.get(id) ?? [];
    const isAgain = drawn.has(id) && further.length > 0;
    const hasMore = further.length === 0 && (isUp ? node.hasMoreUpstream : node.hasMoreDownstream);
    lines.push(`${stem}${branch}${node.title}${link}${isAgain ? "  (above)" : ""}${hasMore ? "  …" : ""}`);
    if (drawn.has(id)) continue;
    drawn.add(id);
    const inner = branch === "" ? stem : stem + (branch.startsWith("└") ? "   " : "│  ");
    further
      .map(({ next, how: nextHow }, index) => ({
        id: next,
        how: nextHow,
        stem: inner,
        branch: index === further.length - 1 ? "└─ " : "├─ ",
      }))
      .reverse()
      .forEach((entry) => {
        left.push(entry);
      });
  }
  return lines;
}
