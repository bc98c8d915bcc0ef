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

/** A model or a version of its own for each test, and how its tags are changed and read. */
const subjects = {
  "a model": async (tags: object[] = []) => {
    const { id } = await registry.model(`tagged ${++made}`, { tags });
    return { id, mutation: "setModelTags", input: { model: id }, event: "model.tagged" };
  },
  "a version": async (tags: object[] = []) => {
    const { id: model } = await registry.model(`tagged ${++made}`);
    const { id } = await registry.version(model, { tags });
    return { id, mutation: "setModelVersionTags", input: { version: id }, event: "version.tagged" };
  },
};

const stateOf = async (id: string) => {
  const query = `query ($id: ID!) { node(id: $id) {
    ... on Model { revision tags { key value } } ... on ModelVersion { revision tags { key value } } }
    registryEvents(filter: { subject: $id }) { nodes { type payload } } }`;
  const { node, registryEvents } = await world.ask(query, { id });
  const tags = Object.fromEntries(
    node.tags.map((tag: { key: string; value: string }) => [tag.key, tag.value]),
  );
  return { tags, keys: Object.keys(tags), revision: node.revision, events: registryEvents.nodes };
};

describe.each(Object.entries(subjects))("tags of %s", (_, subject) => {
  it("are set, changed and deleted in one event each, and listed by key", async () => {
    const { id, mutation, input, event } = await subject([
      { key: "b", value: "1" },
      { key: "a", value: "" },
    ]);
    const set = [
      { key: "a", value: "two" },
      { key: "Ä", value: "🦊" },
      { key: "c", value: "x".repeat(16_000) },
    ];
    await registry.mutate(mutation, { ...input, set, delete: ["b", "never there"] });
    const { tags, keys, revision, events } = await stateOf(id);
    expect(tags).toEqual({ a: "two", c: "x".repeat(16_000), Ä: "🦊" });
    expect(keys).toEqual(["a", "c", "Ä"]);
    expect(revision).toBe(2);
    expect(events.map(({ type }: { type: string }) => type).slice(1)).toEqual([event]);
    expect(JSON.parse(events[1].payload.tags)).toMatchObject({ a: "two", b: null });
  });

  it("record nothing where nothing changes", async () => {
    const { id, mutation, input } = await subject([{ key: "a", value: "1" }]);
    for (const change of [
      {},
      { set: [] },
      { set: null, delete: null },
      { set: [{ key: "a", value: "1" }] },
      { delete: ["b"] },
      { set: [{ key: "a", value: "1" }], delete: ["a"] },
    ]) {
      await registry.mutate(mutation, { ...input, ...change });
      expect(await stateOf(id)).toMatchObject({ revision: 1, tags: { a: "1" }, events: { length: 1 } });
    }
  });

  it("keep an event's text out of the hashed body where it would be too long", async () => {
    const { id, mutation, input } = await subject();
    const set = Array.from({ length: 10 }, (_, at) => ({ key: `k${at}`, value: "あ".repeat(16_000) }));
    await registry.mutate(mutation, { ...input, set });
    const { keys, events } = await stateOf(id);
    expect(keys).toHaveLength(10);
    expect(events[1].payload).toEqual({ tagsDigest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it("are at most 1,000", async () => {
    const { id, mutation, input } = await subject();
    const many = (count: number, from = 0) =>
      Array.from({ length: count }, (_, at) => ({ key: `k${from + at}`, value: String(at) }));
    await registry.mutate(mutation, { ...input, set: many(1_000) });
    const before = await rowCounts(world.settings);
    expect(await registry.refusal(mutation, { ...input, set: many(1, 1_000) })).toEqual({
      code: "LIMIT",
      message: "tags: at most 1000 on one subject",
      path: ["input", "tags"],
    });
    expect(await registry.refusal(mutation, { ...input, set: many(1_001) })).toEqual({
      code: "LIMIT",
      message: "set: at most 1000 at once; got 1001",
      path: ["input", "set"],
    });
    const keys = many(1_001).map(({ key }) => key);
    expect(await registry.refusal(mutation, { ...input, delete: keys })).toEqual({
      code: "LIMIT",
      message: "delete: at most 1000 at once; got 1001",
      path: ["input", "delete"],
    });
    expect(await rowCounts(world.settings)).toEqual(before);
    await registry.mutate(mutation, { ...input, set: many(1, 1_000), delete: ["k0"] });
    expect((await stateOf(id)).keys).toHaveLength(1_000);
  });

  it("are refused where a key or value is not of their form, and nothing is written", async () => {
    const { id, mutation, input } = await subject([{ key: "a", value: "1" }]);
    const before = await rowCounts(world.settings);
    const good = { key: "good", value: "x" };
    const wrong: [object, string, string[]][] = [
      [{ set: [good, { key: "", value: "x" }] }, "set.1.key: expected 1–255 characters", ["set", "1", "key"]],
      [{ set: [good, { key: "k ", value: "x" }] }, "set.1.key: expected no spaces", ["set", "1", "key"]],
      [
        { set: [good, { key: "k\u0000", value: "x" }] },
        "set.1.key: expected no control",
        ["set", "1", "key"],
      ],
      [
        { set: [good, { key: "x".repeat(256), value: "x" }] },
        "set.1.key: expected 1–255",
        ["set", "1", "key"],
      ],
      [
        { set: [good, { key: "k", value: "x\u0000" }] },
        "set.1.value: expected a text",
        ["set", "1", "value"],
      ],
      [
        { set: [good, { key: "k", value: "\ud800" }] },
        "set.1.value: expected well-formed",
        ["set", "1", "value"],
      ],
      [
        { set: [good, { key: "k", value: "x".repeat(100_001) }] },
        "set.1.value: expected at",
        ["set", "1", "value"],
      ],
      [
        { set: [good, { key: "good", value: "y" }] },
        "set.1.key: expected each key once",
        ["set", "1", "key"],
      ],
      [{ set: [good], delete: ["\ud800"] }, "delete.0: expected well-formed", ["delete", "0"]],
      [{ set: [good], delete: ["a", "a "] }, "delete.1: expected no spaces", ["delete", "1"]],
    ];
    for (const [change, message, path] of wrong) {
      for (const idempotencyKey of [null, `key ${message} ${id}`]) {
        const refusal = await registry.refusal(mutation, { ...input, ...change, idempotencyKey });
        expect(refusal).toMatchObject({ code: "INVALID", path: ["input", ...path] });
        expect(refusal.message).toContain(message);
      }
    }
    expect(await rowCounts(world.settings)).toEqual(before);
    expect((await stateOf(id)).tags).toEqual({ a: "1" });
  });

  it("are one however the accents of their keys are spelled", async () => {
    const { id, mutation, input } = await subject([{ key: "é".normalize("NFD"), value: "1" }]);
    expect((await stateOf(id)).keys).toEqual(["é".normalize("NFC")]);
    await registry.mutate(mutation, { ...input, delete: ["é".normalize("NFD")] });
    expect((await stateOf(id)).keys).toEqual([]);
  });
});
