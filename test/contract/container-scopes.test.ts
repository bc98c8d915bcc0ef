import { expect, it } from "vitest";
import { sql } from "../../src/db/sql.ts";
import { ContainerScopes } from "../../src/graph/container-scopes.ts";
import { GraphLoaders } from "../../src/graph/graph.loaders.ts";
import { Graph } from "../../src/graph/graph.ts";
import { NodeFacts } from "../../src/graph/node-facts.ts";
import { Request } from "../../src/kernel/request.ts";
import { emptyDatabase, openDatabase } from "../support/engines.ts";
import { readerOf } from "../support/readers.ts";

// Scopes of containers are remembered between requests; what is told of a node must never rest on one that has changed.

const graph = new Graph();

/** One process that remembers, and another that changes things. */
async function world() {
  const statements: string[] = [];
  const settings = await emptyDatabase();
  const here = await openDatabase(settings, { onStatement: (statement) => statements.push(statement) });
  const elsewhere = await openDatabase(settings);
  const nodes = new GraphLoaders(here, new NodeFacts(here), new ContainerScopes(here));
  return {
    nodes,
    db: elsewhere,
    /** A model of this name, and one version of it. */
    versionOf: (name: string) =>
      elsewhere.write(async (tx) => {
        const [model] = await graph.createNodes(tx, [{ kind: "MODEL", label: name, scope: name }]);
        const member = { kind: "MODEL_VERSION", label: "1", container: model! } as const;
        const [version] = await graph.createNodes(tx, [member]);
        return { model: model!, version: version! };
      }),
    rename: (model: number, name: string) => elsewhere.write((tx) => graph.renameModel(tx, model, name)),
    /** As one request of a reader of `risk.*` tells it, that begins at one node and comes to another. */
    isSeen: async (root: number, node: number) => {
      const request = new Request("1", readerOf("risk.*"));
      await nodes.readableKinds(request, [root]);
      return (await nodes.node(request, node))!.isReadable;
    },
    statementsOf: async (act: () => Promise<unknown>) => {
      statements.length = 0;
      await act();
      return statements.length;
    },
  };
}

it("asks for the scope of a container once, however many requests come to its members", async () => {
  const { versionOf, isSeen, statementsOf } = await world();
  const { version } = await versionOf("risk.fraud");
  const { version: root } = await versionOf("risk.credit");
  expect(await isSeen(root, version)).toBe(true);
  // The root, and the node.
  expect(await statementsOf(() => isSeen(root, version))).toBe(2);
});

it("hides at once what another process has renamed out of sight, and shows what it renamed into sight", async () => {
  const { versionOf, rename, isSeen } = await world();
  const { version: root } = await versionOf("risk.scoring");
  const { model, version } = await versionOf("risk.churn");
  expect(await isSeen(root, version)).toBe(true);
  await rename(model, "growth.churn");
  expect(await isSeen(root, version)).toBe(false);
  await rename(model, "risk.churn");
  expect(await isSeen(root, version)).toBe(true);
});

it("shows what has been created since, though others were remembered before", async () => {
  const { versionOf, isSeen } = await world();
  const { version: root } = await versionOf("risk.pricing");
  const { version: hidden } = await versionOf("growth.upsell");
  expect(await isSeen(root, hidden)).toBe(false);
  const { version: fresh } = await versionOf("risk.limits");
  expect(await isSeen(root, fresh)).toBe(true);
});

it("judges a name by the scope that came with it, however long the request lasts", async () => {
  const { nodes, versionOf, rename } = await world();
  const { model } = await versionOf("risk.recovery");
  const request = new Request("1", readerOf("risk.*"));
  expect((await nodes.readableKinds(request, [model])).size).toBe(1);
  await rename(model, "growth.project-x");
  expect(await nodes.node(request, model)).toMatchObject({ isReadable: false, label: null });
});

it("tells readers of lineage nothing but what they may read where the row of the revision is missing", async () => {
  const { db, versionOf, isSeen, rename } = await world();
  await db.write((tx) => tx.run(sql`DELETE FROM scope_revision`));
  const { version: root } = await versionOf("risk.upsell");
  const { model, version } = await versionOf("risk.offers");
  expect(await isSeen(root, version)).toBe(true);
  await rename(model, "growth.offers");
  expect(await isSeen(root, version)).toBe(false);
});
