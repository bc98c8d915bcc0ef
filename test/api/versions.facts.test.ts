import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

/** A version of a model of its own. */
async function fresh(more: object = {}): Promise<{ id: string }> {
  const { id } = await registry.model(`model ${++made}`);
  return registry.version(id, more);
}

async function read(id: string, selection: string) {
  const query = `query ($id: ID!) { node(id: $id) { ... on ModelVersion { ${selection} } } }`;
  return (await world.ask(query, { id })).node;
}

describe("metrics of a version", () => {
  const log = (id: string, metrics: object[], more: object = {}) =>
    registry.mutate("logModelVersionMetrics", { version: id, metrics, ...more });
  const fields = "metrics { key value special step at dataset split slice }";

  it("are kept apart by dataset, split and slice, and told by the greatest step, time and value", async () => {
    const { id } = await fresh({ metrics: [{ key: "auc", value: 0.5 }] });
    const at = "2026-01-01T00:00:00.000Z";
    await log(id, [
      { key: "auc", value: 0.7, step: 2, at },
      { key: "auc", value: 0.9, step: 1, at },
      { key: "auc", value: 0.6, dataset: "d", at },
      { key: "auc", value: 0.61, dataset: "d", split: "test", at },
      { key: "auc", value: 0.62, dataset: "d", split: "test", slice: "age<25", at },
      { key: "auc", value: 0.63, split: "test", at },
    ]);
    await log(id, [{ key: "auc", value: 0.1, step: 2, at: "2025-01-01T00:00:00Z" }]);
    const { metrics } = await read(id, fields);
    const bare = { key: "auc", special: null, at, dataset: null, split: null, slice: null, step: 0 };
    expect(metrics).toEqual([
      { ...bare, value: 0.7, step: 2 },
      { ...bare, value: 0.63, split: "test" },
      { ...bare, value: 0.6, dataset: "d" },
      { ...bare, value: 0.61, dataset: "d", split: "test" },
      { ...bare, value: 0.62, dataset: "d", split: "test", slice: "age<25" },
    ]);
    const narrowed = await read(
      id,
      `a: metrics(dataset: "d") { value } b: metrics(split: "test") { value } c: metrics(slice: "age<25") { value }
       d: metrics(dataset: "") { value } e: metrics(dataset: "d", split: "") { value } f: metrics(dataset: "none") { value }`,
    );
    const values = Object.values(narrowed).map((list) =>
      (list as { value: number }[]).map(({ value }) => value),
    );
    expect(values).toEqual([[0.6, 0.61, 0.62], [0.63, 0.61, 0.62], [0.62], [0.7, 0.63], [0.6], []]);
  });

  it("may be what JSON numbers cannot hold, and what they barely can", async () => {
    const given = {
      a: { special: "NAN" },
      b: { special: "POSITIVE_INFINITY" },
      c: { special: "NEGATIVE_INFINITY" },
      d: { value: 1.7976931348623157e308 },
      e: { value: 5e-324 },
      f: { value: -0 },
      g: { value: 0.1 + 0.2 },
      h: { value: -123456789.12345679 },
      i: { value: 9007199254740991 },
    };
    const { id } = await fresh({ metrics: Object.entries(given).map(([key, value]) => ({ key, ...value })) });
    const { metrics } = (await read(id, fields)) as {
      metrics: { key: string; value: number; special: string }[];
    };
    for (const { key, value, special } of metrics) {
      const told = given[key as keyof typeof given];
      expect({ value, special }).toEqual({
        value: null,
        special: null,
        ...told,
        ...(key === "f" ? { value: 0 } : {}),
      });
    }
    expect(metrics).toHaveLength(9);
  });

  it("take steps up to 2^53 − 1, and no further", async () => {
    const largest = 9007199254740991;
    const { id } = await fresh();
    await log(id, [
      { key: "up", value: 1, step: largest },
      { key: "down", value: 1, step: -largest },
    ]);
    expect(await read(id, "metrics { key step }")).toEqual({
      metrics: [
        { key: "down", step: -largest },
        { key: "up", step: largest },
      ],
    });
    const mutation = `mutation ($input: LogModelVersionMetricsInput!) { logModelVersionMetrics(input: $input) { userErrors { code } } }`;
    for (const step of [largest + 1, 1e21, 1.5, "12x", "", true, [1]]) {
      for (const idempotencyKey of [null, `step ${step}`]) {
        const { errors } = await world.graphql(mutation, {
          input: { version: id, metrics: [{ key: "up", value: 1, step }], idempotencyKey },
        });
        expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
        expect(errors![0]!.message).toContain("input.metrics[0].step");
      }
    }
  });

  it("are told by their keys, or by count and digest where those are many or long", async () => {
    const payloadOf = async (keys: string[]) => {
      const { id } = await fresh();
      await log(
        id,
        keys.map((key) => ({ key, value: 1 })),
      );
      const { history } = (await read(id, "history { nodes { payload } }")) as never as {
        history: { nodes: { payload: object }[] };
      };
      return history.nodes.at(-1)!.payload;
    };
    const keysOf = (count: number, longest: string) =>
      Array.from({ length: count }, (_, at) => `${100 + at}${longest}`);
    expect(await payloadOf(keysOf(100, "k"))).toEqual({ added: 100, keys: keysOf(100, "k") });
    const digest = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(await payloadOf(keysOf(101, "k"))).toEqual({ added: 101, keysCount: 101, keysDigest: digest });
    expect(await payloadOf(keysOf(100, "🦊".repeat(252)))).toMatchObject({
      keysCount: 100,
      keysDigest: digest,
    });
  });

  it("make one event a mutation, and none where every point is known already", async () => {
    const { id } = await fresh();
    const points = [
      { key: "b", value: 1, step: 1, at: "2026-01-01T00:00:00Z" },
      { key: "a", value: 1, step: 1, at: "2026-01-01T00:00:00Z" },
    ];
    await log(id, [...points, points[0]!]);
    await log(id, points);
    const { revision, history } = (await read(
      id,
      "revision history { nodes { type payload } }",
    )) as never as {
      revision: number;
      history: { nodes: object[] };
    };
    expect(revision).toBe(2);
    expect(history.nodes.slice(1)).toEqual([
      { type: "version.measured", payload: { added: 2, keys: ["a", "b"] } },
    ]);
  });

  it.each([
    ["metrics.0", { key: "k" }],
    ["metrics.0", { key: "k", value: 1, special: "NAN" }],
    ["metrics.0.key", { key: "x".repeat(256), value: 1 }],
    ["metrics.0.dataset", { key: "k", value: 1, dataset: "d " }],
    ["metrics.0.split", { key: "k", value: 1, split: "x".repeat(65) }],
    ["metrics.0.slice", { key: "k", value: 1, slice: "x".repeat(129) }],
  ])("are refused because of %s, and none is written: %#", async (field, wrong) => {
    const { id } = await fresh();
    const before = await rowCounts(world.settings);
    const input = { version: id, metrics: [wrong, { key: "good", value: 1 }] };
    expect(await registry.refusal("logModelVersionMetrics", input)).toMatchObject({
      code: "INVALID",
      path: ["input", ...field.split(".")],
    });
    expect(await rowCounts(world.settings)).toEqual(before);
  });
});

