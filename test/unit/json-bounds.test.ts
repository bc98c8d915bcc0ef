import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { excessOfJson } from "../../src/kernel/json-bounds.ts";

const excessOf = (text: string) => excessOfJson(Buffer.from(text))?.message ?? null;
const list = (length: number, value: (at: number) => string) =>
  `[${Array.from({ length }, (_, at) => value(at)).join()}]`;
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
const named = (count: number) => `{${Array.from({ length: count }, (_, at) => `"name ${at}" : 1`).join()}}`;

describe("a JSON text", () => {
  it("is nested a hundred deep at most", () => {
    expect(excessOf(nested(100))).toBeNull();
    expect(excessOf(nested(101))).toBe(
      "at most 100 lists and objects within each other in one JSON text; got more",
    );
    expect(excessOf('{"a":'.repeat(101))).toMatch(/^at most 100 /);
    // Beside each other is not within each other.
    expect(excessOf(list(1_000, () => nested(20)))).toBeNull();
  });

  it("holds 60,000 values at most", () => {
    // A list is one more than what it holds.
    expect(excessOf(list(59_999, () => "1"))).toBeNull();
    expect(excessOf(list(60_000, () => "1"))).toBe("at most 60000 values in one JSON text; got more");
    expect(excessOf(list(60_000, () => '"a"'))).toMatch(/^at most 60000 values/);
  });

  it("holds some 10,000 different names at most, and any one of them as often as it likes", () => {
    expect(excessOf(named(10_000))).toBeNull();
    expect(excessOf(named(12_000))).toBe("at most 10000 different names in one JSON text; got more");
    expect(excessOf(list(20_000, () => '{"a":1}'))).toBeNull();
    // What one text holds is not held against the next.
    for (let turn = 0; turn < 3; turn++) expect(excessOf(named(10_000))).toBeNull();
  });

  it("may say whatever it likes in its texts", () => {
    const text = JSON.stringify([`${nested(500)}","\\" : `.repeat(500), { 'a"\\': "[[[" }]);
    expect(excessOf(text)).toBeNull();
    expect(excessOf(list(59_999, () => '"\\\\"'))).toBeNull();
    expect(excessOf(list(60_000, () => '"\\""'))).toMatch(/^at most 60000 values/);
  });

  it("is within these limits, as a rule", () => {
    fc.assert(fc.property(fc.json({ maxDepth: 20 }), (text) => excessOf(text) === null));
  });

  it("need not be JSON at all: that is for its parser to say", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        excessOfJson(bytes);
      }),
    );
    for (const text of ["", '"', '"\\', "]]]", "{,,,"]) expect(excessOf(text)).toBeNull();
  });
});
