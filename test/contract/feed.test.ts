import { expect, it } from "vitest";
import { sql } from "../../src/db/sql.ts";
import type { RegistryEvent } from "../../src/journal/event.entity.ts";
import type { Feed } from "../../src/journal/feed.ts";
import { engine } from "../support/engines.ts";
import { eventsOf, JournalWorld } from "../support/journal-world.ts";
import { otherProcess } from "../support/processes.ts";

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** What a follower saw until it saw `last`, by seq. */
async function followed(feed: Feed, from: number, last: number, matching = sql`1 = 1`): Promise<number[]> {
  const seen: number[] = [];
  for await (const batch of feed.follow(from, [matching], new AbortController().signal)) {
    seen.push(...batch.map(({ seq }) => seq));
    if (seen.at(-1)! >= last) break;
  }
  return seen;
}

it("replays what was, then goes on with what comes, by one path", async () => {
  const world = await JournalWorld.open();
  for (let index = 0; index < 5; index++) await world.write(...Array(90).fill({}));
  const [all, rest, live] = [0, 449, 450].map((from) => followed(world.feed, from, 460));
  for (let index = 0; index < 10; index++) await world.write({});
  expect(await all).toEqual(upTo(460));
  expect(await rest).toEqual(upTo(460).slice(449));
  expect(await live).toEqual(upTo(460).slice(450));
  world.feed.stop();
});

it("gives each follower what it asked for, and whole events", async () => {
  const world = await JournalWorld.open();
  const seen: RegistryEvent[] = [];
  const ends = new AbortController();
  const following = (async () => {
    for await (const batch of world.feed.follow(0, [sql`type = ${"odd"}`], ends.signal)) seen.push(...batch);
  })();
  for (let index = 1; index <= 450; index++) await world.write({ type: index % 2 ? "odd" : "even" });
  await expect.poll(() => seen.length).toBe(225);
  ends.abort();
  await following;
  expect(seen).toEqual(await eventsOf(world.db.read, sql`type = ${"odd"}`));
  world.feed.stop();
});

it("tells of another process's events without being woken", async () => {
  const world = await JournalWorld.open();
  const other = await JournalWorld.open(world.settings);
  const [seen, soon] = [followed(other.feed, 0, 2), followed(other.feed, 1, 2)];
  await world.write({}, {});
  expect(await seen).toEqual([1, 2]);
  expect(await soon).toEqual([2]);
  other.feed.stop();
});

const eachProcess = 10_000;
const most = 2 * eachProcess;

/** Transactions of one to seven events each, eight at a time, until 10,000 events are written. */
const writingProcess = `
  const { Database } = await built("db/database.js");
  const { Journal } = await built("journal/journal.js");
  const { EventText, RegistryEvent } = await built("journal/event.entity.js");
  const db = await Database.open(input.settings, [RegistryEvent, EventText]);
  const journal = new Journal(() => Date.now(), () => {});
  const actor = { node: 1, name: "another", kind: "SERVICE" };
  tell("open");
  await toldTo("go");
  let left = input.events;
  const lane = async () => {
    while (left > 0) {
      const count = Math.min(1 + (left % 7), left);
      left -= count;
      await db.write(async (tx) => {
        for (let i = 0; i < count; i++) journal.record(tx, actor, { type: "note.made", subject: 1, body: {} });
      });
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  tell("done");
  await db.close();
  process.disconnect();
`;

it("loses and repeats nothing of 20,000 events that two processes write, 16 at a time", {
  timeout: 300_000,
}, async () => {
  const world = await JournalWorld.open();
  const onlooker = await JournalWorld.open(world.settings);
  const other = otherProcess(writingProcess, { settings: world.settings, events: eachProcess });
  expect(await other.heard()).toBe("open");
  const woken = upTo(3).map(() => followed(world.feed, 0, most));
  const polling = upTo(3).map(() => followed(onlooker.feed, 0, most));
  const asking = upTo(2).map(async () => {
    const seen: number[] = [];
    while ((seen.at(-1) ?? 0) < most) {
      const events = await eventsOf(onlooker.db.read, sql`seq > ${seen.at(-1) ?? 0} AND seq <= ${most}`);
      seen.push(...events.map(({ seq }) => seq));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return seen;
  });
  const start = performance.now();
  other.say("go");
  let left = eachProcess;
  const lane = async () => {
    while (left > 0) {
      const count = Math.min(1 + (left % 7), left);
      left -= count;
      await world.write(...Array(count).fill({}));
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  expect(await other.heard()).toBe("done");
  const written = performance.now();
  const seen = await Promise.all([...woken, ...polling, ...asking]);
  const behind = performance.now() - written;
  for (const one of seen) expect(one).toEqual(upTo(most));
  expect(await eventsOf(world.db.read, sql`seq > ${most}`)).toEqual([]);
  for (const feed of [world.feed, onlooker.feed]) feed.stop();
  console.info(
    `${engine()}: ${most} events by 16 writers in 2 processes in ${((written - start) / 1000).toFixed(1)} s; ` +
      `8 readers missed 0 of ${8 * most}, repeated 0; the last was done ${behind.toFixed(0)} ms after the writers`,
  );
});
