import { describe, expect, it } from "vitest";
import type { WeightInput } from "../../src/registry/alias.inputs.ts";
import { memberFor, weightsOf } from "../../src/registry/alias.rules.ts";

const weigh = (...weights: [alias: string, weight: number][]) =>
  weights.map(([alias, weight]) => ({ alias, version: 1, weight }) as WeightInput);

describe("a weighted set as told", () => {
  it.each([
    ["none", []],
    ["one with all", weigh(["a", 100])],
    ["two", weigh(["champion", 90], ["challenger", 10])],
    ["a hundred", weigh(...Array.from({ length: 100 }, (_, at) => [`a${at}`, 1] as [string, number]))],
  ])("may be %s", (_, weights) => {
    expect(weightsOf(weights)).toEqual(weights);
  });

  it.each([
    [weigh(["a", 90], ["b", 9]), "weights: expected a sum of 100; got 99"],
    [weigh(["a", 90], ["b", 11]), "weights: expected a sum of 100; got 101"],
    [weigh(["a", 100], ["b", 0]), "weights.1.weight: expected 1–100; got 0"],
    [weigh(["a", 110], ["b", -10]), "weights.0.weight: expected 1–100; got 110"],
    [weigh(["a", -1]), "weights.0.weight: expected 1–100; got -1"],
    [weigh(["a", 50], ["a", 50]), 'weights.1.alias: expected each alias once; got "a"'],
    [weigh(["latest", 100]), "weights.0.alias: expected another name than latest"],
    [weigh(["a@b", 100]), "weights.0.alias: expected a name without / and @"],
    [weigh(...Array(101).fill(["a", 1])), "weights: expected at most 100; got 101"],
  ])("may not be %j", (weights, message) => {
    expect(() => weightsOf(weights)).toThrow(message);
  });
});

describe("the member that a key is given", () => {
  const keys = Array.from({ length: 10_000 }, (_, at) => `customer-${at}`);
  const drawn = (...set: [name: string, weight: number][]) => {
    const aliases = set.map(([name, weight]) => ({ name, weight }));
    return keys.map((key) => memberFor("mdl_12", key, aliases)!.name);
  };

  it.each([
    [[["champion", 100]]],
    [
      [
        ["challenger", 10],
        ["champion", 90],
      ],
    ],
    [
      [
        ["a", 50],
        ["b", 50],
      ],
    ],
    [
      [
        ["a", 1],
        ["b", 33],
        ["c", 66],
      ],
    ],
  ] as [[string, number][]][])("of %j comes by the shares, within 2 % of 10,000 keys", (set) => {
    const names = drawn(...set);
    for (const [name, weight] of set) {
      const share = names.filter((other) => other === name).length / keys.length;
      expect(Math.abs(share - weight / 100), `${name}: ${share}`).toBeLessThan(0.02);
    }
  });

  it("is the same each time, and another for other models", () => {
    const set = [{ weight: 50 }, { weight: 50 }];
    const of = (model: string) => keys.map((key) => set.indexOf(memberFor(model, key, set)!)).join("");
    expect(of("mdl_12")).toBe(of("mdl_12"));
    expect(of("mdl_12")).not.toBe(of("mdl_13"));
  });

  it("changes for those keys only whose share changes hands", () => {
    const before = drawn(["challenger", 10], ["champion", 90]);
    const after = drawn(["challenger", 20], ["champion", 80]);
    const changed = before.filter((name, at) => after[at] !== name);
    expect(new Set(changed)).toEqual(new Set(["champion"]));
    expect(Math.abs(changed.length / keys.length - 0.1)).toBeLessThan(0.02);
  });

  it("is what the schema says, so that others can find it out, too", () => {
    // printf '["mdl_12","customer-17"]' | sha256sum, modulo 100.
    const set = Array.from({ length: 100 }, (_, at) => ({ name: at, weight: 1 }));
    expect(memberFor("mdl_12", "customer-17", set)!.name).toBe(79);
  });
});
