import { expect, it } from "vitest";
import { Verbs } from "../../src/journal/verbs.ts";
import { Actor } from "../../src/kernel/actor.ts";
import { conflict } from "../../src/kernel/errors.ts";
import { Repetition } from "../../src/kernel/repetition.ts";
import { JournalWorld, writer } from "../support/journal-world.ts";

const minute = 60 * 1000;

/** A verb that makes one event and answers its seq, in two processes on one database. */
async function repeatingWorld() {
  const world = await JournalWorld.open();
  const process = () => new Verbs(world.db, () => world.now);
  const [here, there] = [process(), process()];
  const act = async (
    key: string,
    { by = here, actor = writer, mayDo = true }: { by?: Verbs; actor?: Actor; mayDo?: boolean } = {},
  ) => {
    const repetition = new Repetition(key);
    const { seq } = await by.run(actor, "makeNote", { repetition }, async (tx) => {
      if (!mayDo) throw conflict("not this one");
      const event = world.record(tx, {});
      return {
        get seq() {
          return event.seq;
        },
      };
    });
    return { seq, repetition };
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
  const { act, there, count } = await repeatingWorld();
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
