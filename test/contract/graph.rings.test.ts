import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EdgeType } from "../../src/graph/graph.entity.ts";
import { acyclicTypes } from "../../src/graph/graph.rules.ts";
import type { EdgeDraft } from "../../src/graph/graph.ts";
import { GraphWorld } from "../support/graph-world.ts";
import { holdsIn } from "../support/trials.ts";

const { CONSUMED, DERIVED, EVALUATED, PRODUCED, SPAWNED } = EdgeType;

const derived = (src: number, dst: number): EdgeDraft => ({ src, dst, type: DERIVED });
const ringRefused = expect.objectContaining({ code: "CONFLICT" });

describe("a ring is refused", () => {
  it("of one node, whatever the type", async () => {
    const world = await GraphWorld.open();
    const [a] = await world.nodes(1);
    for (const type of Object.values(EdgeType)) {
      await expect(world.link([{ src: a!, dst: a!, type }])).rejects.toEqual(ringRefused);
    }
  });

  it("of two nodes, and the refusal names them", async () => {
    const world = await GraphWorld.open();
    const [a, b] = (await world.nodes(2, "MODEL_VERSION")) as [number, number];
    await world.link([derived(a, b)]);
    await expect(world.link([derived(b, a)])).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringMatching(
        `would close a ring: mv_(${a}|${b}) \\("MODEL_VERSION [01]"\\) → mv_(${a}|${b}) \\("MODEL_VERSION [01]"\\) → mv_`,
      ),
    });
    expect(await world.stored()).toHaveLength(1);
  });

  it("over types mixed, at any length", async () => {
    const world = await GraphWorld.open();
    const ids = await world.nodes(60);
    const chain = ids.slice(1).map((dst, at) => ({
      src: ids[at]!,
      dst,
      type: acyclicTypes[at % acyclicTypes.length]!,
    }));
    await world.link(chain);
    await expect(world.link([{ src: ids[59]!, dst: ids[0]!, type: CONSUMED }])).rejects.toEqual(ringRefused);
    await expect(world.link([derived(ids[40]!, ids[20]!)])).rejects.toEqual(ringRefused);
    await world.link([derived(ids[20]!, ids[40]!)]);
  });

  it("of new nodes only, in one call or several", async () => {
    const world = await GraphWorld.open();
    const inOneCall = world.db.write(async (tx) => {
      const [a, b, c] = (await world.nodesIn(tx, 3)) as [number, number, number];
      await world.linkIn(tx, [derived(a, b), derived(b, c), derived(c, a)]);
    });
    await expect(inOneCall).rejects.toEqual(ringRefused);
    const inTwoCalls = world.db.write(async (tx) => {
      const [a, b] = (await world.nodesIn(tx, 2)) as [number, number];
      await world.linkIn(tx, [derived(a, b)]);
      await world.linkIn(tx, [derived(b, a)]);
    });
    await expect(inTwoCalls).rejects.toEqual(ringRefused);
    expect(await world.stored()).toEqual([]);
  });

  it("that a new node closes between older ones", async () => {
    const world = await GraphWorld.open();
    const [a, b] = (await world.nodes(2)) as [number, number];
    await world.link([derived(a, b)]);
    const closing = world.db.write(async (tx) => {
      const [fresh] = await world.nodesIn(tx, 1);
      await world.linkIn(tx, [derived(b, fresh!)]);
      await world.linkIn(tx, [derived(fresh!, a)]);
    });
    await expect(closing).rejects.toEqual(ringRefused);
  });

  it("that two transactions close at once", async () => {
    const world = await GraphWorld.open();
    for (let round = 0; round < 10; round++) {
      const ids = await world.nodes(6);
      const links = ids.map((src, at) => [derived(src, ids[(at + 1) % ids.length]!)]);
      const outcomes = await Promise.allSettled(links.map((link) => world.link(link)));
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
      expect(outcomes.filter((outcome) => outcome.status === "rejected")).toEqual([
        { status: "rejected", reason: ringRefused },
      ]);
    }
  });
});

describe("a ring is allowed", () => {
  it("through an evaluation or a spawned run", async () => {
    const world = await GraphWorld.open();
    const [run, version] = (await world.nodes(2)) as [number, number];
    await world.link([{ src: run, dst: version, type: PRODUCED }]);
    await world.link([{ src: version, dst: run, type: EVALUATED }]);
    await world.link([{ src: version, dst: run, type: SPAWNED }]);
    expect(await world.stored()).toHaveLength(3);
  });

  it("where the edge that would have closed it was taken back", async () => {
    const world = await GraphWorld.open();
    const [a, b] = (await world.nodes(2)) as [number, number];
    await world.link([derived(a, b)]);
    await world.unlink([derived(a, b)]);
    await world.link([derived(b, a)]);
  });
});

it("finds the narrow side of a wide node: a hub may get an input, a full chain is searched", async () => {
  const world = await GraphWorld.open();
  const [source, hub] = (await world.nodes(2, "DATASET_VERSION")) as [number, number];
  const runs = await world.nodes(6_000);
  await world.link(runs.map((dst) => ({ src: hub, dst, type: CONSUMED })));
  await world.link([{ src: source, dst: hub, type: EdgeType.DATA_DERIVED }]);
  await expect(world.link([{ src: runs[0]!, dst: source, type: PRODUCED }])).rejects.toEqual(ringRefused);
  const [last] = await world.nodes(1);
  await world.link(runs.map((src) => ({ src, dst: last!, type: PRODUCED })));
  await expect(world.link([derived(last!, hub)])).rejects.toEqual(ringRefused);
});

it("agrees with a plain search on random edges, batches and new nodes", async () => {
  const world = await GraphWorld.open();
  const size = 8;
  const node = fc.nat(size - 1);
  const edge = fc.record({ src: node, dst: node, type: fc.constantFrom(DERIVED, CONSUMED, SPAWNED) });
  const batches = fc.array(fc.array(edge, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 });
  const property = fc.asyncProperty(batches, fc.integer({ min: 1, max: size }), async (drafts, older) => {
    let known = await world.nodes(older);
    let accepted: EdgeDraft[] = [];
    for (const batch of drafts) {
      const ids = [...known];
      const edges = () => batch.map((draft) => ({ ...draft, src: ids[draft.src]!, dst: ids[draft.dst]! }));
      const outcome = await world.db
        .write(async (tx) => {
          // The rest of the nodes is new in each transaction until one commits.
          ids.push(...(await world.nodesIn(tx, size - known.length)));
          for (const half of [edges().slice(0, 2), edges().slice(2)]) await world.linkIn(tx, half);
        })
        .catch((error) => error);
      const isFine = hasNoRing([...accepted, ...edges()]);
      expect(outcome).toEqual(isFine ? undefined : ringRefused);
      if (isFine) [known, accepted] = [ids, [...accepted, ...edges()]];
    }
  });
  await holdsIn(60, property);
});

/** Takes away edges from nodes without inputs until none is left; what stays is a ring. */
function hasNoRing(edges: EdgeDraft[]): boolean {
  if (edges.some(({ src, dst }) => src === dst)) return false;
  let left = edges.filter(({ type }) => type !== SPAWNED);
  for (;;) {
    const fed = new Set(left.map(({ dst }) => dst));
    const rest = left.filter(({ src }) => fed.has(src));
    if (rest.length === left.length) return left.length === 0;
    left = rest;
  }
}
