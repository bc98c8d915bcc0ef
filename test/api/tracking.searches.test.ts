import { beforeAll, expect, it } from "vitest";
import { startWorld, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
  return world.close;
});

const make = (verb: string, input: object, answer: string) => {
  const type = `${verb[0]!.toUpperCase()}${verb.slice(1)}Input!`;
  return world.ask(
    `mutation ($input: ${type}) { ${verb}(input: $input) { ${answer} userErrors { code } } }`,
    {
      input,
    },
  );
};

it("sorts runs by one thing and then by another, and finds them by the form of a text", async () => {
  for (const [name, lr] of [
    ["order 1", "b"],
    ["order 2", "a"],
    ["order 3", "b"],
  ] as const)
    await make("createRun", { name, params: [{ key: "lr", value: lr }] }, "run { id }");
  const { runs } = await world.ask(
    `{ runs(filter: { name: { like: "order__" } }, orderBy: { field: PARAM, key: "lr", thenBy: { field: NAME, direction: DESC } }) { nodes { name } } }`,
  );
  expect(runs.nodes.map(({ name }: { name: string }) => name)).toEqual(["order 2", "order 3", "order 1"]);
  const found = await world.ask(`{ runs(filter: { name: { ilike: "ORDER%3" } }) { nodes { name } } }`);
  expect(found.runs.nodes).toEqual([{ name: "order 3" }]);
});

it("takes a run up again by updateRun and ends it otherwise, but not before it began", async () => {
  const startedAt = "2026-01-02T00:00:00.000Z";
  const { createRun } = await make("createRun", { startedAt }, "run { runId }");
  const { runId } = createRun.run;
  const update = async (input: object) =>
    (await make("updateRun", { runId, ...input }, "run { status endedAt }")).updateRun;
  const endedAt = "2026-01-03T00:00:00.000Z";
  expect((await update({ status: "FINISHED", endedAt })).run).toEqual({ status: "FINISHED", endedAt });
  expect((await update({ status: "RUNNING" })).run).toEqual({ status: "RUNNING", endedAt: null });
  const early = await update({ status: "FAILED", endedAt: "2026-01-01T00:00:00.000Z" });
  const open = await update({ endedAt });
  expect([early.userErrors, open.userErrors]).toEqual([[{ code: "INVALID" }], [{ code: "INVALID" }]]);
});

it("lists logged models by their facts, and leaves deleted ones out", async () => {
  for (const [name, value] of [
    ["left", 0.5],
    ["right", 0.75],
  ] as const) {
    const { createLoggedModel } = await make(
      "createLoggedModel",
      { name, metrics: [{ key: "acc", value }] },
      "loggedModel { modelId }",
    );
    const { modelId } = createLoggedModel.loggedModel;
    if (name === "left") await make("deleteLoggedModel", { modelId }, "loggedModel { deletedAt }");
  }
  const listed = async (includeDeleted: boolean) => {
    const { loggedModels } = await world.ask(
      `{ loggedModels(filter: { includeDeleted: ${includeDeleted}, metric: { key: "acc", value: { gt: 0.1 } } }, orderBy: { field: METRIC, key: "acc" }) { totalCount nodes { name } } }`,
    );
    return loggedModels.nodes.map(({ name }: { name: string }) => name);
  };
  expect(await listed(false)).toEqual(["right"]);
  expect(await listed(true)).toEqual(["left", "right"]);
});
