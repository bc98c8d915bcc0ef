import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkPayload } from "../../src/registry/payload-check.rules.ts";
import { payloadOf } from "../../src/registry/payload-rows.rules.ts";
import { readSignature } from "../../src/registry/signature.rules.ts";
import { signatures } from "../support/random-signature.ts";

const check = (signature: object, rows: unknown) =>
  checkPayload(readSignature(signature).signature!, payloadOf("rows", rows));
/** As `row path: expected / actual`. */
const faults = (signature: object, rows: unknown) =>
  check(signature, rows).faults.map(
    ({ row, path, expected, actual }) => `${row} ${path}: ${expected} / ${actual}`,
  );

const column = (type: string, more: object = {}) => ({ name: "a", type, ...more });
const tensor = (dtype: string, ...shape: number[]) => ({ type: "tensor", "tensor-spec": { dtype, shape } });

describe("a value", () => {
  const types: [type: string, good: unknown[], bad: unknown[]][] = [
    ["boolean", [true, false], [0, 1, "true", [], {}]],
    ["integer", [0, -1, 3.0, 2 ** 31 - 1, -(2 ** 31)], [0.5, 2 ** 31, -(2 ** 31) - 1, "1", true, Number.NaN]],
    ["long", [0, 2 ** 53, -(2 ** 63)], [0.5, 2 ** 64, "1", false, Number.POSITIVE_INFINITY]],
    ["float", [0.5, 3, -3.4e38], [3.5e38, "0.5", true, Number.NaN]],
    ["double", [0.5, 3, 1e308], ["0.5", true, Number.NaN, Number.POSITIVE_INFINITY, [1]]],
    ["string", ["", "x"], [0, true, ["x"], {}]],
    ["binary", ["", "AAA=", "AAAA"], ["A", "AAA", "A===", "ä===", 7]],
    [
      "datetime",
      ["2026-02-28", "2024-02-29", "2026-03-01T09:30:00Z", "2026-03-01 09:30:00.123456+02:00", "0001-01-01"],
      ["2026-02-29", "2026-13-01", "2026-03-01T24:00", "yesterday", 1772357400, "2026-03-01T09:30:00Z\n", ""],
    ],
    ["any", [0, "x", [], {}, true], []],
  ];

  it.each(types)("is a %s or not", (type, good, bad) => {
    const signature = { inputs: [column(type)] };
    for (const a of good) expect(faults(signature, [{ a }]), JSON.stringify(a)).toEqual([]);
    for (const a of bad) expect(faults(signature, [{ a }]), JSON.stringify(a)).toHaveLength(1);
  });

  const elements: [dtype: string, good: unknown[], bad: unknown[]][] = [
    ["bool", [true], [1]],
    ["int8", [-128, 127], [128, -129, 0.5]],
    ["uint8", [0, 255], [-1, 256]],
    ["uint64", [0, 2 ** 64], [-1, 2 ** 65]],
    ["float16", [65_504], [65_520, "1"]],
    ["float64", [1e308], [null, "1"]],
    ["str32", ["x"], [1]],
    ["bytes", ["AAAA"], ["A"]],
    ["datetime64[ns]", ["2026-01-01"], ["2026"]],
    ["object", [null, 1, "x", {}], []],
  ];

  it.each(elements)("of a tensor is a %s or not", (dtype, good, bad) => {
    const signature = { inputs: [tensor(dtype, -1)] };
    for (const a of good) expect(faults(signature, [a]), JSON.stringify(a)).toEqual([]);
    for (const a of bad) expect(faults(signature, [a]), JSON.stringify(a)).toHaveLength(1);
  });
});

