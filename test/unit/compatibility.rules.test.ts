import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Compatibility, differencesOf, incompatibilitiesOf } from "../../src/registry/compatibility.rules.ts";
import { readSignature, scalarTypes } from "../../src/registry/signature.rules.ts";
import { signatures } from "../support/random-signature.ts";

const { BACKWARD, FORWARD, FULL } = Compatibility;

const column = (type: string, more: object = {}) => ({ name: "a", type, ...more });
const tensor = (dtype: string, ...shape: number[]) => ({ type: "tensor", "tensor-spec": { dtype, shape } });
const listed = (entry: object | object[]) => [entry].flat();
const inputs = (entry: object | object[]) => ({ inputs: listed(entry), outputs: [] });
const outputs = (entry: object | object[]) => ({ inputs: [], outputs: listed(entry) });
const params = (entry: object | object[]) => ({ inputs: [], params: listed(entry) });
const optional = { required: false };
const person = (properties: object) => column("object", { properties });
const param = (type: string, more: object = {}) => ({ name: "t", type, default: 1, ...more });

/** Old, new, what stands in the way backward, and what forward. */
type Row = [why: string, old: unknown, next: unknown, backward: string[], forward: string[]];

const rows: Row[] = [
  ["the same", inputs(column("double")), inputs(column("double")), [], []],
  [
    "another type",
    inputs(column("double")),
    inputs(column("string")),
    ["inputs.a: double → string"],
    ["inputs.a: double → string"],
  ],
  ["a wider input", inputs(column("integer")), inputs(column("long")), [], ["inputs.a: integer → long"]],
  [
    "an input twice as wide",
    inputs(column("integer")),
    inputs(column("double")),
    [],
    ["inputs.a: integer → double"],
  ],
  ["long to double", inputs(column("long")), inputs(column("double")), [], ["inputs.a: long → double"]],
  ["float to double", inputs(column("float")), inputs(column("double")), [], ["inputs.a: float → double"]],
  [
    "integer to float",
    inputs(column("integer")),
    inputs(column("float")),
    ["inputs.a: integer → float"],
    ["inputs.a: integer → float"],
  ],
  ["a wider output", outputs(column("long")), outputs(column("double")), ["outputs.a: long → double"], []],
  ["an added input", inputs([]), inputs(column("long")), ["inputs.a: not there → required long"], []],
  ["an added optional input", inputs([]), inputs(column("long", optional)), [], []],
  ["a removed input", inputs(column("long")), inputs([]), [], ["inputs.a: required long → not there"]],
  ["a removed optional input", inputs(column("long", optional)), inputs([]), [], []],
  [
    "an input that must be there now",
    inputs(column("long", optional)),
    inputs(column("long")),
    ["inputs.a: optional long → required long"],
    [],
  ],
  [
    "an input that may be left out now",
    inputs(column("long")),
    inputs(column("long", optional)),
    [],
    ["inputs.a: required long → optional long"],
  ],
  ["an added output", outputs([]), outputs(column("long")), [], ["outputs.a: not there → required long"]],
  ["a removed output", outputs(column("long")), outputs([]), ["outputs.a: required long → not there"], []],
  [
    "an output that may be missing now",
    outputs(column("long")),
    outputs(column("long", optional)),
    ["outputs.a: required long → optional long"],
    [],
  ],
  [
    "names instead of places",
    inputs({ type: "long" }),
    inputs(column("long")),
    ["inputs: by place → by name"],
    ["inputs: by place → by name"],
  ],
  [
    "one place more",
    inputs([{ type: "long" }]),
    inputs([{ type: "long" }, { type: "long" }]),
    ["inputs.1: not there → required long"],
    ["inputs.1: not there → required long"],
  ],
  [
    "a tensor of any size",
    inputs(tensor("float64", -1, 6)),
    inputs(tensor("float64", -1, -1)),
    [],
    ["inputs.0: tensor float64 [-1, 6] → tensor float64 [-1, -1]"],
  ],
  [
    "another size",
    inputs(tensor("float64", -1, 6)),
    inputs(tensor("float64", -1, 7)),
    ["inputs.0: tensor float64 [-1, 6] → tensor float64 [-1, 7]"],
    ["inputs.0: tensor float64 [-1, 6] → tensor float64 [-1, 7]"],
  ],
  [
    "another rank",
    inputs(tensor("float64", -1)),
    inputs(tensor("float64", -1, -1)),
    ["inputs.0: tensor float64 [-1] → tensor float64 [-1, -1]"],
    ["inputs.0: tensor float64 [-1] → tensor float64 [-1, -1]"],
  ],
  [
    "a wider dtype",
    inputs(tensor("float32", -1)),
    inputs(tensor("float64", -1)),
    ["inputs.0: tensor float32 [-1] → tensor float64 [-1]"],
    ["inputs.0: tensor float32 [-1] → tensor float64 [-1]"],
  ],
  [
    "a tensor instead of a column",
    outputs({ type: "double" }),
    outputs(tensor("float64", -1)),
    ["outputs.0: double → tensor float64 [-1]"],
    ["outputs.0: double → tensor float64 [-1]"],
  ],
  [
    "wider items",
    inputs(column("array", { items: { type: "long" } })),
    inputs(column("array", { items: { type: "double" } })),
    [],
    ["inputs.a[]: long → double"],
  ],
  [
    "wider values",
    inputs(column("map", { values: { type: "long" } })),
    inputs(column("map", { values: { type: "double" } })),
    [],
    ["inputs.a.*: long → double"],
  ],
  [
    "anything instead of something",
    inputs(column("long")),
    inputs(column("any")),
    [],
    ["inputs.a: long → any"],
  ],
  [
    "a property more to send",
    inputs(person({ x: { type: "long" } })),
    inputs(person({ x: { type: "long" }, y: { type: "long" } })),
    ["inputs.a.y: not there → required long"],
    ["inputs.a.y: not there → required long"],
  ],
  [
    "an optional property more to send",
    inputs(person({})),
    inputs(person({ y: { type: "long", required: false } })),
    [],
    ["inputs.a.y: not there → optional long"],
  ],
  [
    "a property more to read",
    outputs(person({})),
    outputs(person({ y: { type: "long" } })),
    [],
    ["outputs.a.y: not there → required long"],
  ],
  ["an added param", params([]), params(param("long")), [], []],
  [
    "an added param without default",
    params([param("long")]),
    params([param("long"), { name: "u", type: "long" }]),
    ["params.u: not there → long without default"],
    [],
  ],
  ["a removed param", params(param("long")), params([]), [], []],
  [
    "a param of another type",
    params(param("long")),
    params(param("string")),
    ["params.t: long → string"],
    ["params.t: long → string"],
  ],
  ["a wider param", params(param("long")), params(param("double")), [], ["params.t: long → double"]],
  [
    "a param that is a list now",
    params(param("long")),
    params(param("long", { shape: [-1] })),
    ["params.t: long → long [-1]"],
    ["params.t: long → long [-1]"],
  ],
  [
    "a param that lost its default",
    params(param("long")),
    params({ name: "t", type: "long" }),
    ["params.t: long → long without default"],
    [],
  ],
  [
    "inputs that are not told any more",
    inputs(column("long")),
    { outputs: [] },
    ["inputs: told → not told"],
    ["inputs: told → not told"],
  ],
  [
    "outputs that are not told any more",
    { inputs: [], outputs: [] },
    { inputs: [] },
    ["outputs: told → not told"],
    [],
  ],
];

