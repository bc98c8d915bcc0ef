import { expect, it } from "vitest";
import { sql } from "../../src/db/sql.ts";
import { EdgeType } from "../../src/graph/graph.entity.ts";
import { database } from "../support/engines.ts";
import { GraphWorld } from "../support/graph-world.ts";

const { CONSUMED, DERIVED, SPAWNED } = EdgeType;

it("adds an edge once, however often it is proposed", async () => {
  const world = await GraphWorld.open();
  const [a, b] = (await world.nodes(2)) as [number, number];
  const edge = { src: a, dst: b, type: CONSUMED, role: "train" };

  expect((await world.link([edge, { ...edge }])).added).toEqual([edge]);
  expect((await world.link([edge])).added).toEqual([]);
  await world.db.write(async (tx) => {
    const other = { ...edge, role: "test" };
    expect((await world.linkIn(tx, [other])).added).toEqual([other]);
    expect((await world.linkIn(tx, [other, edge])).added).toEqual([]);
  });

  expect(await world.stored()).toEqual([
    { ...edge, role: "test", retractedSeq: null },
    { ...edge, retractedSeq: null },
  ]);
});

it("tells roles and types of one pair of nodes apart, and calls a missing role the empty one", async () => {
  const world = await GraphWorld.open();
  const [a, b] = (await world.nodes(2)) as [number, number];
  await world.link([{ src: a, dst: b, type: CONSUMED }]);

  const { added } = await world.link([
    { src: a, dst: b, type: CONSUMED, role: "" },
    { src: a, dst: b, type: CONSUMED, role: "validation" },
    { src: a, dst: b, type: SPAWNED },
  ]);

  expect(added.map(({ type, role }) => `${type} ${role ?? ""}`)).toEqual(["CONSUMED validation", "SPAWNED "]);
});

it("adds hundreds of edges into an older node in one call, with few statements", async () => {
  const statements: string[] = [];
  const world = new GraphWorld(await database({ onStatement: (text) => statements.push(text) }));
  const sources = await world.nodes(1_000, "DATASET_VERSION");
  const [run] = await world.nodes(1);
  const edges = sources.map((src) => ({ src, dst: run!, type: CONSUMED }));
  await world.link(edges.slice(0, 300));
  statements.length = 0;

  await world.db.write(async (tx) => {
    expect(await world.graph.propose(tx, edges)).toHaveLength(700);
  });

  // The graph row, three batches of pairs, one level of the ring search.
  expect(statements).toHaveLength(5);
});

it("asks the database nothing about edges between nodes of the same transaction", async () => {
  const statements: string[] = [];
  const world = new GraphWorld(await database({ onStatement: (text) => statements.push(text) }));
  const older = await world.nodes(1, "DATASET_VERSION");
  await world.db.write(async (tx) => {
    const [run, version] = (await world.nodesIn(tx, 2)) as [number, number];
    statements.length = 0;
    await world.graph.propose(tx, [
      { src: run, dst: version, type: EdgeType.PRODUCED },
      { src: older[0]!, dst: run, type: CONSUMED },
    ]);
  });
  expect(statements.filter((text) => /\b(edge|graph_lock)\b/.test(text))).toEqual([]);
});

it("takes an edge back from the event on, once, and lets it be added again", async () => {
  const world = await GraphWorld.open();
  const [a, b] = (await world.nodes(2)) as [number, number];
  const edge = { src: a, dst: b, type: DERIVED, role: "finetune" };
  const { seq } = await world.link([edge]);

  const retractedSeq = await world.unlink([edge]);
  await world.unlink([edge]);
  const again = await world.link([edge]);

  const rows = await world.db.read.query(sql`SELECT seq, retractedSeq FROM edge ORDER BY seq`);
  expect(rows).toEqual([
    { seq, retractedSeq },
    { seq: again.seq, retractedSeq: null },
  ]);
});

it("turns an edge round within one transaction", async () => {
  const world = await GraphWorld.open();
  const [a, b] = (await world.nodes(2)) as [number, number];
  const edge = { src: a, dst: b, type: DERIVED };
  await world.link([edge]);

  await world.db.write(async (tx) => {
    await world.graph.retract(tx, world.recordIn(tx, b), [edge]);
    await world.linkIn(tx, [{ src: b, dst: a, type: DERIVED }]);
  });
  await world.db.write(async (tx) => {
    await world.graph.retract(tx, world.recordIn(tx, a), [{ src: b, dst: a, type: DERIVED }]);
    await world.linkIn(tx, [edge]);
    await world.linkIn(tx, [edge]);
  });

  const live = (await world.stored()).filter((row) => row.retractedSeq === null);
  expect(live.map(({ src, dst }) => [src, dst])).toEqual([[a, b]]);
});
