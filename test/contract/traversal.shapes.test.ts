import { describe, expect, it } from "vitest";
import { EdgeType } from "../../src/graph/graph.entity.ts";
import { type GraphRows, MemoryTraversal } from "../../src/graph/memory-traversal.ts";
import { SqlTraversal } from "../../src/graph/sql-traversal.ts";
import { LineageDirection, PartialReason, type Walk, type WalkQuestion } from "../../src/graph/traversal.ts";
import { database } from "../support/engines.ts";
import { load } from "../support/graph-rows.ts";
import { edgeText } from "../support/plain-walk.ts";
import { chain, hub, questionOf, rowsOf } from "../support/walking.ts";

const { DOWNSTREAM } = LineageDirection;
const clock = () => 0;

/** Walks the tables and the memory, which must agree. */
async function walker(rows: GraphRows) {
  const statements: string[] = [];
  const db = await database({ onStatement: (text) => statements.push(text) });
  await load(db, rows);
  const traversal = new SqlTraversal(db, clock);
  const memory = new MemoryTraversal(rows, clock);
  const told = ({ edges, visited, ...rest }: Walk) => ({
    ...rest,
    visited: [...visited],
    edges: edges.map(edgeText).sort(),
  });
  const walk = async (question: WalkQuestion) => {
    statements.length = 0;
    const found = await traversal.walk(question);
    const [real, expected] = [found, await memory.walk(question)].map((each) => JSON.stringify(told(each)));
    // Not toEqual, which takes a minute over 100,000 nodes.
    expect(real === expected, "as the memory says").toBe(true);
    return found;
  };
  return { db, traversal, walk, statements };
}

it("gives each node its shortest distance where edges skip", async () => {
  const { walk } = await walker(chain(2_000, [1, 2]));
  const { visited, edges, reason } = await walk(questionOf([2_000]));
  expect(visited.size).toBe(2_000);
  for (const [id, degree] of visited) expect(degree).toBe(Math.ceil((2_000 - id) / 2));
  expect(edges).toHaveLength(1_999 + 1_998);
  expect(reason).toBeNull();
});

it("walks a chain of 10,000 nodes to its end, and finds the path along it", async () => {
  const { walk, traversal } = await walker(chain(10_000));
  const { visited, levels, reason } = await walk(questionOf([1], { direction: DOWNSTREAM }));
  expect([...visited.keys()]).toEqual(Array.from({ length: 10_000 }, (_, at) => at + 1));
  expect([visited.get(10_000), levels, reason]).toEqual([9_999, 10_000, null]);

  const { view, budget } = questionOf([]);
  const [from, to] = [[{ id: 10_000, kind: "RUN" as const }], [{ id: 1, kind: "RUN" as const }]];
  const path = await traversal.path({ from, to, maxDepth: null, view, budget });
  expect(path?.nodes).toEqual(Array.from({ length: 10_000 }, (_, at) => 10_000 - at));
});

describe("of a hub of 100,000", () => {
  it("all, the lowest ids, or as many as the budget takes, and says which", async () => {
    const { walk, statements } = await walker(hub(100_000));
    const all = await walk(questionOf([1]));
    expect([all.visited.size, all.edges.length, all.reason]).toEqual([100_001, 100_000, null]);

    const few = await walk(questionOf([1], { maxPerNode: 50 }));
    expect([...few.visited.keys()]).toEqual(Array.from({ length: 51 }, (_, at) => at + 1));
    expect(few.reason).toBe(PartialReason.HUB);
    expect(statements).toHaveLength(3);

    const cut = await walk(questionOf([1], { budget: { nodes: 1_000, deadlineAt: null } }));
    expect([...cut.visited.keys()]).toEqual(Array.from({ length: 1_000 }, (_, at) => at + 1));
    expect(cut.reason).toBe(PartialReason.EDGE_BUDGET);

    const onBudget = await walk(questionOf([1], { budget: { nodes: 50_000, deadlineAt: null } }));
    expect([onBudget.visited.size, onBudget.edges.length]).toEqual([50_000, 49_999]);
    expect(onBudget.reason).toBe(PartialReason.NODE_BUDGET);
  });

  it("the lowest neighbours, not the lowest edges, where several edges lead to each", async () => {
    const { walk } = await walker(hub(3_000, ["test", "train", "validation"]));
    const { shown, edges } = await walk(questionOf([1], { maxPerNode: 2 }));
    expect(shown).toEqual([1, 2, 3]);
    expect(edges).toHaveLength(6);
  });
});

