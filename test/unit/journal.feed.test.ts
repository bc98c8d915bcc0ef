import { getEventListeners } from "node:events";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Database } from "../../src/db/database.ts";
import type { Sql } from "../../src/db/sql.ts";
import { Feed } from "../../src/journal/feed.ts";
import { StemmaError } from "../../src/kernel/errors.ts";

/** A journal of `head` events, and what was asked of it. */
class FakeJournal {
  head = 0;
  failure: Error | null = null;
  looks = 0;
  reads = 0;

  readonly feed = new Feed({ read: this } as unknown as Database);

  async query(statement: Sql): Promise<object[]> {
    if (this.failure) throw this.failure;
    if (statement.sql.includes("journal_head")) {
      this.looks++;
      return [{ seq: this.head, hash: "" }];
    }
    this.reads++;
    const [from, to, limit] = statement.values as [number, number, number];
    const count = Math.min(limit, Math.max(0, Math.min(to, this.head) - from));
    return Array.from({ length: count }, (_, index) => ({ seq: from + index + 1 }));
  }

  /** A commit of this process. */
  commit(): void {
    this.head++;
    this.feed.wake(this.head);
  }

  follow(from = this.head, signal = new AbortController().signal) {
    return this.feed.follow(from, [], signal);
  }
}

const seqsOf = async (
  next: Promise<IteratorResult<{ seq: number }[], void>>,
): Promise<number[] | undefined> => {
  const { value } = await next;
  return value?.map(({ seq }) => seq);
};
const passing = (millis: number) => vi.advanceTimersByTimeAsync(millis);
const outage = new StemmaError("UNAVAILABLE", "the database does not answer");

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("asks nothing while nobody follows", async () => {
  const journal = new FakeJournal();
  journal.commit();
  await passing(10_000);
  expect(vi.getTimerCount()).toBe(0);
  expect(journal.looks).toBe(0);
});

it("looks at the head once per poll, however many wait", async () => {
  const journal = new FakeJournal();
  const followers = Array.from({ length: 100 }, () => journal.follow());
  const batches = followers.map((follower) => follower.next());
  await passing(10_000);
  expect(journal.looks).toBeGreaterThanOrEqual(20);
  expect(journal.looks).toBeLessThanOrEqual(26);
  expect(journal.reads).toBe(0);
  journal.head = 3; // another process's commits
  await passing(500);
  for (const batch of batches) expect(await seqsOf(batch)).toEqual([1, 2, 3]);
  expect(journal.reads).toBe(100);
});

it("wakes at once for a commit of this process, and once for a burst of them", async () => {
  const journal = new FakeJournal();
  const follower = journal.follow();
  const batch = follower.next();
  await passing(50);
  for (let index = 0; index < 100; index++) journal.commit();
  await passing(10);
  expect(await seqsOf(batch)).toHaveLength(100);
  expect(journal.reads).toBe(1);
});

it("keeps nothing for a consumer that does not ask", async () => {
  const journal = new FakeJournal();
  const follower = journal.follow();
  const first = follower.next();
  for (let index = 0; index < 5_000; index++) {
    journal.commit();
    await passing(10);
  }
  await first;
  expect(journal.reads).toBe(1);
  for (let from = 2; from <= 5_000; from += 200) {
    expect((await seqsOf(follower.next()))?.[0]).toBe(from);
  }
  expect(journal.reads).toBe(26);
});

it.each([
  ["its consumer returns", async (follower: AsyncGenerator) => void (await follower.return(undefined))],
  ["its signal aborts", async (_: AsyncGenerator, ends: AbortController) => ends.abort()],
  ["the feed stops", async (_f: AsyncGenerator, _e: AbortController, feed: Feed) => feed.stop()],
])("ends a waiting follower at once when %s, and leaves nothing behind", async (_, end) => {
  const journal = new FakeJournal();
  const ends = new AbortController();
  const follower = journal.follow(0, ends.signal);
  const next = follower.next();
  await passing(1_000);
  await end(follower, ends, journal.feed);
  expect(await next).toEqual({ done: true, value: undefined });
  await passing(1_000);
  expect(vi.getTimerCount()).toBe(0);
  const { waiting } = journal.feed as unknown as { waiting: Set<unknown> };
  expect(waiting.size).toBe(0);
  expect(await follower.next()).toEqual({ done: true, value: undefined });
});

it("leaves no listener on a signal that outlives its followers", async () => {
  const journal = new FakeJournal();
  const { signal } = new AbortController();
  for (let index = 0; index < 20; index++) {
    const follower = journal.follow(0, signal);
    const next = follower.next();
    await passing(1_000);
    await follower.return(undefined);
    await next;
  }
  const untouched = journal.follow(0, signal);
  await untouched.return(undefined);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

it("waits for a database that went away without asking too often, and goes on where it was", async () => {
  const journal = new FakeJournal();
  const { signal } = new AbortController();
  const followers = Array.from({ length: 10 }, () => journal.follow(0, signal));
  journal.head = 1;
  for (const follower of followers) {
    const next = follower.next();
    await passing(500);
    expect(await seqsOf(next)).toEqual([1]);
  }
  const query = vi.spyOn(journal, "query");
  const nexts = followers.map((follower) => follower.next());
  journal.failure = outage;
  journal.feed.wake(2); // a commit that was the last thing to succeed
  await passing(60_000);
  expect(journal.feed.isHealthy).toBe(false);
  expect(query.mock.calls.length).toBeLessThan((60_000 / 400 + 2) * 11);
  expect(getEventListeners(signal, "abort").length).toBeLessThanOrEqual(20);
  Object.assign(journal, { failure: null, head: 2 });
  await passing(500);
  for (const next of nexts) expect(await seqsOf(next)).toEqual([2]);
  expect(journal.feed.isHealthy).toBe(true);
});

it("calls itself well again after an outage during which its last follower left", async () => {
  const journal = new FakeJournal();
  const follower = journal.follow();
  const next = follower.next();
  journal.failure = outage;
  await passing(1_000);
  await follower.return(undefined);
  await next;
  expect(journal.feed.isHealthy).toBe(false);
  journal.failure = null;
  await passing(1_000);
  expect(journal.feed.isHealthy).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

it("hands a fault on instead of waiting for it to pass", async () => {
  const journal = new FakeJournal();
  const follower = journal.follow(0);
  journal.commit();
  journal.failure = new Error("no such column");
  await expect(follower.next()).rejects.toThrow("no such column");
});
