import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { sql } from "../../src/db/sql.ts";
import type { RegistryEvent } from "../../src/journal/event.entity.ts";
import { headOf } from "../../src/journal/feed.ts";
import { atOnce, JournalWorld } from "../support/journal-world.ts";

const sha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");

/** The chain, recomputed from what records.md says and nothing else. Names the first seq that does not fit. */
function firstWrong(events: readonly RegistryEvent[]): number | null {
  let prevHash = "0".repeat(64);
  for (const [index, event] of events.entries()) {
    const header =
      `{"actorId":${event.actorId},"attributedTo":${event.attributedToHash === null ? null : `"${event.attributedToHash}"`}` +
      `,"groupSeq":"${event.groupSeq}","isImported":${event.isImported},"occurredAt":"${event.occurredAt}"` +
      `,"recordedAt":"${event.recordedAt}","schemaVersion":${event.schemaVersion},"seq":"${event.seq}"` +
      `,"subjectId":${event.subjectId},"type":"${event.type}"}`;
    const fits =
      event.seq === index + 1 &&
      event.prevHash === prevHash &&
      event.hash === sha256(prevHash + header + event.body);
    if (!fits) return event.seq;
    prevHash = event.hash;
  }
  return null;
}

it("numbers events densely, in the order in which their transactions commit", async () => {
  const world = await JournalWorld.open();
  const committed: number[] = [];
  let refused = 0;
  await atOnce(16, 400, async (index) => {
    const work = world.db.write(async (tx) => {
      const event = world.record(tx, { body: { index } });
      // The head row is held from numbering to COMMIT, so this is the order of commits.
      event.onNumbered(async (seq) => void committed.push(seq));
      if (index % 5 === 0) event.onNumbered(() => Promise.reject(new Error("changed my mind")));
    });
    await work.catch(() => refused++);
  });
  const events = await world.events();
  expect(refused).toBe(80);
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 320 }, (_, index) => index + 1));
  expect(committed).toEqual([...committed].sort((a, b) => a - b));
  expect(firstWrong(events)).toBeNull();
  const last = events.at(-1)!;
  expect(await headOf(world.db.read)).toEqual({ seq: 320, hash: last.hash });
});

it("groups the events of one transaction under the seq of the first", async () => {
  const world = await JournalWorld.open();
  await world.write({});
  const recorded = await world.write({ type: "a.b" }, { type: "c.d" }, { type: "e.f" });
  await world.write({});
  expect(recorded.map(({ seq }) => seq)).toEqual([2, 3, 4]);
  const events = await world.events();
  expect(events.map(({ seq, groupSeq, type }) => [seq, groupSeq, type])).toEqual([
    [1, 1, "note.made"],
    [2, 2, "a.b"],
    [3, 2, "c.d"],
    [4, 2, "e.f"],
    [5, 5, "note.made"],
  ]);
});

it("writes nothing of a transaction that fails, and leaves no gap", async () => {
  const world = await JournalWorld.open();
  await world.write({});
  const failing = world.db.write(async (tx) => {
    world.record(tx, { texts: { comment: "never said" } });
    tx.beforeCommit(() => Promise.reject(new Error("the last check failed")));
  });
  await expect(failing).rejects.toThrow("the last check failed");
  await world.write({});
  expect((await world.events()).map(({ seq }) => seq)).toEqual([1, 2]);
  expect(await world.db.read.query(sql`SELECT * FROM event_text`)).toEqual([]);
});

it("keeps bodies as RFC 8785 JSON, whatever order they were given in", async () => {
  const world = await JournalWorld.open();
  const body = {
    "\u20ac": 1,
    b: [1e30, 4.5, 2e-3, 1e-27, -0],
    a: { z: null, "\ud83d\ude00": "é\n", A: true },
    "\r": "",
  };
  await world.write({ body }, { body: { n: 333333333.3333333 } });
  const [first, second] = await world.events();
  expect(first!.body).toBe(
    '{"\\r":"","a":{"A":true,"z":null,"\ud83d\ude00":"é\\n"},"b":[1e+30,4.5,0.002,1e-27,0],"\u20ac":1}',
  );
  expect(second!.body).toBe('{"n":333333333.3333333}');
  expect(firstWrong([first!, second!])).toBeNull();
});

