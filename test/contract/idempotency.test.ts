import { expect, it } from "vitest";
import { sql } from "../../src/db/sql.ts";
import { Verbs } from "../../src/journal/verbs.ts";
import { Actor } from "../../src/kernel/actor.ts";
import { conflict } from "../../src/kernel/errors.ts";
import { JournalWorld, writer } from "../support/journal-world.ts";

const day = 24 * 3600 * 1000;

/** A verb that makes one event and answers its seq. */
async function verbWorld() {
  const world = await JournalWorld.open();
  const verbs = new Verbs(world.db, () => world.now);
  const act = (
    input: { idempotencyKey?: string | null; title?: unknown },
    verb = "makeNote",
    actor = writer,
  ) =>
    verbs.run(actor, verb, input, async (tx) => {
      if (input.title === "refused") throw conflict("not this one");
      const event = world.record(tx, { body: { title: input.title as string } });
      await tx.run(sql`UPDATE node SET label = 'touched' WHERE id = 1`);
      return {
        get seq() {
          return event.seq;
        },
      };
    });
  const count = async () => (await world.events()).length;
  return { world, verbs, act, count };
}

const mismatch = { code: "IDEMPOTENCY_MISMATCH", inputPath: ["idempotencyKey"] };

it("acts every time without a key", async () => {
  const { act, count } = await verbWorld();
  for (const idempotencyKey of [undefined, null]) await act({ idempotencyKey });
  expect(await count()).toBe(2);
});

it("answers the first outcome again, however the same input is spelled", async () => {
  const { act, count } = await verbWorld();
  const outcome = await act({ idempotencyKey: "a", title: { b: 1, a: [2] } });
  expect(outcome).toEqual({ seq: 1 });
  expect(await act({ title: { a: [2], b: 1 }, idempotencyKey: "a" })).toEqual({ seq: 1 });
  expect(await act({ title: { a: [2], b: 1, c: undefined }, idempotencyKey: "a" })).toEqual({ seq: 1 });
  expect(await count()).toBe(1);
});

it("refuses another input, or another verb, under a known key", async () => {
  const { act, count } = await verbWorld();
  await act({ idempotencyKey: "a", title: "one" });
  await expect(act({ idempotencyKey: "a", title: "two" })).rejects.toMatchObject(mismatch);
  await expect(act({ idempotencyKey: "a", title: "one" }, "makeBook")).rejects.toMatchObject(mismatch);
  expect(await count()).toBe(1);
});

it("keeps the keys of each actor apart, and compares keys exactly", async () => {
  const { act, count } = await verbWorld();
  const other = new Actor(2, "another", writer.kind, writer.standing);
  const keys = ["a", "A", "á", "a\u0301x", "a b"];
  for (const idempotencyKey of keys) await act({ idempotencyKey });
  await act({ idempotencyKey: "a", title: "mine" }, "makeNote", other);
  expect(await count()).toBe(6);
});

it("does nothing whose answer is too long to be given again", async () => {
  const { world, verbs, count } = await verbWorld();
  const act = (length: number) =>
    verbs.run(writer, "makeNote", { idempotencyKey: `of ${length}` }, async (tx) => {
      world.record(tx, { body: { title: "long" } });
      return { text: "é".repeat(length) };
    });
  const most = Math.floor((65_535 - Buffer.byteLength('{"text":""}')) / 2);
  await expect(act(most + 1)).rejects.toMatchObject({ code: "LIMIT", inputPath: ["idempotencyKey"] });
  expect(await count()).toBe(0);
  const { text } = await act(most);
  expect(await act(most)).toEqual({ text });
  expect(await count()).toBe(1);
});

it("refuses a key that is empty, too long or padded", async () => {
  const { act, count } = await verbWorld();
  for (const idempotencyKey of ["", "x".repeat(256), " a", "a ", "a\u0000", "a\n"]) {
    const refusal = new Promise((resolve) => resolve(act({ idempotencyKey })));
    await expect(refusal).rejects.toMatchObject({ code: "INVALID", inputPath: ["idempotencyKey"] });
  }
  await act({ idempotencyKey: "😀".repeat(255) });
  expect(await count()).toBe(1);
});

it("acts once where sixteen come at once, and answers all the same", async () => {
  const { act, count } = await verbWorld();
  for (let round = 1; round <= 10; round++) {
    const input = { idempotencyKey: `round ${round}`, title: "same" };
    const outcomes = await Promise.all(Array.from({ length: 16 }, () => act(input)));
    expect(outcomes.map(({ seq }) => seq)).toEqual(Array(16).fill(round));
  }
  expect(await count()).toBe(10);
});

it("lets one of sixteen rivals under one key act, and refuses the others", async () => {
  const { act, count } = await verbWorld();
  const rivals = Array.from({ length: 16 }, (_, index) =>
    act({ idempotencyKey: "a", title: `number ${index}` }),
  );
  const outcomes = await Promise.allSettled(rivals);
  const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  expect(refused).toHaveLength(15);
  for (const error of refused) expect(error).toMatchObject(mismatch);
  expect(await count()).toBe(1);
});

it("stores nothing of a refusal, so that the key stays free", async () => {
  const { world, act, count } = await verbWorld();
  await expect(act({ idempotencyKey: "a", title: "refused" })).rejects.toMatchObject({ code: "CONFLICT" });
  expect(await world.db.read.query(sql`SELECT * FROM idempotency`)).toEqual([]);
  expect(await act({ idempotencyKey: "a", title: "taken" })).toEqual({ seq: 1 });
  expect(await count()).toBe(1);
});

it("forgets a key after seven days, and not before", async () => {
  const { world, verbs, act, count } = await verbWorld();
  const keys = async () => (await world.db.read.query(sql`SELECT * FROM idempotency`)).length;
  await act({ idempotencyKey: "a", title: "first" });
  world.now += 7 * day;
  await verbs.forgetOldKeys();
  expect(await act({ idempotencyKey: "a", title: "first" })).toEqual({ seq: 1 });
  expect(await keys()).toBe(1);
  world.now += 1;
  expect(await act({ idempotencyKey: "a", title: "second" })).toEqual({ seq: 2 });
  await expect(act({ idempotencyKey: "a", title: "first" })).rejects.toMatchObject(mismatch);
  world.now += 7 * day + 1;
  await verbs.forgetOldKeys();
  expect(await keys()).toBe(0);
  expect(await count()).toBe(2);
});
