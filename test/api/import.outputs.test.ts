import { beforeAll, describe, expect, it } from "vitest";
import { registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
  return world.close;
});

const idOf = (start: string) => start.padEnd(32, "0");
const at = (hour: number) => new Date(Date.UTC(2025, 4, 1, hour)).toISOString();
const run = (start: string, more: object) => {
  return { runId: idOf(start), experiment: "Default", status: "FINISHED", endedAt: at(5), ...more };
};
const importing = (...runs: object[]) =>
  registryOf(world).attempt("importHistory", { batch: { source: "test", runs } }, "imported unchanged");
const refusal = async (...runs: object[]) => {
  const before = await rowCounts(world.settings);
  const { userErrors } = await importing(...runs);
  expect(await rowCounts(world.settings)).toEqual(before);
  expect(userErrors).toHaveLength(1);
  return userErrors[0];
};

/** A dataset version and the runs it came of. */
async function made(name: string) {
  const { dataset } = await world.ask(
    `query ($name: String!) { dataset(name: $name) { versions { nodes { id } } } }`,
    { name },
  );
  const [{ id }] = dataset.versions.nodes;
  const { lineage, registryEvents } = await world.ask(
    `query ($id: ID!) { lineage(root: $id, direction: UPSTREAM, depth: 1) { edges { from type role } nodes { node { ... on Run { id runId } } } }
      registryEvents(after: "start", filter: { subject: $id }) { nodes { type isImported occurredAt payload } } }`,
    { id },
  );
  const runs = new Map(
    lineage.nodes.map(({ node }: { node: { id: string; runId: string } }) => [node.id, node.runId]),
  );
  const makers = lineage.edges.map(({ from, type, role }: Record<string, string>) => [
    runs.get(from!),
    type,
    role,
  ]);
  return { id, makers, events: registryEvents.nodes };
}

describe("what a run of history made", () => {
  it("comes of it, at the time the run ended, once however often it is told", async () => {
    const batch = [
      run("a1", {
        startedAt: at(3),
        outputs: [{ name: "a", digest: "1", role: "clean", digestAlgorithm: "md5" }],
      }),
      run("a2", {
        endedAt: at(4),
        inputs: [{ name: "raw", digest: "1" }],
        outputs: [{ name: "a", digest: "1" }],
      }),
    ];
    expect(await importing(...batch)).toMatchObject({ imported: 2, unchanged: 0, userErrors: [] });
    const { makers, events } = await made("a");
    expect(makers.sort()).toEqual([
      [idOf("a1"), "PRODUCED", "clean"],
      [idOf("a2"), "PRODUCED", null],
    ]);
    expect(events).toMatchObject([
      { type: "dataset_version.recorded", isImported: true, occurredAt: at(4) },
      {
        type: "lineage.recorded",
        isImported: true,
        occurredAt: at(4),
        payload: { edges: expect.any(Array) },
      },
    ]);
    const before = await rowCounts(world.settings);
    expect(await importing(...batch)).toMatchObject({ imported: 0, unchanged: 2, userErrors: [] });
    expect(await rowCounts(world.settings)).toEqual(before);
  });

  it("is added to a run that is here, which counts as one that gained something", async () => {
    await importing(run("b1", { outputs: [{ name: "b", digest: "1" }] }));
    const more = (name: string) => run("b1", { outputs: [{ name, digest: "1" }] });
    expect(await importing(more("b2"))).toMatchObject({ imported: 1, unchanged: 0 });
    const params = [{ key: "p", value: "1" }];
    expect(await importing({ ...more("b3"), params }, more("b2"))).toMatchObject({
      imported: 1,
      unchanged: 1,
    });
    for (const name of ["b", "b2", "b3"])
      expect((await made(name)).makers).toEqual([[idOf("b1"), "PRODUCED", null]]);
    const { id } = (await world.ask("query ($id: String!) { run(runId: $id) { id } }", { id: idOf("b1") }))
      .run;
    expect(await trackerOf(world).eventsOf(id)).toEqual(["run.created", "run.edited"]);
  });

  const data = { name: "c", digest: "1" };
  const uses = [{ name: "d", digest: "1" }];
  it("is never what it was made from, in one batch or two", async () => {
    expect(await refusal(run("c1", { inputs: [data], outputs: [data] }))).toMatchObject({ code: "CONFLICT" });
    const there = run("c2", { inputs: [data], outputs: uses });
    const back = run("c3", { inputs: uses, outputs: [data] });
    expect(await refusal(there, back)).toMatchObject({ code: "CONFLICT" });
    expect(await importing(there)).toMatchObject({ imported: 1, userErrors: [] });
    expect(await refusal(back)).toMatchObject({ code: "CONFLICT" });
  });

  it.each([
    [[{ name: "", digest: "1" }], "INVALID", "outputs.0.name"],
    [[{ name: "e", digest: "1", role: "r".repeat(65) }], "INVALID", "outputs.0.role"],
    [Array.from({ length: 101 }, (_, n) => ({ name: `e${n}`, digest: "1" })), "LIMIT", "outputs"],
  ])("is checked: %#", async (outputs, code, path) => {
    const field = ["input", "batch", "runs", "0", ...path.split(".")];
    expect(await refusal(run("e1", { outputs }))).toMatchObject({ code, path: field });
  });

  it("takes two more statements for each more run, for its edges and what it made", async () => {
    const many = (mark: string, count: number) =>
      Array.from({ length: count }, (_, n) =>
        run(`${mark}${n}f`, {
          inputs: [{ name: "many", digest: "0" }],
          outputs: [{ name: `m ${mark}`, digest: `${n}` }],
        }),
      );
    const few = await world.statementsOf(() => importing(...many("d1", 6)));
    const lots = await world.statementsOf(() => importing(...many("d2", 60)));
    const again = await world.statementsOf(() => importing(...many("d2", 60)));
    expect(lots.length - few.length).toBeLessThanOrEqual(2 * (60 - 6));
    expect(again.length).toBeLessThan(30);
  });
});
