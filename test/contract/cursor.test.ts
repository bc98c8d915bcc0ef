import { expect, it } from "vitest";
import { formatCursor, seqOf, startCursor } from "../../src/journal/cursor.ts";
import { headOf } from "../../src/journal/feed.ts";
import { JournalWorld } from "../support/journal-world.ts";

const base64url = (text: string) => Buffer.from(text).toString("base64url");

it("stands for an event by its seq and the first 8 bytes of its hash", async () => {
  const world = await JournalWorld.open();
  await world.write({}, {}, {});
  for (const event of await world.events()) {
    const cursor = formatCursor(event);
    expect(Buffer.from(cursor, "base64url").toString()).toBe(`${event.seq}.${event.hash.slice(0, 16)}`);
    expect(await seqOf(world.db.read, cursor)).toBe(event.seq);
  }
});

it('knows the beginning as "start", and as the head of an empty journal', async () => {
  const world = await JournalWorld.open();
  const empty = formatCursor(await headOf(world.db.read));
  await world.write({});
  expect(await seqOf(world.db.read, startCursor)).toBe(0);
  expect(await seqOf(world.db.read, empty)).toBe(0);
  const head = formatCursor(await headOf(world.db.read));
  expect(await seqOf(world.db.read, head)).toBe(1);
});

it("refuses what is no cursor, and says what was expected", async () => {
  const { db } = await JournalWorld.open();
  const hash = "0".repeat(16);
  const forged = ["", "0", "now", "START", "{}", "\u0000", "x".repeat(10_000)].concat(
    [
      `-1.${hash}`,
      `01.${hash}`,
      `1.${hash}0`,
      `1.${hash.slice(1)}`,
      `1e3.${hash}`,
      ` 1.${hash}`,
      `1.${"G".repeat(16)}`,
    ].map(base64url),
    [`${"9".repeat(17)}.${hash}`, `1.${hash}\n`].map(base64url),
  );
  for (const cursor of forged) {
    const refusal = seqOf(db.read, cursor, "after");
    await expect(refusal, JSON.stringify(cursor)).rejects.toMatchObject({
      code: "INVALID",
      inputPath: ["after"],
    });
    await expect(refusal).rejects.toThrow(/expected an event cursor, or "start"; got/);
  }
});

it("calls the cursor of another, a restored or a rewritten journal expired", async () => {
  const [world, other] = [await JournalWorld.open(), await JournalWorld.open()];
  await world.write({ body: { here: true } });
  await other.write({}, {});
  const [foreign, beyond] = (await other.events()).map(formatCursor);
  const guessed = base64url(`0.${"1".repeat(16)}`);
  for (const cursor of [foreign!, beyond!, guessed]) {
    await expect(seqOf(world.db.read, cursor)).rejects.toMatchObject({
      code: "CURSOR_EXPIRED",
      isForUser: false,
    });
  }
});
