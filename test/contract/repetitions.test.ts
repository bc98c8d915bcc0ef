import { afterEach, expect, it, vi } from "vitest";
import { Claims } from "../../src/journal/claims.ts";
import { Verbs } from "../../src/journal/verbs.ts";
import { Actor } from "../../src/kernel/actor.ts";
import { conflict } from "../../src/kernel/errors.ts";
import { Life } from "../../src/kernel/life.ts";
import { Repetition } from "../../src/kernel/repetition.ts";
import { JournalWorld, writer } from "../support/journal-world.ts";

const minute = 60 * 1000;
afterEach(() => vi.restoreAllMocks());

/** A verb that makes a note and answers its seq, in two processes on one database. */
async function repeatingWorld({ patienceMillis }: { patienceMillis?: number } = {}) {
  const world = await JournalWorld.open();
  const process = () => new Verbs(world.db, () => world.now, patienceMillis);
  const [here, there] = [process(), process()];
  let notes = 100;
  const act = async (
    key: string,
    {
      by = here,
      actor = writer,
      mayDo = true,
      life = new Life(),
    }: { by?: Verbs; actor?: Actor; mayDo?: boolean; life?: Life } = {},
  ) => {
    const repetition = new Repetition(key, "note", life);
    const { seq, note } = await by.run(actor, "makeNote", { repetition }, async (tx) => {
      if (!mayDo) throw conflict("not this one");
      const subject = notes++;
      const event = world.record(tx, { subject, container: 99 });
      return {
        note: subject,
        get seq() {
          return event.seq;
        },
      };
    });
    return { seq, note, repetition };
  };
  const count = async () => (await world.events()).length;
  return { world, there, act, count };
}

it("gives an answer again that nobody heard, until somebody does", async () => {
  const { act, count } = await repeatingWorld();
  const lost = await act("a");
  await lost.repetition.answered(false);
  const lostAgain = await act("a");
  expect(lostAgain.seq).toBe(lost.seq);
  await lostAgain.repetition.answered(false);
  const heard = await act("a");
  expect(heard.seq).toBe(lost.seq);
  await heard.repetition.answered(true);
  const another = await act("a");
  expect(another.seq).toBe(2);
  expect(await count()).toBe(2);
});

it("gives it again in another process, of one that ended before it could answer", async () => {
  const { act, there, count } = await repeatingWorld({ patienceMillis: 100 });
  const { seq } = await act("a");
  expect((await act("a", { by: there })).seq).toBe(seq);
  expect(await count()).toBe(1);
});

it("does each of several requests that are alike and come at once, in both processes", async () => {
  const { act, there, count } = await repeatingWorld();
  const answer = async (by?: Verbs) => {
    const { seq, repetition } = await act("a", by ? { by } : {});
    await repetition.answered(true);
    return seq;
  };
  const seqs = await Promise.all(Array.from({ length: 12 }, (_, at) => answer(at % 2 ? there : undefined)));
  expect(seqs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, at) => at + 1));
  expect(await count()).toBe(12);
});

it("lets the next one go on after a refusal, which leaves nothing behind", async () => {
  const { act, count } = await repeatingWorld();
  const [refused, done] = await Promise.allSettled([act("a", { mayDo: false }), act("a")]);
  expect(refused).toMatchObject({ status: "rejected", reason: { code: "CONFLICT" } });
  expect(done).toMatchObject({ status: "fulfilled", value: { seq: 1 } });
  expect(await count()).toBe(1);
});

it("tells requests apart by what they ask for and by who asks", async () => {
  const { act, count } = await repeatingWorld();
  await act("a");
  const another = new Actor(2, "another", writer.kind, writer.standing);
  const seqs = [(await act("b")).seq, (await act("a", { actor: another })).seq];
  expect(seqs).toEqual([2, 3]);
  expect(await count()).toBe(3);
});

it("gives an answer again for as long as clients go on asking, and not longer", async () => {
  const { world, act } = await repeatingWorld();
  const { seq, repetition } = await act("a");
  await repetition.answered(false);
  world.now += 19 * minute;
  const again = await act("a");
  expect(again.seq).toBe(seq);
  await again.repetition.answered(false);
  world.now += 2 * minute;
  expect((await act("a")).seq).toBe(2);
});

it.each([
  ["what was made has been deleted", (note: number) => ({ type: "note.deleted", subject: note })],
  ["what was made has another name", (note: number) => ({ type: "note.renamed", subject: note })],
  ["what holds it has been deleted", () => ({ type: "folder.deleted", subject: 99 })],
])("does anew what nobody heard of where %s meanwhile", async (_, eventOf) => {
  const { world, act } = await repeatingWorld();
  await world.write({ type: "folder.renamed", subject: 99 });
  const { seq, note, repetition } = await act("a");
  await repetition.answered(false);
  const again = await act("a");
  expect(again.seq).toBe(seq);
  await again.repetition.answered(false);
  await world.write(eventOf(note));
  const anew = await act("a");
  expect(anew.seq).toBe(seq + 2);
  await anew.repetition.answered(false);
  expect((await act("a")).seq).toBe(anew.seq);
});

it("waits a moment only for one that is alike and whose answer does not come to an end", async () => {
  const { act } = await repeatingWorld({ patienceMillis: 100 });
  const [slow, gone] = [await act("slow"), new Life()];
  expect((await act("slow")).seq).toBe(slow.seq + 1);
  await act("gone", { life: gone });
  gone.end();
  await expect(act("gone")).rejects.toMatchObject({ code: "UNAVAILABLE" });
});

it("does not give an answer again that was heard, though its key could not be forgotten then", async () => {
  const { act, count } = await repeatingWorld();
  const { repetition } = await act("a");
  vi.spyOn(Claims.prototype, "forget").mockRejectedValueOnce(new Error("the database is away"));
  await expect(repetition.answered(true)).rejects.toThrow("away");
  expect((await act("a")).seq).toBe(2);
  expect(await count()).toBe(2);
});