describe("a payload", () => {
  const pair = { inputs: [column("double"), { name: "b", type: "string", required: false }] };
  const good = [
    [[{ a: 1, b: "x" }, { a: 2, b: null }, { a: 3 }], 3],
    [{ dataframe_split: { columns: ["b", "a"], index: [0], data: [["x", 1]] } }, 1],
    [{ dataframe_records: [{ a: 1 }] }, 1],
    [{ instances: [{ a: 1 }] }, 1],
    [{ inputs: [{ a: 1 }] }, 1],
    [{ inputs: { a: [1, 2], b: ["x", null] } }, 2],
  ] as const;

  it.each(good)("is good in MLflow's spelling %j", (rows, count) => {
    expect(payloadOf("rows", rows).rows).toHaveLength(count);
    expect(check(pair, rows)).toEqual({ faults: [], faultCount: 0, ignored: [] });
  });

  it.each([
    ["the wrong type", [{ a: "x" }], '0 a: double / "x"'],
    ["nothing where something is required", [{ a: 1 }, { b: "x" }], "1 a: double / nothing"],
    ["null where something is required", [{ a: null }], "0 a: double / null"],
    ["a row that is a list", [[1, "x"]], '0 : an object with the columns by name / [1,"x"]'],
    ["a row that is null", [null], "0 : an object with the columns by name / null"],
  ])("is told %s", (_, rows, told) => {
    expect(faults(pair, rows)).toEqual([told]);
  });

  it.each([
    [7, "rows: expected a list of rows, or an object with one of dataframe_split"],
    [{ a: 1 }, 'got ["a"]'],
    [{ instances: [1], inputs: [1] }, 'got ["instances","inputs"]'],
    [[], "rows: expected 1–1,000 rows"],
    [{ inputs: {} }, "rows: expected 1–1,000 rows"],
    [Array(1_001).fill({}), 'rows: expected 1–1,000 rows; got "1001 rows"'],
    [{ instances: 7 }, "rows.instances: expected a list of rows; got 7"],
    [{ dataframe_split: [] }, "rows.dataframe_split: expected an object with columns and data"],
    [
      { dataframe_split: { columns: [1], data: [[1]] } },
      "rows.dataframe_split.columns: expected a list of names",
    ],
    [
      { dataframe_split: { columns: ["a", "a"], data: [] } },
      "rows.dataframe_split.columns: expected each name once",
    ],
    [
      { dataframe_split: { columns: ["a"], data: [[1], []] } },
      "rows.dataframe_split.data.1: expected 1 values",
    ],
    [{ inputs: { a: [1], b: 1 } }, "rows.inputs.b: expected a list with a value for each row"],
    [{ inputs: { a: [1], b: [1, 2] } }, "rows.inputs.b: expected 1 values, as in the first column"],
    [{ inputs: [{ a: 1 }], params: [] }, "rows.params: expected an object; got []"],
  ])("that is none is refused with what was expected (%#)", (rows, sentence) => {
    expect(() => check(pair, rows)).toThrow(sentence);
  });

  it("is told of columns and params that the signature does not know, each once", () => {
    const rows = {
      inputs: [
        { a: 1, c: 2 },
        { a: 1, c: 2, ["__proto__"]: 3 },
      ],
      params: { u: 1 },
    };
    expect(check(pair, rows)).toEqual({ faults: [], faultCount: 0, ignored: ["params.u", "c", "__proto__"] });
  });

  it("goes by place where the inputs have no names", () => {
    const signature = { inputs: [{ type: "long" }, { type: "string" }, { type: "long", required: false }] };
    expect(
      faults(signature, [
        [1, "x"],
        [1, "x", 2],
        [1, "x", null],
      ]),
    ).toEqual([]);
    expect(faults(signature, [[1, 2], [1], [1, "x", 2, 3], { 0: 1 }])).toEqual([
      "0 [1]: string / 2",
      "1 [1]: string / nothing",
      "2 : 3 values / 4 values",
      '3 : a list of 3 values / {"0":1}',
    ]);
    expect(faults({ inputs: [{ type: "string" }] }, ["x", ["x"], 7])).toEqual(["2 : string / 7"]);
  });

  it("is looked into as deep as its types go", () => {
    const inner = {
      age: { type: "long" },
      tags: { type: "array", items: { type: "string" }, required: false },
    };
    const signature = {
      inputs: [
        column("object", { properties: inner }),
        { name: "m", type: "map", values: { type: "double" } },
      ],
    };
    expect(faults(signature, [{ a: { age: 1, tags: ["x"] }, m: { k: 1 } }])).toEqual([]);
    const wrong = { a: { tags: ["x", 7], more: 1 }, m: { k: "y" } };
    expect(faults(signature, [wrong, { a: [], m: 1 }, { a: { age: 1, tags: "x" }, m: {} }])).toEqual([
      "0 a.tags[1]: string / 7",
      "0 a.more: no such property / 1",
      "0 a.age: long (a whole number of 64 bits) / nothing",
      '0 m.k: double / "y"',
      "1 a: object / []",
      "1 m: map of double / 1",
      '2 a.tags: array of string / "x"',
    ]);
  });

  it("of tensors has their shapes, the rows being the first dimension, and none is ragged", () => {
    const matrix = { inputs: [tensor("float64", -1, 2)] };
    expect(
      faults(matrix, [
        [1, 2],
        [3, 4],
      ]),
    ).toEqual([]);
    expect(faults(matrix, [[1, 2], [3], 5, ["x", 1]])).toEqual([
      "1 : a list of 2 values / a list of 1 values",
      "2 : a list of 2 values / 5",
      '3 [0]: float64 / "x"',
    ]);
    expect(faults({ inputs: [tensor("float64", -1, -1)] }, [[1, 2], [3]])).toEqual([
      "1 : a list of 2 values / a list of 1 values",
    ]);
    expect(faults({ inputs: [tensor("float64", 3)] }, [1, 2])).toEqual(["null : 3 rows / 2 rows"]);
    const named = {
      inputs: [
        { ...tensor("bool", -1, 1), name: "x" },
        { ...tensor("bool", -1), name: "y" },
      ],
    };
    expect(faults(named, { inputs: { x: [[true]], y: [false] } })).toEqual([]);
    expect(faults(named, [{ x: [1], y: true }, {}])).toEqual([
      "0 x[0]: bool / 1",
      "1 x: tensor bool [-1, 1] / nothing",
      "1 y: tensor bool [-1] / nothing",
    ]);
  });

  it("has params of the right types, and those without a default", () => {
    const params = [
      { name: "t", type: "double", default: 0.5 },
      { name: "s", type: "string", default: null, shape: [-1] },
      { name: "u", type: "long" },
    ];
    const signature = { ...pair, params };
    const given = (told: object) => ({ inputs: [{ a: 1 }], params: told });
    expect(faults(signature, given({ u: 1 }))).toEqual([]);
    expect(faults(signature, given({ t: 1, s: ["x", "y"], u: 2 }))).toEqual([]);
    expect(faults(signature, given({ t: "x", s: "x" }))).toEqual([
      'null params.t: double / "x"',
      'null params.s: a list / "x"',
      "null params.u: long (a whole number of 64 bits) / nothing",
    ]);
  });

  it("is refused where the signature tells no inputs", () => {
    expect(() => check({ outputs: [] }, [{}])).toThrow(
      "ref: expected a version whose signature tells its inputs",
    );
  });
});

