import fc from "fast-check";
import type { GraphRows } from "../../src/graph/memory-traversal.ts";
import type { Kind } from "../../src/kernel/ids.ts";
import { anyGraph } from "./graph-rows.ts";

const hiddenContainer = 1; // risk.data
type Role = "shown or hidden" | "only fed" | "only feeding";

/**
 * Two graphs for a reader of `churn`, who may not know them apart: `more` has hidden nodes that `less` has not, which
 * either feed nothing else or are fed by nothing else, and so lie on no way between readable nodes.
 */
export function anyTwins(): fc.Arbitrary<{ less: GraphRows; more: GraphRows }> {
  const role = fc.oneof(
    { weight: 4, arbitrary: fc.constant<Role>("shown or hidden") },
    { weight: 1, arbitrary: fc.constantFrom<Role>("only fed", "only feeding") },
  );
  const roles = fc.array(role, { minLength: 12, maxLength: 12 });
  return fc.tuple(anyGraph(12, 60, 40), roles).map(([rows, given]) => {
    const roleOf = (id: number): Role => given[id - 3] ?? "shown or hidden";
    const isExtra = (id: number) => roleOf(id) !== "shown or hidden";
    const nodes = rows.nodes.map((node) =>
      isExtra(node.id)
        ? { ...node, container: hiddenContainer, kind: node.kind === "COMMIT" ? ("RUN" as Kind) : node.kind }
        : node,
    );
    const edges = rows.edges.filter(
      ({ src, dst }) =>
        !(roleOf(src) === "only fed" && roleOf(dst) !== "only fed") &&
        !(roleOf(dst) === "only feeding" && roleOf(src) !== "only feeding"),
    );
    return {
      more: { nodes, edges },
      less: {
        nodes: nodes.filter(({ id }) => !isExtra(id)),
        edges: edges.filter(({ src, dst }) => !isExtra(src) && !isExtra(dst)),
      },
    };
  });
}