describe("a walk that may not read more", () => {
  it("shares what is left among the nodes of a level with too many edges", async () => {
    const spokes = Array.from({ length: 40 }, (_, at) => at + 4);
    const both = spokes.flatMap((src): [number, number][] => [
      [src, 2],
      [src, 3],
    ]);
    const { walk } = await walker(rowsOf(43, [[2, 1], [3, 1], ...both]));
    const { shown, reason } = await walk(questionOf([1], { budget: { nodes: 13, deadlineAt: null } }));
    expect(shown).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(reason).toBe(PartialReason.EDGE_BUDGET);
  });

  it("stops at whole levels when its time is over, as a walk of that depth would", async () => {
    const rows = chain(30);
    const db = await database();
    await load(db, rows);
    let now = 0;
    const ticking = new SqlTraversal(db, () => ++now);
    const late = await ticking.walk(questionOf([30], { budget: { nodes: 99, deadlineAt: 20 } }));
    expect(late.reason).toBe(PartialReason.DEADLINE);
    expect(late.levels).toBeGreaterThan(2);
    expect(late.levels).toBeLessThan(20);

    const again = await new SqlTraversal(db, clock).walk(questionOf([30], { depth: late.levels }));
    expect([again.shown, again.edges.length]).toEqual([late.shown, late.edges.length]);
    const { view, budget } = questionOf([]);
    const ends = { from: [{ id: 1, kind: "RUN" as const }], to: [{ id: 30, kind: "RUN" as const }] };
    await expect(
      ticking.path({ ...ends, maxDepth: null, view, budget: { ...budget, deadlineAt: now + 5 } }),
    ).rejects.toMatchObject({ code: "LIMIT" });
  });

  it("ends when nobody waits for it any more", async () => {
    const { traversal } = await walker(chain(3));
    const budget = { nodes: 99, deadlineAt: null, signal: AbortSignal.abort() };
    await expect(traversal.walk(questionOf([3], { budget }))).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("finds no path through a hub on both sides, and says so", async () => {
    const { traversal } = await walker(chain(50));
    const ends = { from: [{ id: 1, kind: "RUN" as const }], to: [{ id: 50, kind: "RUN" as const }] };
    const { view } = questionOf([]);
    const asked = { ...ends, maxDepth: null, view, budget: { nodes: 20, deadlineAt: null } };
    await expect(traversal.path(asked)).rejects.toMatchObject({ code: "LIMIT" });
  });
});

it("does not walk the parents of commits unless asked to", async () => {
  const { nodes, edges } = chain(3);
  const parents = edges.map((edge) => ({ ...edge, type: EdgeType.PARENT_COMMIT }));
  const { walk } = await walker({ nodes, edges: parents });
  expect((await walk(questionOf([3]))).shown).toEqual([3]);
  expect((await walk(questionOf([3], { edgeTypes: [EdgeType.PARENT_COMMIT] }))).shown).toEqual([3, 2, 1]);
});

it("neither walks evidence unless asked to, nor takes it for a member of its container", async () => {
  const { nodes, edges } = chain(3);
  const asModel = { kind: "MODEL", container: null, scope: "m" } as const;
  const placed = nodes.map((node) => {
    const seq = node.id;
    if (node.id === 1) return { ...node, ...asModel, seq };
    return {
      ...node,
      seq,
      container: 1,
      kind: node.id === 2 ? ("MODEL_VERSION" as const) : ("VALIDATION" as const),
    };
  });
  const evidence = edges
    .filter(({ src }) => src === 2)
    .map((edge) => ({ ...edge, seq: 4, type: EdgeType.EVIDENCE }));
  const { walk } = await walker({ nodes: placed, edges: evidence });
  const roots = [{ id: 1, kind: "MODEL" as const }];
  const asked = { roots, direction: DOWNSTREAM };
  expect((await walk(questionOf([], asked))).shown).toEqual([2]);
  expect((await walk(questionOf([], { ...asked, edgeTypes: [EdgeType.EVIDENCE] }))).shown).toEqual([2, 3]);
});