describe("whatever is sent", () => {
  it("is answered without an error of ours", () => {
    fc.assert(
      fc.property(
        signatures,
        fc.array(fc.jsonValue({ maxDepth: 4 }), { minLength: 1, maxLength: 4 }),
        (one, rows) => {
          const { signature } = readSignature(one);
          const { faults: found, faultCount } = checkPayload(signature!, { rows, params: {} });
          expect(found.length).toBe(Math.min(faultCount, 100));
        },
      ),
    );
  });

  const wide = Array.from({ length: 9_000 }, (_, at) => ({ name: `c${at}`, type: "double" }));
  const properties = Object.fromEntries(wide.map(({ name, type }) => [name, { type }]));
  const deep = { type: "array", items: { type: "object", properties } };

  it.each([
    ["rows that lack very many columns", { inputs: wide }, Array(1_000).fill({})],
    [
      "rows that lack very many places",
      { inputs: wide.map(({ type }) => ({ type })) },
      Array(1_000).fill([]),
    ],
    [
      "rows that may lack them",
      { inputs: wide.map((one) => ({ ...one, required: false })) },
      Array(1_000).fill({}),
    ],
    [
      "objects that lack very many properties",
      { inputs: [{ ...deep, name: "a" }] },
      [{ a: Array(59_000).fill({}) }],
    ],
    [
      "very many wrong values",
      { inputs: [column("array", { items: { type: "long" } })] },
      [{ a: Array(59_000).fill("x") }],
    ],
    ["a long text that is not base64", { inputs: [column("binary")] }, [{ a: `${"A".repeat(999_999)}!` }]],
    ["long names", { inputs: [column("long")] }, [{ ["n".repeat(1_000_000)]: 1 }]],
  ])("takes no longer than a blink: %s", (_, signature, rows) => {
    const read = readSignature(signature).signature!;
    const startedAt = performance.now();
    const { faults: found, faultCount, ignored } = checkPayload(read, { rows, params: {} });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(faultCount).toBeLessThan(70_000);
    expect(JSON.stringify([found, ignored]).length).toBeLessThan(50_000);
  });
});
