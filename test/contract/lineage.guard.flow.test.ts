import fc from "fast-check";
import { expect, it } from "vitest";
import { sql } from "../../src/db/sql.ts";
import { ContainerScopes } from "../../src/graph/container-scopes.ts";
import { EdgeType } from "../../src/graph/graph.entity.ts";
import { GraphLoaders } from "../../src/graph/graph.loaders.ts";
import type { GraphRows } from "../../src/graph/memory-traversal.ts";
import { NodeDirectory } from "../../src/graph/node-directory.ts";
import { NodeFacts } from "../../src/graph/node-facts.ts";
import { SqlTraversal } from "../../src/graph/sql-traversal.ts";
import { LineageDirection } from "../../src/graph/traversal.ts";
import { TimeBasis } from "../../src/journal/as-of.ts";
import { genesisHash } from "../../src/journal/chain.ts";
import { formatId } from "../../src/kernel/ids.ts";
import { Request } from "../../src/kernel/request.ts";
import { Drawing } from "../../src/lineage/drawing.ts";
import type { LineageEdge, LineageNode } from "../../src/lineage/lineage.entity.ts";
import { NodeKind } from "../../src/lineage/lineage.entity.ts";
import type { LineageArgs } from "../../src/lineage/lineage.inputs.ts";
import { LineageLoaders } from "../../src/lineage/lineage.loaders.ts";
import { LineageQuery } from "../../src/lineage/lineage.query.ts";
import { LineageEdgeResolver, LineageNodeResolver } from "../../src/lineage/lineage-node.resolver.ts";
import { PathQuery } from "../../src/lineage/path.query.ts";
import { Walks } from "../../src/lineage/walks.ts";
import { database } from "../support/engines.ts";
import { load } from "../support/graph-rows.ts";
import { plainlyReadable } from "../support/plain-sight.ts";
import { readerOf } from "../support/readers.ts";
import { holdsIn } from "../support/trials.ts";
import { anyTwins } from "../support/twins.ts";

const clock = () => 0;
const head = 1_000;
const someKinds = fc.option(
  fc.subarray([NodeKind.RUN, NodeKind.MODEL_VERSION, NodeKind.DATASET_VERSION, NodeKind.COMMIT], {
    minLength: 1,
  }),
  { freq: 2 },
);
const anyArgs = fc.record({
  direction: fc.constantFrom(...Object.values(LineageDirection)),
  depth: fc.option(fc.nat(4), { freq: 2 }),
  kinds: someKinds,
  edgeTypes: fc.option(fc.subarray(Object.values(EdgeType), { minLength: 3 }), { freq: 2 }),
  stopAt: someKinds,
  maxPerNode: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 2 }),
  asOf: fc.option(fc.nat(9), { freq: 1 }),
  basis: fc.constant(TimeBasis.OCCURRED),
  first: fc.integer({ min: 1, max: 4 }),
});

it("tells no two registries apart that differ only in what a reader may not know of", async () => {
  const db = await database();
  await db.write((tx) => tx.run(sql`UPDATE journal_head SET seq = ${head}, hash = ${genesisHash}`));
  const reader = readerOf("churn");

  const begin = async (rows: GraphRows) => {
    const last = { id: 4_000, kind: "RUN", container: 1, scope: null, seq: head, occurredAt: 0 } as const;
    await load(db, { nodes: [...rows.nodes, last], edges: rows.edges });
    await db.write((tx) => tx.run(sql`UPDATE event SET hash = ${genesisHash} WHERE seq = ${head}`));
  };

  /** Everything that lineage tells of these roots, all pages joined, and of the ways between them. */
  const tell = async (roots: readonly string[], args: Omit<LineageArgs, "root">) => {
    const loaders = new GraphLoaders(db, new NodeFacts(db), new ContainerScopes(db));
    const traversal = new SqlTraversal(db, clock);
    const drawing = new Drawing(loaders);
    const lineages = new LineageQuery(db, new Walks(traversal, loaders, clock), drawing);
    const paths = new PathQuery(db, traversal, drawing, clock);
    const nodes = new LineageNodeResolver(new NodeDirectory(), loaders);
    const edges = new LineageEdgeResolver(new LineageLoaders(db));
    const request = new Request("1", reader);
    const nodeText = async (node: LineageNode) => {
      const { id, kind, label, degree, isRedacted } = node;
      const container = await nodes.container(node, request);
      const containerLabel = await nodes.containerLabel(node, request);
      const hasMore = [await nodes.hasMoreUpstream(node), await nodes.hasMoreDownstream(node)];
      return { id, kind, label, degree, isRedacted, container, containerLabel, hasMore };
    };
    const edgeText = async (edge: LineageEdge) => {
      const { from, to, type, role } = edge;
      return { from, to, type, role, at: await edges.at(edge, request) };
    };
    const drawn = async (part: { nodes: LineageNode[]; edges: LineageEdge[] }) => ({
      nodes: await Promise.all(part.nodes.map(nodeText)),
      edges: await Promise.all(part.edges.map(edgeText)),
    });
    const told: object[] = [];
    for (const root of roots) {
      for (let after: string | null = null, hasNext = true; hasNext; ) {
        const page = await lineages.ask(request, { ...args, root, after });
        told.push({ ...page, ...(await drawn(page)) });
        after = page.pageInfo.endCursor;
        hasNext = page.pageInfo.hasNextPage;
      }
      for (const to of roots) {
        const path = await paths.ask(request, { from: root, to });
        told.push(path ? await drawn(path) : {});
      }
    }
    return told;
  };

  const seen = { trials: 0, redacted: 0 };
  await holdsIn(
    120,
    fc.asyncProperty(anyTwins(), fc.nat(), anyArgs, async ({ less, more }, at, args) => {
      const isReadable = plainlyReadable(more, ["churn"]);
      const readable = less.nodes.filter(({ id }) => isReadable(id));
      const roots = [0, 1].map((step) => readable[(at + step) % readable.length]!);
      const ids = roots.map(({ id, kind }) => formatId(kind, id));
      await begin(less);
      const without = await tell(ids, args);
      await begin(more);
      expect(await tell(ids, args)).toEqual(without);
      const text = JSON.stringify(without);
      seen.trials += less.edges.length < more.edges.length ? 1 : 0;
      seen.redacted += text.includes('"isRedacted":true') ? 1 : 0;
      for (const { id, kind } of more.nodes) {
        if (!isReadable(id)) expect(text).not.toMatch(new RegExp(`"${formatId(kind, id)}"|"${kind} ${id}"`));
      }
    }),
  );
  console.info(`answers of registries that differ: ${seen.trials}; with redacted nodes: ${seen.redacted}`);
  expect(seen.trials).toBeGreaterThan(50);
  expect(seen.redacted).toBeGreaterThan(2);
});
