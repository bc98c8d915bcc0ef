import { beforeAll, describe, expect, it } from "vitest";
import { titleOf } from "../support/example.ts";
import { examples } from "../support/mutation-examples.ts";
import { inLanes, type Registry, registryOf } from "../support/registry.ts";
import { RowCounter } from "../support/row-counts.ts";
import { everythingOf } from "../support/whole-answers.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let counter: RowCounter;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  counter = await RowCounter.on(world.settings);
  return async () => {
    await counter.close();
    await world.close();
  };
});

const lasting = examples.filter(({ when }) => when !== "as a dry run");
const rows = lasting.map((example) => [titleOf(example), example] as const);

/** What is told once only, as it is told again. */
const untold = (fields: string[] = []) => Object.fromEntries(fields.map((field) => [field, null]));

describe("an idempotency key", () => {
  it.each(rows)("makes %s act once, and answers the same again", async (_, { mutation, input, once }) => {
    const own = `kept ${++made}`;
    const given = { ...(await input(registry, own, world)), idempotencyKey: own };
    const first = await registry.mutate(mutation, given, everythingOf(mutation));
    const before = await counter.counts();
    for (const field of once ?? []) expect(first[field]).not.toBeNull();
    for (let turn = 0; turn < 2; turn++) {
      const repeated = await registry.attempt(mutation, given, everythingOf(mutation));
      expect(repeated).toEqual({ ...first, ...untold(once) });
    }
    expect(await counter.counts()).toEqual(before);
  });

  it.each(rows)("makes %s act once for eight who come at once", async (_, example) => {
    const { mutation, input, events, once } = example;
    const own = `rushed ${++made}`;
    const given = { ...(await input(registry, own, world)), idempotencyKey: own };
    const before = await counter.counts();
    const payloads = await inLanes(8, 8, () => registry.attempt(mutation, given, everythingOf(mutation)));
    const after = await counter.counts();
    for (const payload of payloads) {
      expect({ ...payload, ...untold(once) }).toEqual({ ...payloads[0], ...untold(once) });
    }
    for (const field of once ?? []) {
      expect(payloads.filter((payload) => payload[field] !== null)).toHaveLength(1);
    }
    expect(payloads[0].userErrors).toEqual([]);
    expect(after.event! - before.event!).toBe(events.length);
    expect(after.idempotency! - before.idempotency!).toBe(1);
  });

  it.each(rows)("that was used for another request refuses %s", async (_, { mutation, input }) => {
    const own = `mixed ${++made}`;
    const given = { ...(await input(registry, own, world)), idempotencyKey: own };
    const other = { name: `${own} other`, idempotencyKey: own };
    await registry.mutate("createModel", other);
    const before = await counter.counts();
    expect(await registry.refusal(mutation, given, everythingOf(mutation))).toEqual({
      code: "IDEMPOTENCY_MISMATCH",
      message:
        "idempotencyKey: this key was used for another request within the last 7 days; choose a new one",
      path: ["input", "idempotencyKey"],
    });
    expect(await counter.counts()).toEqual(before);
  });

  it.each([
    ["", "1–255 characters"],
    ["x".repeat(256), "1–255 characters"],
    [" a", "no spaces at either end"],
    ["a\u0000", "no control characters"],
    ["a\ud800", "well-formed Unicode"],
  ])("may not be %j, whatever the mutation", async (idempotencyKey, expected) => {
    const own = `wrong ${++made}`;
    for (const { mutation, input } of lasting.filter(({ when }) => !when).slice(0, 12)) {
      const given = { ...(await input(registry, `${own} ${mutation}`, world)), idempotencyKey };
      const before = await counter.counts();
      const refusal = await registry.refusal(mutation, given, everythingOf(mutation));
      expect(refusal).toMatchObject({ code: "INVALID", path: ["input", "idempotencyKey"] });
      expect(refusal.message).toContain(`idempotencyKey: expected ${expected}; got `);
      expect(await counter.counts()).toEqual(before);
    }
  });

  it("is not used up by a refusal", async () => {
    const input = { model: "not there yet", idempotencyKey: "patient" };
    expect(await registry.refusal("registerModelVersion", input)).toMatchObject({ code: "NOT_FOUND" });
    await registry.model("not there yet");
    const { modelVersion } = await registry.mutate("registerModelVersion", input);
    expect(modelVersion.number).toBe(1);
    expect((await registry.mutate("registerModelVersion", input)).modelVersion).toEqual(modelVersion);
  });

  it("answers what has become of it since", async () => {
    const input = { name: "moving on", idempotencyKey: "then and now" };
    const { model } = await registry.mutate("createModel", input);
    await registry.mutate("renameModel", { model: model.id, name: "moved on" });
    expect((await registry.mutate("createModel", input)).model).toMatchObject({
      id: model.id,
      name: "moved on",
      revision: 2,
    });
    await registry.mutate("deleteModel", { model: model.id });
    expect((await registry.mutate("createModel", input)).model.deletedAt).not.toBeNull();
    expect(await registry.refusal("createModel", { ...input, name: "Moving on" })).toMatchObject({
      code: "IDEMPOTENCY_MISMATCH",
    });
  });

  it("takes an input for the same whatever the order of its fields, and apart where anything differs", async () => {
    await registry.model("spelled");
    const same = [
      { model: "spelled", tags: [{ key: "a", value: "b" }], source: null, idempotencyKey: "spelled" },
      { idempotencyKey: "spelled", tags: [{ value: "b", key: "a" }], model: "spelled", source: null },
    ];
    for (const input of same)
      expect((await registry.mutate("registerModelVersion", input)).modelVersion.number).toBe(1);
    for (const other of [
      { tags: [] },
      { source: "x" },
      { model: "Spelled" },
      { createModel: false },
      { params: [] },
    ]) {
      const refusal = await registry.refusal("registerModelVersion", { ...same[0], ...other });
      expect(refusal.code, JSON.stringify(other)).toBe("IDEMPOTENCY_MISMATCH");
    }
  });
});
