import { beforeAll, describe, expect, it } from "vitest";
import { inLanes } from "../support/registry.ts";
import { trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let tracker: ReturnType<typeof trackerOf>;

beforeAll(async () => {
  world = await startWorld();
  tracker = trackerOf(world);
  return world.close;
});

const found = `query ($name: String!) { experiment(name: $name) {
  id experimentId name scope deletedAt tags { key value } runs { totalCount nodes { name } } } }`;
const experimentOf = async (name: string) => (await world.ask(found, { name })).experiment;

describe("experiments", () => {
  it("begin with Default, whose experimentId is 0", async () => {
    expect(await experimentOf("Default")).toMatchObject({ experimentId: "0", scope: "" });
  });

  it("are made with scope and tags, and found by name and id", async () => {
    const made = await tracker.done("createExperiment", {
      name: "Crédit ② 🦊",
      scope: "risk.credit",
      tags: [{ key: "a", value: "1" }],
    });
    expect(made).toMatchObject({ scope: "risk.credit", tags: [{ key: "a", value: "1" }] });
    expect(made.id).toBe(`exp_${made.experimentId}`);
    expect(await experimentOf("Crédit ② 🦊")).toMatchObject(made);
    const { node } = await world.ask(
      `query ($id: ID!) { node(id: $id) { ... on Experiment { name } } }`,
      made,
    );
    expect(node).toEqual({ name: "Crédit ② 🦊" });
    const { runId } = await tracker.run({ experiment: made.id, name: "by id" });
    expect(runId).toBeTruthy();
    expect((await experimentOf(made.name)).runs).toEqual({ totalCount: 1, nodes: [{ name: "by id" }] });
  });

  it("have names of their own: one of sixteen rivals gets it", async () => {
    const attempts = await inLanes(16, 16, () => tracker.attempt("createExperiment", { name: "rivals" }));
    const codes = attempts.flatMap(({ userErrors }) => userErrors.map(({ code }: { code: string }) => code));
    expect(codes).toEqual(Array(15).fill("ALREADY_EXISTS"));
  });

  it.each(["x", "🦊"])("have names of up to 500 characters, such as %s", async (character) => {
    const name = character.repeat(500);
    const renamed = `r${character.repeat(499)}`;
    const { id } = await tracker.done("createExperiment", { name });
    expect((await experimentOf(name)).id).toBe(id);
    await tracker.done("updateExperiment", { experiment: name, name: renamed });
    expect([(await experimentOf(renamed)).id, await experimentOf(name)]).toEqual([id, null]);
    const filter = { name: { eq: renamed.normalize("NFD") } };
    const listed = "query ($filter: ExperimentFilter) { experiments(filter: $filter) { nodes { name } } }";
    expect((await world.ask(listed, { filter })).experiments.nodes).toEqual([{ name: renamed }]);
  });

  it.each([["", " x", "x ", "a\u0000b", "a\nb", "x".repeat(501), "x".repeat(10_000)]])(
    "refuse a name such as %j",
    async (name) => {
      expect(await tracker.refusal("createExperiment", { name })).toMatchObject({
        code: "INVALID",
        path: ["input", "name"],
      });
      expect(await experimentOf(name)).toBeNull();
    },
  );

  it("are renamed and tagged by one event; what changes nothing has none", async () => {
    const { id } = await tracker.done("createExperiment", {
      name: "before",
      tags: [{ key: "a", value: "1" }],
    });
    const change = {
      experiment: "before",
      name: "after",
      setTags: [{ key: "b", value: "2" }],
      deleteTags: ["a"],
    };
    expect(await tracker.done("updateExperiment", change)).toMatchObject({
      name: "after",
      tags: [{ key: "b", value: "2" }],
    });
    await tracker.done("updateExperiment", { ...change, experiment: id });
    expect(await tracker.eventsOf(id)).toEqual(["experiment.created", "experiment.updated"]);
    expect(await experimentOf("before")).toBeNull();
    expect(await tracker.refusal("updateExperiment", { experiment: id, name: "Default" })).toMatchObject({
      code: "ALREADY_EXISTS",
    });
    expect(await tracker.refusal("updateExperiment", { experiment: "nowhere" })).toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("leave the lists with their runs when deleted, and come back while their name is free", async () => {
    const { id } = await tracker.done("createExperiment", { name: "gone" });
    const { runId } = await tracker.run({ experiment: "gone", name: "of gone" });
    await tracker.done("deleteExperiment", { experiment: "gone" });
    expect(await experimentOf("gone")).toBeNull();
    const runs = async (more = "") =>
      (await world.ask(`{ runs(filter: { name: { eq: "of gone" } ${more} }) { totalCount } }`)).runs
        .totalCount;
    expect([await runs(), await runs("includeDeleted: true")]).toEqual([0, 1]);
    const { run } = await world.ask(
      `query ($runId: String!) { run(runId: $runId) { experiment { name deletedAt } } }`,
      { runId },
    );
    expect(run.experiment).toMatchObject({ name: "gone", deletedAt: expect.any(String) });
    expect(await tracker.refusal("createRun", { experiment: "gone" })).toMatchObject({ code: "NOT_FOUND" });
    expect(await tracker.refusal("createRun", { experiment: id })).toMatchObject({ code: "NOT_FOUND" });
    const { id: other } = await tracker.done("createExperiment", { name: "gone" });
    expect(await tracker.refusal("restoreExperiment", { experiment: id })).toMatchObject({
      code: "ALREADY_EXISTS",
    });
    await tracker.done("updateExperiment", { experiment: other, name: "other" });
    await tracker.done("restoreExperiment", { experiment: id });
    expect([await runs(), (await experimentOf("gone")).id]).toEqual([1, id]);
    expect(await tracker.eventsOf(id)).toEqual([
      "experiment.created",
      "experiment.deleted",
      "experiment.restored",
    ]);
  });

  it("keep the default one", async () => {
    expect(await tracker.refusal("deleteExperiment", { experiment: "Default" })).toMatchObject({
      code: "INVALID",
    });
  });

  it("are listed by filter and order", async () => {
    for (const name of ["list-b", "list-a", "list-c"]) {
      await tracker.done("createExperiment", { name, tags: [{ key: "list", value: name }] });
    }
    await tracker.done("deleteExperiment", { experiment: "list-c" });
    const list = async (rest: string) =>
      (await world.ask(`{ experiments(${rest}) { nodes { name } } }`)).experiments.nodes.map(
        ({ name }: { name: string }) => name,
      );
    const all = 'name: { startsWith: "list-" }';
    expect(await list(`filter: { ${all} }`)).toEqual(["list-a", "list-b"]);
    expect(
      await list(`filter: { ${all} includeDeleted: true }, orderBy: { field: CREATED_AT, direction: DESC }`),
    ).toEqual(["list-c", "list-a", "list-b"]);
    expect(await list('filter: { tag: { key: "list", value: { eq: "list-b" } } }')).toEqual(["list-b"]);
  });
});
