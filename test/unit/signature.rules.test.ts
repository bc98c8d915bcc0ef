import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { nameOfType, readSignature } from "../../src/registry/signature.rules.ts";
import { sharedData } from "../support/shared-data.ts";

const column = (type: string, more: object = {}) => ({ name: "a", type, ...more });
const understood = (stored: unknown) => {
  const { signature, notUnderstood } = readSignature(stored);
  expect(notUnderstood).toBeNull();
  return signature!;
};
const problems = (stored: unknown) => readSignature(stored).notUnderstood;

describe("a signature", () => {
  it("is read alike from lists and from MLflow's JSON texts of lists", () => {
    const inputs = [column("double"), { name: "b", type: "string", required: false }];
    const outputs = [{ type: "tensor", "tensor-spec": { dtype: "float64", shape: [-1, 6] } }];
    const params = [{ name: "t", type: "float", default: 0.5, shape: null }];
    const lists = understood({ inputs, outputs, params });
    const texts = { inputs, outputs, params };
    const written = Object.fromEntries(
      Object.entries(texts).map(([key, list]) => [key, JSON.stringify(list)]),
    );
    expect(understood(written)).toEqual(lists);
    expect(lists).toEqual({
      inputs: {
        isNamed: true,
        fields: new Map([
          ["a", { type: { kind: "scalar", type: "double" }, isRequired: true }],
          ["b", { type: { kind: "scalar", type: "string" }, isRequired: false }],
        ]),
      },
      outputs: {
        isNamed: false,
        fields: new Map([
          ["0", { type: { kind: "tensor", dtype: "float64", shape: [-1, 6] }, isRequired: true }],
        ]),
      },
      params: new Map([["t", { type: { kind: "scalar", type: "float" }, shape: null, hasDefault: true }]]),
    });
  });

  it("may leave out parts, and tells a part that is empty from one that is not there", () => {
    expect(understood({ inputs: "[]", outputs: null, params: null })).toEqual({
      inputs: { isNamed: false, fields: new Map() },
      outputs: null,
      params: new Map(),
    });
  });

  it.each([
    [{ required: false }, false],
    [{ required: true }, true],
    [{ optional: true }, false],
    [{ optional: false }, true],
    [{ optional: true, required: false }, false],
    [{}, true],
  ])("that says %j of an input: required is %s", (more, isRequired) => {
    const { inputs } = understood({ inputs: [column("long", more)] });
    expect(inputs!.fields.get("a")!.isRequired).toBe(isRequired);
  });

  it.each([
    [column("array", { items: { type: "array", items: { type: "string" } } }), "array of array of string"],
    [column("map", { values: { type: "long" } }), "map of long"],
    [column("object", { properties: { x: { type: "any" } } }), "object"],
    [column("tensor", { "tensor-spec": { dtype: "datetime64[ns]", shape: [] } }), "tensor datetime64[ns] []"],
    [column("tensor", { "tensor-spec": { dtype: "str32", shape: [-1, 2] } }), "tensor str32 [-1, 2]"],
  ])("knows the type of %j", (entry, name) => {
    expect(nameOfType(understood({ inputs: [entry] }).inputs!.fields.get("a")!.type)).toBe(name);
  });

  it.each([
    [null, "no signature"],
    [undefined, "no signature"],
    ["text", 'signature: expected an object with inputs, outputs and params; got "text"'],
    [{ hush: true }, 'signature: expected inputs, outputs or params; got ["hush"]'],
    [{ inputs: 7 }, "inputs: expected a list, or a JSON text of one; got 7"],
    [{ inputs: "[{" }, 'inputs: expected a list, or a JSON text of one; got "[{"'],
    [{ inputs: "[".repeat(1_000) }, "inputs: expected at most 100 lists and objects within each other"],
    [{ inputs: ["a"] }, 'inputs.0: expected an object with a type; got "a"'],
    [{ inputs: [column("decimal")] }, "inputs.0.type: expected one of boolean, integer, long, float"],
    [{ inputs: [column("Double")] }, "inputs.0.type: expected one of boolean"],
    [{ inputs: [{ name: "a" }] }, "inputs.0.type: expected one of boolean"],
    [{ inputs: [column("long"), column("long")] }, 'inputs.1.name: expected each name once; got "a"'],
    [{ inputs: [column("long"), { type: "long" }] }, "inputs.1.name: expected names for all or for none"],
    [{ inputs: [{ name: 7, type: "long" }] }, "inputs.0.name: expected a name; got 7"],
    [{ inputs: [column("long", { required: "no" })] }, 'inputs.0.required: expected true or false; got "no"'],
    [
      { inputs: [column("long", { required: true, optional: true })] },
      "inputs.0.optional: expected the contrary of required; got true",
    ],
    [{ inputs: [column("array")] }, "inputs.0.items: expected an object with a type"],
    [{ inputs: [column("map", { values: "long" })] }, "inputs.0.values: expected an object with a type"],
    [{ inputs: [column("object")] }, "inputs.0.properties: expected an object"],
    [
      { inputs: [column("object", { properties: { x: { type: "x" } } })] },
      "inputs.0.properties.x.type: expected one of boolean",
    ],
    [{ inputs: [column("tensor")] }, "inputs.0.tensor-spec: expected an object with dtype and shape"],
    [
      { inputs: [column("tensor", { "tensor-spec": { dtype: "complex64", shape: [-1] } })] },
      "inputs.0.tensor-spec.dtype: expected bool, int8–int64",
    ],
    [
      { inputs: [column("tensor", { "tensor-spec": { dtype: "float64", shape: [-2] } })] },
      "inputs.0.tensor-spec.shape: expected a list of at most 32 sizes",
    ],
    [
      {
        inputs: [
          column("long"),
          { name: "b", type: "tensor", "tensor-spec": { dtype: "bool", shape: [-1] } },
        ],
      },
      'inputs: expected columns or tensors; got "both"',
    ],
    [{ params: [{ type: "long" }] }, "params.0.name: expected a name"],
    [{ params: [{ name: "t", type: "long", shape: "x" }] }, "params.0.shape: expected a list of at most 32"],
  ])("is not understood, and says why (%#)", (stored, sentence) => {
    expect(problems(stored)).toEqual([expect.stringContaining(sentence)]);
  });

  it("says at most ten things that are not understood", () => {
    const inputs = Array.from({ length: 50 }, (_, at) => ({ name: `${at}`, type: "x".repeat(1_000) }));
    const told = problems({ inputs })!;
    expect(told).toHaveLength(10);
    for (const sentence of told) expect(sentence.length).toBeLessThan(400);
  });

  it("that is nested very deeply in a text is refused, not followed", () => {
    const deep = (levels: number): object =>
      levels === 0 ? { type: "long" } : { type: "array", items: deep(levels - 1) };
    expect(problems({ inputs: JSON.stringify([deep(29)]) })).toBeNull();
    expect(problems({ inputs: JSON.stringify([deep(30)]) })).toEqual([
      expect.stringContaining("expected types of at most 30 levels"),
    ]);
  });

  it("may be any JSON at all, and reading it never throws", () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    const part = fc.oneof(
      json,
      json.map((value) => JSON.stringify(value)),
    );
    const stored = fc.oneof(
      json,
      fc.record({ inputs: part, outputs: part, params: part }, { requiredKeys: [] }),
    );
    fc.assert(
      fc.property(stored, (value) => {
        const { signature, notUnderstood } = readSignature(value);
        expect(signature === null).toBe(notUnderstood !== null);
      }),
    );
  });
});

describe("the signatures of mlflow-credit", () => {
  it("are all understood", () => {
    const folder = join(sharedData, "mlflow-credit");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const written = files
      .filter((file) => file.endsWith("MLmodel"))
      .map((file) => parse(readFileSync(join(folder, file), "utf8")).signature)
      .filter((signature) => signature);
    expect(written).toHaveLength(10);
    const read = written.map(understood);
    const sizes = read.map(({ inputs }) => `${inputs!.fields.size} ${inputs!.isNamed}`);
    expect([...new Set(sizes)].sort()).toEqual(["1 false", "9 true"]);
  });
});