describe("a signature", () => {
  const deep = (levels: number): unknown => (levels === 1 ? "bottom" : { in: [deep(levels - 2)] });
  it.each([
    ["an object", { inputs: [{ name: "a", type: "double", nested: { deep: [1, [2, { x: null }]] } }] }],
    ["an array", [1, "two", null, { three: 3.5 }]],
    ["a text", "inputs: a double"],
    ["a text that looks like JSON", '{"a":1}'],
    ["a text that looks like a number", "12"],
    ["a number", 12.5],
    ["false", false],
    ["the empty text", ""],
    ["the empty object", {}],
    ["Unicode", { "ключ 🦊": '值\u2028\n\t\\"/' }],
    ["numbers", { small: 5e-324, large: 1.7976931348623157e308, whole: 9007199254740991, negative: -1.5e-7 }],
    ["29 levels", deep(29)],
    [
      "half a megabyte",
      { columns: Array.from({ length: 10_000 }, (_, at) => ({ name: `column ${at}`, type: "double" })) },
    ],
  ])("comes back as it was given: %s", async (_, signature) => {
    const { id } = await fresh({ signature });
    expect(await read(id, "signature")).toEqual({ signature });
  });

  it("may be written in the document, too", async () => {
    const { id: model } = await registry.model("literal");
    const { registerModelVersion } = await world.ask(
      `mutation { registerModelVersion(input: { model: "${model}", signature: { inputs: [{ name: "a", n: 1, f: 1.5, b: true, z: null }] } }) { modelVersion { signature } } }`,
    );
    expect(registerModelVersion.modelVersion.signature).toEqual({
      inputs: [{ name: "a", n: 1, f: 1.5, b: true, z: null }],
    });
  });

  it.each([
    ["31 levels", deep(31)],
    ["60 levels", deep(59)],
    ["half a surrogate pair", { a: "\ud800" }],
    ["a key that is half a surrogate pair", { "\udc00": 1 }],
    ["two megabytes", { a: "x".repeat(900_000), b: "é".repeat(200_000) }],
  ])("is refused: %s", async (label, signature) => {
    const { id: model } = await registry.model(`signed ${++made}`);
    const before = await rowCounts(world.settings);
    for (const idempotencyKey of [null, `signature ${label}`]) {
      const refusal = await registry.refusal("registerModelVersion", { model, signature, idempotencyKey });
      expect(refusal).toMatchObject({ code: "INVALID", path: ["input", "signature"] });
      expect(refusal.message).toMatch(/^signature: expected /);
    }
    expect(await rowCounts(world.settings)).toEqual(before);
  });
});

