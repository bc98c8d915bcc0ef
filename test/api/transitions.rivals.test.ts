import { beforeAll, expect, it } from "vitest";
import { inLanes, type Registry, registryOf } from "../support/registry.ts";
import { promotionRounds, rivals } from "../support/rivals.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

async function movesOf(model: string): Promise<number> {
  const { registryEvents } = await world.ask(
    `query ($model: String!) { registryEvents(filter: { model: $model, types: ["stage.changed"] }) { totalCount } }`,
    { model },
  );
  return registryEvents.totalCount;
}

it("lets exactly one of sixteen rivals that promote the same version win, in each of 20 rounds", async () => {
  await registry.model("contested");
  const { id } = await registry.version("contested");
  const rounds = await promotionRounds(registry, id, 20);
  expect(rounds).toEqual(Array(20).fill({ winners: 1, codes: Array(rivals - 1).fill("CONFLICT") }));
  expect(await movesOf("contested")).toBe(20);
});

it("leaves exactly one version in Production where sixteen are promoted at once and archive the others", async () => {
  await registry.model("crowded");
  for (let turn = 0; turn < rivals; turn++) await registry.version("crowded");
  for (let round = 1; round <= 10; round++) {
    const payloads = await inLanes(rivals, rivals, (at) =>
      registry.attempt("transitionModelVersion", {
        version: `crowded/${at + 1}`,
        to: "Production",
        archiveExisting: true,
      }),
    );
    expect(payloads.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    const { model } = await world.ask(
      `{ model(name: "crowded") { inStage(stage: "Production") { number } archived: inStage(stage: "Archived") { number } } }`,
    );
    expect(model.inStage).toHaveLength(1);
    expect(model.archived).toHaveLength(rivals - 1);
  }
});

it("answers a version by its stage while versions go in and out of it, never a wrong one", async () => {
  await registry.model("busy");
  for (let turn = 0; turn < 4; turn++) await registry.version("busy");
  await registry.promote("busy/1", "Production");
  let isOver = false;
  const seen = new Set<string>();
  const reader = async () => {
    while (!isOver) {
      const { modelVersion } = await world.ask(`{ modelVersion(ref: "busy/Production") { number stage } }`);
      seen.add(modelVersion === null ? "none" : modelVersion.stage);
    }
  };
  const readers = [reader(), reader()];
  for (let turn = 0; turn < 40; turn++) {
    await registry.promote(`busy/${(turn % 4) + 1}`, "Production", { archiveExisting: true });
  }
  isOver = true;
  await Promise.all(readers);
  expect([...seen]).toEqual(["Production"]);
});
