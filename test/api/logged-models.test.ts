import { beforeAll, describe, expect, it } from "vitest";
import { trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let tracker: ReturnType<typeof trackerOf>;

beforeAll(async () => {
  world = await startWorld();
  tracker = trackerOf(world);
  return world.close;
});

const hex = (digit: string) => digit.repeat(32);
const found = `query ($modelId: String!) { loggedModel(modelId: $modelId) {
  id modelId name status run { runId } experiment { name } params { key value } metrics { key value } tags { key value } } }`;
const modelOf = async (modelId: string) => (await world.ask(found, { modelId })).loggedModel;

describe("createLoggedModel", () => {
  it("joins a model to the run that left it, in the run's experiment", async () => {
    await tracker.done("createExperiment", { name: "logged" });
    const { runId } = await tracker.run({ experiment: "logged" });
    const input = {
      runId,
      modelId: `m-${hex("a")}`,
      name: "xgb",
      status: "PENDING",
      params: [{ key: "depth", value: "3" }],
      metrics: [{ key: "auc", value: 0.9 }],
      tags: [{ key: "stage", value: "draft" }],
    };
    const made = await tracker.done("createLoggedModel", input);
    expect(await modelOf(input.modelId)).toEqual({
      id: made.id,
      modelId: input.modelId,
      name: "xgb",
      status: "PENDING",
      run: { runId },
      experiment: { name: "logged" },
      params: input.params,
      metrics: input.metrics,
      tags: input.tags,
    });
    expect((await modelOf(made.id)).modelId).toBe(input.modelId);
    expect(await tracker.eventsOf(made.id)).toEqual(["logged_model.created"]);
    const { run } = await world.ask(
      `query ($runId: String!) { run(runId: $runId) { loggedModels { modelId } } }`,
      { runId },
    );
    expect(run.loggedModels).toEqual([{ modelId: input.modelId }]);
    expect(await tracker.refusal("createLoggedModel", input)).toMatchObject({ code: "ALREADY_EXISTS" });
  });

  it("mints an id, and needs no run", async () => {
    const { modelId } = await tracker.done("createLoggedModel", {});
    expect(modelId).toMatch(/^m-[0-9a-f]{32}$/);
    expect(await modelOf(modelId)).toMatchObject({
      status: "READY",
      run: null,
      experiment: { name: "Default" },
    });
  });

  it.each([
    [{ modelId: hex("a") }, "INVALID", "modelId"],
    [{ runId: hex("9") }, "NOT_FOUND", "runId"],
    [{ experiment: "nowhere" }, "NOT_FOUND", "experiment"],
    [{ status: "x".repeat(33) }, "INVALID", "status"],
    [{ name: "a\u0000" }, "INVALID", "name"],
    [{ metrics: [{ key: "a" }] }, "INVALID", "metrics.0"],
  ])("refuses %#", async (input, code, path) => {
    expect(await tracker.refusal("createLoggedModel", input)).toMatchObject({
      code,
      path: ["input", ...path.split(".")],
    });
  });

  it("refuses a deleted run, and another experiment than its run's", async () => {
    const { runId } = await tracker.run({ experiment: "logged" });
    expect(await tracker.refusal("createLoggedModel", { runId, experiment: "Default" })).toMatchObject({
      code: "CONFLICT",
    });
    await tracker.done("deleteRun", { runId });
    expect(await tracker.refusal("createLoggedModel", { runId })).toMatchObject({ code: "CONFLICT" });
  });
});

describe("updateLoggedModel", () => {
  it("changes what is given, by one event where anything changed", async () => {
    const { id, modelId } = await tracker.done("createLoggedModel", {
      status: "PENDING",
      tags: [{ key: "a", value: "1" }],
    });
    const change = {
      modelId,
      status: "READY",
      params: [{ key: "p", value: "1" }],
      metrics: [{ key: "auc", value: 1, at: "2026-01-01T00:00:00.000Z" }],
      setTags: [{ key: "b", value: "2" }],
      deleteTags: ["a"],
    };
    for (const _ of [1, 2]) await tracker.done("updateLoggedModel", change);
    expect(await modelOf(modelId)).toMatchObject({
      status: "READY",
      params: change.params,
      metrics: [{ key: "auc", value: 1 }],
      tags: change.setTags,
    });
    expect(await tracker.eventsOf(id)).toEqual(["logged_model.created", "logged_model.updated"]);
    const other = { modelId, params: [{ key: "p", value: "2" }] };
    expect(await tracker.refusal("updateLoggedModel", other)).toMatchObject({ code: "CONFLICT" });
    expect(await tracker.refusal("updateLoggedModel", { modelId: `m-${hex("9")}` })).toMatchObject({
      code: "NOT_FOUND",
    });
  });
});

it("is null for what is no logged model", async () => {
  for (const modelId of ["", hex("a"), `m-${hex("9")}`, "lm_999999", "a\u0000b"])
    expect(await modelOf(modelId)).toBeNull();
});
