import fc from "fast-check";
import { expect } from "vitest";

/** Tries a property so many times and says with which seed, so that a figure can be repeated. */
export async function holdsIn<T>(trials: number, property: fc.IAsyncProperty<T>): Promise<void> {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.info(`${expect.getState().currentTestName}: ${trials} trials, seed ${seed}`);
  await fc.assert(property, { numRuns: trials, seed });
}