describe("updateModelVersion", () => {
  it("changes description and image, and records nothing where nothing changes", async () => {
    const { id } = await fresh({ description: "old" });
    const image = { uri: "registry.example/x:2", digest: null };
    const changes: [object, object, number][] = [
      [{ description: "new" }, { description: "new", image: null }, 2],
      [{ image }, { description: "new", image }, 3],
      [{ image, description: "new" }, { description: "new", image }, 3],
      [{}, { description: "new", image }, 3],
      [{ description: null, image: null }, { description: "new", image }, 3],
      [
        { image: { ...image, digest: "sha256:0" } },
        { description: "new", image: { ...image, digest: "sha256:0" } },
        4,
      ],
      [{ description: "" }, { description: null }, 5],
    ];
    for (const [change, expected, revision] of changes) {
      await registry.mutate("updateModelVersion", { version: id, ...change });
      expect(
        await read(id, "description image { uri digest } revision history { totalCount }"),
      ).toMatchObject({
        ...expected,
        revision,
        history: { totalCount: revision },
      });
    }
  });

  it("refuses a revision that is not the caller's, as do the other changes", async () => {
    const { id } = await fresh();
    const seen = { version: id, expectedRevision: 1 };
    await registry.mutate("updateModelVersion", { ...seen, description: "x" });
    for (const [mutation, more] of [
      ["updateModelVersion", { description: "y" }],
      ["setModelVersionTags", { set: [{ key: "a", value: "b" }] }],
      ["logModelVersionMetrics", { metrics: [{ key: "a", value: 1 }] }],
      ["deleteModelVersion", {}],
    ] as const) {
      const refusal = await registry.refusal(mutation, { ...seen, ...more });
      expect(refusal).toMatchObject({ code: "CONFLICT", path: ["input", "expectedRevision"] });
      expect(refusal.message).toMatch(/ is at revision 2, not 1$/);
    }
  });
});
