import fc from "fast-check";
import { expect, it } from "vitest";
import { administrator } from "../../src/access/authenticate.ts";
import { EdgeType } from "../../src/graph/graph.entity.ts";
import { type GraphRows, MemoryTraversal } from "../../src/graph/memory-traversal.ts";
import { SqlTraversal } from "../../src/graph/sql-traversal.ts";
import { LineageDirection, type Walk, type WalkQuestion } from "../../src/graph/traversal.ts";
import { database } from "../support/engines.ts";
import { anyGraph, anyView, load } from "../support/graph-rows.ts";
import { plainlyReadable } from "../support/plain-sight.ts";
import { edgeText, plainPath, plainWalk } from "../support/plain-walk.ts";
import { readerOf } from "../support/readers.ts";
import { holdsIn } from "../support/trials.ts";

const trials = 300;
const clock = () => 0;
const everyKind = ["RUN", "MODEL_VERSION", "DATASET_VERSION", "COMMIT"] as const;
const ids = fc.array(fc.integer({ min: 1, max: 14 }), { minLength: 1, maxLength: 3 });
const someKinds = fc.option(fc.subarray([...everyKind], { minLength: 1 }), { freq: 2 });

function rootsIn(rows: GraphRows, wanted: number[]) {
  return wanted.map((id) => ({ id, kind: rows.nodes.find((node) => node.id === id)!.kind }));
}

function told({ visited, shown, edges, reason }: Walk) {
  return { visited: [...visited], shown, edges: edges.map(edgeText).sort(), reason };
}

it("walks as the tables, the memory and the definition say", async () => {
  const db = await database();
  const sqlTraversal = new SqlTraversal(db, clock);
  const question = fc.record({
    direction: fc.constantFrom(...Object.values(LineageDirection)),
    depth: fc.option(fc.nat(5)),
    kinds: someKinds,
    edgeTypes: fc.option(fc.subarray(Object.values(EdgeType), { minLength: 3 }), { freq: 2 }),
    stopAt: someKinds,
    maxPerNode: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 2 }),
    view: anyView(),
    budget: fc.record({ nodes: fc.integer({ min: 8, max: 14 }), deadlineAt: fc.constant(null) }),
  });
  await holdsIn(
    trials,
    fc.asyncProperty(anyGraph(), ids, question, async (rows, roots, parts) => {
      await load(db, rows);
      const asked: WalkQuestion = { ...parts, roots: rootsIn(rows, roots) };
      const plain = plainWalk(rows, asked);
      const expected = { ...plain, visited: [...plain.visited] };
      const fromTables = await sqlTraversal.walk(asked);
      expect(told(fromTables)).toEqual(expected);
      expect(told(await new MemoryTraversal(rows, clock).walk(asked))).toEqual(expected);
    }),
  );
});

it("finds the same shortest path as the tables, the memory and the definition say", async () => {
  const db = await database();
  const sqlTraversal = new SqlTraversal(db, clock);
  const budget = { nodes: 1_000, deadlineAt: null };
  const maxDepth = fc.option(fc.nat(6));
  await holdsIn(
    trials,
    fc.asyncProperty(anyGraph(14), ids, ids, maxDepth, anyView(), async (rows, from, to, depth, view) => {
      await load(db, rows);
      const asked = { from: rootsIn(rows, from), to: rootsIn(rows, to), maxDepth: depth, view, budget };
      const expected = plainPath(rows, asked);
      for (const traversal of [sqlTraversal, new MemoryTraversal(rows, clock)]) {
        const found = await traversal.path(asked);
        expect(found?.nodes ?? null).toEqual(expected);
        for (const [at, { src, dst }] of (found?.edges ?? []).entries()) {
          expect([src, dst].sort()).toEqual([found!.nodes[at], found!.nodes[at + 1]].sort());
        }
      }
    }),
  );
});

it("knows which nodes have neighbours that were not visited and that somebody may read", async () => {
  const db = await database();
  const sqlTraversal = new SqlTraversal(db, clock);
  const way = fc.constantFrom(LineageDirection.UPSTREAM as const, LineageDirection.DOWNSTREAM as const);
  await holdsIn(
    trials,
    fc.asyncProperty(
      anyGraph(),
      fc.uniqueArray(fc.integer({ min: 3, max: 14 })),
      way,
      fc.constantFrom("*", "risk.*", "churn", "elsewhere"),
      async (rows, seen, direction, scope) => {
        await load(db, rows);
        const reader = scope === "*" ? administrator : readerOf(scope);
        const isReadable = plainlyReadable(rows, [scope]);
        const view = { seq: 1_000, occurredBy: null };
        const asked = { ids: seen, direction, visited: new Set(seen), edgeTypes: null, view, reader };
        const expected = seen.filter((id) => {
          const one = { id, kind: "RUN" as const };
          const budget = { nodes: 99, deadlineAt: null };
          const rest = { kinds: null, edgeTypes: null, stopAt: null, maxPerNode: null, view, budget };
          const { visited } = plainWalk(rows, { roots: [one], direction, depth: 1, ...rest });
          return [...visited.keys()].some((neighbour) => !seen.includes(neighbour) && isReadable(neighbour));
        });
        for (const traversal of [sqlTraversal, new MemoryTraversal(rows, clock)]) {
          expect([...(await traversal.openEnds(asked))].sort()).toEqual([...expected].sort());
        }
      },
    ),
  );
});
