import fc from "fast-check";
import { expect, it } from "vitest";
import { administrator } from "../../src/access/authenticate.ts";
import { ContainerScopes } from "../../src/graph/container-scopes.ts";
import { EdgeType } from "../../src/graph/graph.entity.ts";
import { GraphLoaders } from "../../src/graph/graph.loaders.ts";
import type { GraphRows } from "../../src/graph/memory-traversal.ts";
import { NodeFacts } from "../../src/graph/node-facts.ts";
import { SqlTraversal } from "../../src/graph/sql-traversal.ts";
import { LineageDirection, type Traversal, type WalkQuestion } from "../../src/graph/traversal.ts";
import { Request } from "../../src/kernel/request.ts";
import { Walks, type Wish } from "../../src/lineage/walks.ts";
import { database } from "../support/engines.ts";
import { anyGraph, anyView, load } from "../support/graph-rows.ts";
import { plainlyReadable, plainSight } from "../support/plain-sight.ts";
import { edgeText, plainWalk } from "../support/plain-walk.ts";
import { readerOf } from "../support/readers.ts";
import { holdsIn } from "../support/trials.ts";

const clock = () => 0;
const everyKind = ["RUN", "MODEL_VERSION", "DATASET_VERSION", "COMMIT"] as const;
const someKinds = fc.option(fc.subarray([...everyKind], { minLength: 1 }), { freq: 2 });
const readers = [["risk.*"], ["risk.data"], ["churn"], ["churn", "risk.*"], ["elsewhere"]];

/** As the real one, with a budget that small graphs exceed. */
function onBudget(traversal: Traversal, nodes: number): Traversal {
  return {
    walk: (question) => traversal.walk({ ...question, budget: { ...question.budget, nodes } }),
    path: (question) => traversal.path(question),
    openEnds: (question) => traversal.openEnds(question),
  };
}

const anyWish = fc.record({
  direction: fc.constantFrom(...Object.values(LineageDirection)),
  depth: fc.option(fc.nat(5), { freq: 2 }),
  kinds: someKinds,
  edgeTypes: fc.option(fc.subarray(Object.values(EdgeType), { minLength: 3 }), { freq: 2 }),
  stopAt: someKinds,
  maxPerNode: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 2 }),
  view: fc.oneof(
    { weight: 1, arbitrary: anyView() },
    { weight: 3, arbitrary: fc.constant({ seq: 1_000, occurredBy: null }) },
  ),
});

/** The wanted ones that may be read, or else one that may. */
function rootsFor(rows: GraphRows, wanted: readonly number[], isReadable: (id: number) => boolean) {
  const readable = rows.nodes.filter(({ id }) => isReadable(id));
  const found = readable.filter(({ id }) => wanted.includes(id));
  return (found.length > 0 ? found : readable.slice(0, 1)).map(({ id, kind }) => ({ id, kind }));
}

it("answers each reader with what the definition leaves, however many ask the same", async () => {
  const db = await database();
  const ids = fc.array(fc.integer({ min: 1, max: 14 }), { minLength: 1, maxLength: 3 });
  const inTurn = fc.shuffledSubarray(readers, { minLength: 2, maxLength: 3 });
  const seen = { redacted: 0, pruned: 0, cut: 0 };
  await holdsIn(
    400,
    fc.asyncProperty(
      anyGraph(12, 50, 30),
      ids,
      anyWish,
      inTurn,
      fc.integer({ min: 8, max: 20 }),
      async (rows, wanted, parts, asking, most) => {
        await load(db, rows);
        const nodes = new GraphLoaders(db, new NodeFacts(db), new ContainerScopes(db));
        const budget = { nodes: most, deadlineAt: null };
        // One memory of walks for all: nobody may be answered what another one asked for.
        const walks = new Walks(onBudget(new SqlTraversal(db, clock), most), nodes, clock);
        for (const scopes of [["*"], ...asking]) {
          const isReadable = plainlyReadable(rows, scopes);
          const wish: Wish = { ...parts, roots: rootsFor(rows, wanted, isReadable) };
          const question: WalkQuestion = { ...wish, budget };
          const whole = plainWalk(rows, question);
          const actor = scopes[0] === "*" ? administrator : readerOf(...scopes);
          const known = await walks.of(new Request("1", actor), wish, null);
          const { visited, shown, edges, reason } = known.walk;
          const expected = actor === administrator ? whole : plainSight(rows, question, isReadable);
          expect({ visited: [...visited], shown, edges: edges.map(edgeText).sort(), reason }).toEqual({
            ...expected,
            visited: [...expected.visited],
          });
          for (const id of visited.keys()) expect(known.isReadable(id)).toBe(isReadable(id));
          seen.redacted += [...visited.keys()].filter((id) => !isReadable(id)).length;
          if (visited.size < whole.visited.size) seen.pruned++;
          if (reason !== null) seen.cut++;
        }
      },
    ),
  );
  console.info(`nodes redacted, walks pruned, walks cut: ${Object.values(seen).join(", ")}`);
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);
});