describe("two signatures", () => {
  it.each(rows)("with %s", (_, old, next, backward, forward) => {
    expect(incompatibilitiesOf(old, next, BACKWARD)).toEqual(backward);
    expect(incompatibilitiesOf(old, next, FORWARD)).toEqual(forward);
    expect(incompatibilitiesOf(old, next, FULL)).toEqual([...new Set([...backward, ...forward])]);
  });

  it("say what is missing or not understood of either", () => {
    expect(incompatibilitiesOf(null, { inputs: [column("decimal")] }, BACKWARD)).toEqual([
      "old signature: no signature",
      expect.stringMatching(/^new signature: inputs\.0\.type: expected one of boolean/),
    ]);
  });

  it("say a hundred things at most, and how many more there are", () => {
    const many = (type: string) =>
      inputs(Array.from({ length: 150 }, (_, at) => ({ name: `${at}${"n".repeat(500)}`, type })));
    const said = incompatibilitiesOf(many("long"), many("string"), FULL);
    expect(said).toHaveLength(101);
    expect(said[100]).toBe("and 50 more");
    expect(Math.max(...said.map(({ length }) => length))).toBeLessThan(150);
  });

  it("widen a number to nothing that does not hold all of them", () => {
    const widened = scalarTypes.flatMap((from) =>
      scalarTypes
        .filter((to) => incompatibilitiesOf(inputs(column(from)), inputs(column(to)), BACKWARD).length === 0)
        .filter((to) => to !== from)
        .map((to) => `${from} ${to}`),
    );
    expect(widened).toEqual(["integer long", "integer double", "long double", "float double"]);
  });
});

describe("any signature", () => {
  const read = (stored: unknown) => readSignature(stored).signature!;
  const modes = [BACKWARD, FORWARD, FULL];
  const keyOf = (one: object) => JSON.stringify(Object.entries(one).sort());

  it("is compatible with itself", () => {
    fc.assert(
      fc.property(signatures, (one) => {
        for (const mode of modes) expect(incompatibilitiesOf(one, structuredClone(one), mode)).toEqual([]);
      }),
    );
  });

  it("is fully compatible where it is so both ways", () => {
    fc.assert(
      fc.property(signatures, signatures, (one, other) => {
        const found = (mode: Compatibility) => differencesOf(read(one), read(other), mode).map(keyOf);
        expect(new Set(found(FULL))).toEqual(new Set([...found(BACKWARD), ...found(FORWARD)]));
      }),
    );
  });

  it("is forward compatible with another where that is backward compatible with it", () => {
    fc.assert(
      fc.property(signatures, signatures, (one, other) => {
        const exchanged = differencesOf(read(other), read(one), BACKWARD).map(({ path, old, new: is }) =>
          keyOf({ path, old: is, new: old }),
        );
        expect(differencesOf(read(one), read(other), FORWARD).map(keyOf)).toEqual(exchanged);
      }),
    );
  });
});
