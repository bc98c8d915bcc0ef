import { expect, it, onTestFinished } from "vitest";
import { registryOf } from "../support/registry.ts";
import { trackerOf } from "../support/tracker.ts";
import { startWorld } from "../support/world.ts";

it("a question that costs little by its words ends where its lists are long", async () => {
  const world = await startWorld();
  onTestFinished(world.close);
  const { runId } = await trackerOf(world).run();
  const { modelId } = await trackerOf(world).done("createLoggedModel", { runId, name: "many" });
  const versions = Array.from({ length: 400 }, (_, at) => ({
    model: "many",
    number: at + 1,
    externalId: `many ${at + 1}`,
    loggedModelId: modelId,
    createdAt: "2026-01-01T00:00:00Z",
  }));
  const batch = { source: "test", models: [{ name: "many", createdAt: "2026-01-01T00:00:00Z" }], versions };
  await registryOf(world).mutate("importHistory", { batch }, "imported");
  const question = (times: number) => {
    const asked = Array.from({ length: times }, (_, at) => {
      return `a${at}: loggedModel(modelId: "${modelId}") { versions { run { loggedModels { versions { number } } } } }`;
    });
    return `{ ${asked.join(" ")} }`;
  };
  const once = await world.graphql(question(1));
  expect(once.errors).toBeUndefined();
  expect(once.extensions).toMatchObject({ cost: { limit: 100_000 } });
  const { cost } = once.extensions as { cost: { requested: number } };
  expect(20 * cost.requested).toBeLessThan(100_000);
  expect(await world.graphql(question(20))).toMatchObject({
    status: 400,
    errors: [
      {
        message: "this operation finds more than 250000 objects; ask for less of them at once",
        extensions: { code: "COST_LIMIT_EXCEEDED" },
      },
    ],
  });
});
