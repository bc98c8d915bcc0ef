import { expect, it } from "vitest";
import { EdgeType } from "../../src/graph/graph.entity.ts";
import { SqlTraversal } from "../../src/graph/sql-traversal.ts";
import { LineageDirection } from "../../src/graph/traversal.ts";
import type { View } from "../../src/journal/as-of.ts";
import { GraphWorld } from "../support/graph-world.ts";
import { questionOf } from "../support/walking.ts";

const { CONSUMED, DATA_DERIVED, PRODUCED } = EdgeType;

async function upstreamIn(world: GraphWorld) {
  const traversal = new SqlTraversal(world.db, () => 0);
  return async (root: number, view: Partial<View> = {}) =>
    (
      await traversal.walk(
        questionOf([root], { view: { seq: await world.head(), occurredBy: null, ...view } }),
      )
    ).shown;
}

it("answers the past as it was, whatever is written later", async () => {
  const world = await GraphWorld.open();
  const upstream = await upstreamIn(world);
  const [raw, clean, run, version] = (await world.nodes(4)) as [number, number, number, number];
  await world.link([
    { src: clean, dst: run, type: CONSUMED, role: "train" },
    { src: run, dst: version, type: PRODUCED },
  ]);
  const then = await world.head();
  const before = await upstream(version);

  await world.link([{ src: raw, dst: clean, type: DATA_DERIVED }]);
  await world.link([{ src: raw, dst: run, type: CONSUMED, role: "test" }]);
  expect(await upstream(version)).toEqual([version, run, raw, clean]);
  expect(await upstream(version, { seq: then })).toEqual(before);

  await world.unlink([{ src: clean, dst: run, type: CONSUMED, role: "train" }]);
  expect(await upstream(version, { seq: then })).toEqual(before);
});

it("shows a retracted edge before its end, and not after", async () => {
  const world = await GraphWorld.open();
  const upstream = await upstreamIn(world);
  const [data, run] = (await world.nodes(2)) as [number, number];
  const edge = { src: data, dst: run, type: CONSUMED };
  await world.link([edge]);
  const gone = await world.unlink([edge]);
  expect(await upstream(run)).toEqual([run]);
  expect(await upstream(run, { seq: gone - 1 })).toEqual([run, data]);
  expect(await upstream(run, { seq: gone })).toEqual([run]);
  await world.link([edge]);
  expect(await upstream(run)).toEqual([run, data]);
});

it("tells what had happened by an instant apart from what was known then", async () => {
  const world = await GraphWorld.open();
  const upstream = await upstreamIn(world);
  const [early, late, run] = (await world.nodes(3)) as [number, number, number];
  await world.link([{ src: late, dst: run, type: CONSUMED }], 2_000);
  await world.link([{ src: early, dst: run, type: CONSUMED }], 1_000);
  await world.unlink([{ src: late, dst: run, type: CONSUMED }], 3_000);
  expect(await upstream(run, { occurredBy: 999 })).toEqual([run]);
  expect(await upstream(run, { occurredBy: 1_000 })).toEqual([run, early]);
  expect(await upstream(run, { occurredBy: 2_000 })).toEqual([run, early, late]);
  expect(await upstream(run, { occurredBy: 3_000 })).toEqual([run, early]);
});

it("begins at the members that a container had, all at degree 0", async () => {
  const world = await GraphWorld.open();
  const [dataset, run] = (await world.nodes(2, "DATASET")) as [number, number];
  const [first] = await world.nodes(1, "DATASET_VERSION", dataset);
  const then = await world.head();
  const [second] = await world.nodes(1, "DATASET_VERSION", dataset);
  await world.link([{ src: second!, dst: run, type: CONSUMED }]);
  const traversal = new SqlTraversal(world.db, () => 0);
  const members = async (seq: number) => {
    const question = questionOf([], {
      view: { seq, occurredBy: null },
      direction: LineageDirection.DOWNSTREAM,
    });
    const { visited } = await traversal.walk({ ...question, roots: [{ id: dataset, kind: "DATASET" }] });
    return [...visited];
  };
  expect(await members(then)).toEqual([[first, 0]]);
  expect(await members(await world.head())).toEqual([
    [first, 0],
    [second, 0],
    [run, 1],
  ]);
});
