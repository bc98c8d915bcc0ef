import { expect, it } from "vitest";
import { inLanes, type Registry, registryOf } from "../support/registry.ts";
import { rowsOf } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

const others = [
  { name: "None" },
  { name: "Production", isLive: true },
  { name: "Archived", isRetired: true },
];
const withTrial = [...others, { name: "Trial" }];

/**
 * Versions are moved into and out of a stage, and new ones registered, while that stage is removed and defined again and
 * the first one renamed to and fro. Answers the stages that versions stand in and that are not there, and how often each
 * succeeded.
 */
async function stageRounds(world: World, registry: Registry, rounds: number) {
  const models = 6;
  await registry.mutate("defineStages", { stages: others });
  for (let at = 0; at < models; at++) await registry.version(`rival ${at}`, { createModel: true });
  const lost: unknown[] = [];
  const done = { defined: 0, moved: 0, refused: 0 };
  for (let round = 0; round < rounds; round++) {
    const firstName = round % 2 === 0 ? "Draft" : "None";
    const first = { name: firstName, synonyms: [round % 2 === 0 ? "None" : "Draft"] };
    await inLanes(models + 1, models + 1, async (lane) => {
      if (lane === 0) {
        for (const stages of [withTrial, others, withTrial, others]) {
          const input = { stages: [first, ...stages.slice(1)] };
          const { userErrors } = await registry.attempt("defineStages", input);
          if (userErrors.length === 0) done.defined++;
        }
        return;
      }
      const version = `rival ${lane - 1}/${round + 1}`;
      for (const to of ["Archived", "Trial", "Archived", "Trial", "Archived", "Trial"]) {
        const { userErrors } = await registry.attempt("transitionModelVersion", { version, to });
        if (userErrors.length === 0) done.moved++;
        else done.refused++;
      }
      await registry.version(`rival ${lane - 1}`);
    });
    lost.push(
      ...(await rowsOf(
        world.settings,
        `SELECT v.id, v.stage FROM model_version v
         WHERE v.stage NOT IN (SELECT name FROM stage WHERE removedAt IS NULL)`,
      )),
      ...(await rowsOf(
        world.settings,
        `SELECT c.versionId, c.stage FROM stage_change c JOIN model_version v ON v.id = c.versionId
         WHERE c.toSeq IS NULL AND c.stage <> v.stage`,
      )),
    );
  }
  return { lost, done };
}

// That the lock is what it takes: test/mysql/held-stages.test.ts.
it("leaves no version in a stage that is not there, however stages are defined while versions move", async () => {
  const world = await startWorld();
  try {
    const { lost, done } = await stageRounds(world, registryOf(world), 12);
    expect(lost).toEqual([]);
    // Both happened: else nothing was tried.
    expect(done.defined).toBeGreaterThan(5);
    expect(done.moved).toBeGreaterThan(100);
  } finally {
    await world.close();
  }
});
