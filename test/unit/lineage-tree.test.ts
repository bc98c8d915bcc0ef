import { expect, it } from "vitest";
import { type TreeEdge, type TreeNode, treeLines } from "../../src/cli/lineage-tree.ts";

function node(id: string, more: Partial<TreeNode> = {}): TreeNode {
  return { id, kind: "RUN", label: id, title: id, hasMoreUpstream: false, hasMoreDownstream: false, ...more };
}

const edge = (from: string, to: string, role: string | null = null): TreeEdge => ({
  from,
  to,
  type: "CODE_OF",
  role,
});

it("draws branches, and what has several ways to it once", () => {
  const nodes = ["version", "run", "data", "base", "raw"].map((id) => node(id));
  const edges = [
    edge("run", "version"),
    edge("base", "version", "finetune"),
    edge("data", "run", "train"),
    edge("data", "base"),
    edge("raw", "data"),
  ];
  expect(treeLines(["version"], nodes, edges, "UPSTREAM")).toEqual([
    "version",
    "├─ run  ← code of",
    "│  └─ data  ← code of (train)",
    "│     └─ raw  ← code of",
    "└─ base  ← code of (finetune)",
    "   └─ data  ← code of  (above)",
  ]);
});

it("draws downstream with the arrows turned, several roots, and says where there is more", () => {
  const nodes = [node("a"), node("b", { hasMoreDownstream: true, hasMoreUpstream: true }), node("c")];
  expect(treeLines(["a", "c"], nodes, [edge("a", "b")], "DOWNSTREAM")).toEqual([
    "a",
    "└─ b  → code of  …",
    "c",
  ]);
});

it("leaves out edges to nodes that are not there", () => {
  expect(treeLines(["a"], [node("a")], [edge("gone", "a")], "UPSTREAM")).toEqual(["a"]);
});

it("comes to an end in a ring, and at the bottom of 2,000 steps", () => {
  const ring = [node("a"), node("b")];
  expect(treeLines(["a"], ring, [edge("a", "b"), edge("b", "a")], "UPSTREAM")).toEqual([
    "a",
    "└─ b  ← code of",
    "   └─ a  ← code of  (above)",
  ]);
  const chain = Array.from({ length: 2_001 }, (_, index) => node(String(index)));
  const steps = chain.slice(1).map(({ id }) => edge(id, String(Number(id) - 1)));
  expect(treeLines(["0"], chain, steps, "UPSTREAM")).toHaveLength(2_001);
});
