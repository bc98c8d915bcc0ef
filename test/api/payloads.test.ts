import { beforeAll, describe, expect, it } from "vitest";
import { type Cast, cast } from "../support/access.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let people: Cast;

const inputs = [
  { name: "amount", type: "double" },
  { name: "country", type: "string", required: false },
];

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  people = await cast(world);
  await registry.model("risk.m");
  await registry.version("risk.m", { signature: { inputs: JSON.stringify(inputs), outputs: null } });
  await registry.version("risk.m");
  await registry.version("risk.m", { signature: { inputs: [{ name: "a", type: "decimal" }], more: 1 } });
  await registry.version("risk.m", { signature: { outputs: [] } });
  await registry.mutate("setAlias", { model: "risk.m", alias: "champion", version: 1 });
  return world.close;
});

const question = `query ($ref: VersionRef!, $rows: JSON!) { validatePayload(ref: $ref, rows: $rows) {
  isValid rowCount errorCount ignored errors { row path expected actual message } } }`;

const report = async (ref: string, rows: unknown) =>
  (await world.ask(question, { ref, rows })).validatePayload;
const refusal = async (ref: string, rows: unknown, asker: Pick<World, "graphql"> = world) => {
  const { status, errors } = await asker.graphql(question, { ref, rows });
  return { status, code: errors?.[0]?.extensions.code, message: errors?.[0]?.message };
};

describe("a payload", () => {
  it("that is as the signature asks is valid, by any reference", async () => {
    const valid = { isValid: true, rowCount: 2, errorCount: 0, ignored: [], errors: [] };
    const rows = [{ amount: 1.5, country: "NO" }, { amount: 2 }];
    for (const ref of ["risk.m/1", "models:/risk.m@champion"]) expect(await report(ref, rows)).toEqual(valid);
    const split = {
      columns: ["amount", "country"],
      data: [
        [1, "NO"],
        [2, null],
      ],
    };
    expect(await report("risk.m/1", { dataframe_split: split })).toEqual(valid);
    expect(
      (await world.ask(`{ validatePayload(ref: "risk.m/1", rows: [{ amount: 1 }]) { isValid } }`))
        .validatePayload,
    ).toEqual({ isValid: true });
  });

  it("that is not is told where, what was expected and what came", async () => {
    const rows = [{ amount: 1 }, { amount: "much", currency: "NOK" }, {}];
    expect(await report("risk.m/1", rows)).toEqual({
      isValid: false,
      rowCount: 3,
      errorCount: 2,
      ignored: ["currency"],
      errors: [
        {
          row: 1,
          path: "amount",
          expected: "double",
          actual: '"much"',
          message: 'row 1, amount: expected double; got "much"',
        },
        {
          row: 2,
          path: "amount",
          expected: "double",
          actual: "nothing",
          message: "row 2, amount: expected double; got nothing",
        },
      ],
    });
  });

  it("of a thousand wrong rows is told a hundred errors and how many there are", async () => {
    const { errors, ...rest } = await report("risk.m/1", Array(1_000).fill({ amount: true }));
    expect(rest).toEqual({ isValid: false, rowCount: 1_000, errorCount: 1_000, ignored: [] });
    expect(errors).toHaveLength(100);
  });
});

describe("checking a payload is refused", () => {
  it.each([
    ["risk.m/9", [{}], "NOT_FOUND", "model version risk.m/9 not found"],
    ["risk.m", [{}], "BAD_USER_INPUT", /^ref: expected an id \(mv_42\)/],
    [
      "risk.m/2",
      [{}],
      "BAD_USER_INPUT",
      /^ref: expected a version with a signature in MLflow's form; got mv_\d+: no signature$/,
    ],
    [
      "risk.m/3",
      [{}],
      "BAD_USER_INPUT",
      /got mv_\d+: inputs\.0\.type: expected one of boolean, .*; got "decimal"$/,
    ],
    ["risk.m/4", [{}], "BAD_USER_INPUT", "ref: expected a version whose signature tells its inputs"],
    ["risk.m/1", [], "BAD_USER_INPUT", "rows: expected 1–1,000 rows"],
    ["risk.m/1", Array(1_001).fill({}), "BAD_USER_INPUT", 'rows: expected 1–1,000 rows; got "1001 rows"'],
    ["risk.m/1", "rows", "BAD_USER_INPUT", "rows: expected a list of rows"],
    ["risk.m/1", { amount: 1 }, "BAD_USER_INPUT", "rows: expected a list of rows"],
  ])("for %s (%#)", async (ref, rows, code, message) => {
    const told = await refusal(ref, rows);
    expect(told).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("to who may not read the version, as if it were not there", async () => {
    expect(await refusal("risk.m/1", [{ amount: 1 }], people.outsider)).toMatchObject({
      code: "NOT_FOUND",
      message: "model version risk.m/1 not found",
    });
    expect(
      (await people.viewer.graphql(question, { ref: "risk.m/1", rows: [{ amount: 1 }] })).errors,
    ).toBeUndefined();
  });
});

it("answers what is hostile as it answers anything else", async () => {
  const deep = JSON.parse("[".repeat(90) + "]".repeat(90));
  const rows: unknown[] = [
    { amount: deep },
    { constructor: 1, toString: 2 },
    { ["n".repeat(100_000)]: "x".repeat(100_000) },
    null,
  ];
  const { errors, errorCount, ignored } = await report("risk.m/1", rows);
  expect(errorCount).toBe(4);
  expect(ignored).toHaveLength(3);
  expect(JSON.stringify([errors, ignored]).length).toBeLessThan(5_000);
  const inWords =
    '{ validatePayload(ref: "risk.m/1", rows: [{ __proto__: { amount: 1 } }]) { errorCount ignored } }';
  expect((await world.ask(inWords)).validatePayload).toEqual({ errorCount: 1, ignored: ["__proto__"] });
});