it("chains events, so that whatever is tampered with is found where it is", async () => {
  const world = await JournalWorld.open();
  for (let index = 0; index < 10; index++) await world.write({ body: { index } });
  const tampering: Record<string, (events: RegistryEvent[]) => unknown> = {
    "a changed body": (events) => Object.assign(events[6]!, { body: '{"index":7}' }),
    "a changed actor": (events) => Object.assign(events[6]!, { actorId: 2 }),
    "a changed time": (events) => Object.assign(events[6]!, { occurredAt: 0 }),
    "history passed off as the present": (events) => Object.assign(events[6]!, { isImported: true }),
    "two that changed places": (events) => events.splice(6, 2, events[7]!, events[6]!),
    "one taken out": (events) => events.splice(6, 1),
  };
  expect(firstWrong(await world.events())).toBeNull();
  for (const [name, tamper] of Object.entries(tampering)) {
    const events = await world.events();
    tamper(events);
    expect([name, firstWrong(events)]).toEqual([name, events[6]!.seq]);
  }
});

it("keeps free texts and claimed authors apart, salted, so that erasing one leaves the chain whole", async () => {
  const world = await JournalWorld.open();
  await world.write(
    {
      body: { to: "Production" },
      texts: { comment: "Ask Ann", reason: null },
      attributedTo: "ann@example.org",
    },
    { texts: { comment: "Ask Ann" } },
  );
  const events = await world.events();
  const texts = await world.db.read.query<{ seq: number; field: string; salt: string; text: string }>(
    sql`SELECT seq, field, salt, text FROM event_text ORDER BY seq, field`,
  );
  expect(texts.map(({ seq, field, text }) => [seq, field, text])).toEqual([
    [1, "attributedTo", "ann@example.org"],
    [1, "comment", "Ask Ann"],
    [2, "comment", "Ask Ann"],
  ]);
  expect(JSON.stringify(events)).not.toContain("nn");
  const [author, comment, again] = texts;
  expect(events[0]!.attributedToHash).toBe(sha256(author!.salt + author!.text));
  const textHash = sha256(comment!.salt + comment!.text);
  expect(JSON.parse(events[0]!.body)).toEqual({ to: "Production", comment: { textHash } });
  expect(again!.salt).not.toBe(comment!.salt);
  await world.db.write((tx) => tx.run(sql`DELETE FROM event_text WHERE seq = 1`));
  expect(firstWrong(await world.events())).toBeNull();
});

it("never lets recordedAt run back with the clock, which the events of now follow", async () => {
  const world = await JournalWorld.open();
  const start = world.now;
  const ahead = await JournalWorld.open(world.settings);
  ahead.now = start + 60_000;
  await world.write({});
  await ahead.write({});
  world.now = start - 3_600_000;
  await world.write({}, { occurredAt: 5, isImported: true });
  world.now = start + 60_001;
  await world.write({});
  const events = await world.events();
  expect(events.map(({ recordedAt }) => recordedAt - start)).toEqual([0, 60_000, 60_000, 60_000, 60_001]);
  expect(events.map(({ recordedAt, occurredAt }) => occurredAt === recordedAt)).toEqual([
    true,
    true,
    true,
    false,
    true,
  ]);
  expect(events[3]).toMatchObject({ occurredAt: 5, isImported: true });
});

it("refuses a body too long for a row, and writes nothing", async () => {
  const world = await JournalWorld.open();
  await expect(world.write({ body: { list: "x".repeat(60_001) } })).rejects.toThrow("too long");
  expect(await world.events()).toEqual([]);
});
