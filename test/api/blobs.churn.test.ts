import fc from "fast-check";
import { expect, it } from "vitest";
import { BlobChurn, step } from "../support/blob-churn.ts";
import { blobGround } from "../support/blob-ground.ts";
import { engine } from "../support/engines.ts";

const stepsEach = 100;
/** 10,000 commands take minutes: STEMMA_CHURN_RUNS=100 does as many. */
const runs = Number(process.env.STEMMA_CHURN_RUNS ?? (engine() === "sqlite" ? 10 : 4));

it("keeps all that is referred to and nothing else, whoever uploads, lets go, collects or dies", async () => {
  const churn = new BlobChurn(await blobGround());
  const steps = fc.array(step, { minLength: stepsEach, maxLength: stepsEach });
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.info(`seed ${seed}`);
  // Nothing is made shorter: that would take hours. `seed` and `path` find it again.
  const property = fc.asyncProperty(steps, (some) => churn.run(some));
  await fc.assert(property, { numRuns: runs, seed, endOnFailure: true });
  const total = Object.values(churn.done).reduce((sum, count) => sum + count, 0);
  console.info(
    `${total} commands: ${JSON.stringify(churn.done)}; struck: ${JSON.stringify(churn.points.hits)}`,
  );
  expect(total).toBeGreaterThanOrEqual(runs * stepsEach);
  expect(Math.min(churn.points.hits.crash, churn.points.hits.rival)).toBeGreaterThan(runs);
}, 3_600_000);
