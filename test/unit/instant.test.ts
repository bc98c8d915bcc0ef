import fc from "fast-check";
import { expect, it } from "vitest";
import { formatInstant } from "../../src/kernel/instant.ts";

const lastInstant = 8_640_000_000_000_000;

it("is written as JavaScript writes a date", () => {
  const anyInstant = fc.integer({ min: -lastInstant + 86_400_000, max: lastInstant });
  const ofOurTime = fc.integer({ min: 0, max: 4_000_000_000_000 });
  fc.assert(
    fc.property(fc.oneof(anyInstant, ofOurTime), (instant) => {
      expect(formatInstant(instant)).toBe(new Date(instant).toISOString());
    }),
    { numRuns: 2_000 },
  );
});

it("is right at both ends of a day, of a second, and of time", () => {
  const day = 20_415 * 86_400_000;
  for (const instant of [
    0,
    -1,
    1,
    day,
    day - 1,
    day + 1,
    day + 86_399_999,
    day + 999,
    day + 1_000,
    lastInstant,
  ]) {
    expect(formatInstant(instant)).toBe(new Date(instant).toISOString());
  }
  expect(formatInstant(1.9)).toBe("1970-01-01T00:00:00.001Z");
});

it("is refused where there is none", () => {
  for (const none of [Number.NaN, Number.POSITIVE_INFINITY, lastInstant + 86_400_000]) {
    expect(() => formatInstant(none)).toThrow(RangeError);
  }
});
