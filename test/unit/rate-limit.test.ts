import { randomUUID } from "node:crypto";
import { Writable } from "node:stream";
import { Redis } from "ioredis";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { MemoryRateLimiter, type RateLimiter } from "../../src/graphql/rate-limit.ts";
import { RedisRateLimiter } from "../../src/graphql/redis-rate-limit.ts";
import { SharedRateLimiter } from "../../src/graphql/shared-rate-limit.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.kill());

/** A bucket that does not fill while a test runs. */
const slow = { perSecond: 0.001, burst: 20 };
type Settings = typeof slow;

async function ofRedis(settings: Settings, prefix = `${randomUUID()}:`): Promise<RateLimiter> {
  const limiter = await RedisRateLimiter.open(redis.url, settings, prefix);
  onTestFinished(() => limiter.close());
  return limiter;
}

const makers: [name: string, make: (settings: Settings) => Promise<RateLimiter>][] = [
  ["in memory", async (settings) => new MemoryRateLimiter(settings)],
  ["in Redis", ofRedis],
  [
    "in Redis, or in memory while it is away",
    async (settings) =>
      new SharedRateLimiter(
        await ofRedis(settings),
        new MemoryRateLimiter(settings),
        pino({ enabled: false }),
      ),
  ],
];

describe.each(makers)("a bucket of points %s", (_, make) => {
  it("gives what it holds and no point more", async () => {
    const limiter = await make(slow);
    const now = Date.now();
    const first = await limiter.take(1, 15);
    expect(first).toMatchObject({ isAllowed: true, limit: 20, remaining: 5, retryAfterSeconds: 0 });
    expect(first.resetAt).toBeGreaterThan(now + 14_000_000);
    expect(await limiter.take(1, 6)).toMatchObject({
      isAllowed: false,
      remaining: 5,
      retryAfterSeconds: 1_000,
    });
    // A refusal takes nothing.
    expect(await limiter.take(1, 5)).toMatchObject({ isAllowed: true, remaining: 0 });
    expect(await limiter.take(1, 1)).toMatchObject({
      isAllowed: false,
      remaining: 0,
      retryAfterSeconds: 1_000,
    });
  });

  it("is each actor's own", async () => {
    const limiter = await make(slow);
    await limiter.take(1, 20);
    expect(await limiter.take(2, 20)).toMatchObject({ isAllowed: true });
    expect(await limiter.take(1, 20)).toMatchObject({ isAllowed: false });
  });

  it("gives to those who come at once as to those who come one after another", async () => {
    const limiter = await make(slow);
    const taken = await Promise.all(Array.from({ length: 50 }, () => limiter.take(1, 1)));
    expect(taken.filter(({ isAllowed }) => isAllowed)).toHaveLength(20);
    expect(taken.map(({ remaining }) => remaining).slice(0, 20)).toEqual(
      Array.from({ length: 20 }, (_, at) => 19 - at),
    );
  });

  it("fills by itself, up to what it can hold", async () => {
    const limiter = await make({ perSecond: 1_000, burst: 20 });
    await limiter.take(1, 20);
    await vi.waitFor(async () => expect(await limiter.take(1, 20)).toMatchObject({ isAllowed: true }), 5_000);
    await vi.waitFor(async () => expect(await limiter.take(1, 0)).toMatchObject({ remaining: 20 }), 5_000);
    expect(await limiter.take(1, 21)).toMatchObject({ isAllowed: false });
  });
});

describe("buckets in Redis", () => {
  it("are shared by all processes, and forgotten once they are full", async () => {
    const prefix = `${randomUUID()}:`;
    const [one, other] = [await ofRedis(slow, prefix), await ofRedis(slow, prefix)];
    await one.take(7, 12);
    expect(await other.take(7, 12)).toMatchObject({ isAllowed: false, remaining: 8 });
    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    expect(await client.keys(`${prefix}*`)).toEqual([`${prefix}7`]);
    const millis = await client.pttl(`${prefix}7`);
    expect(millis).toBeGreaterThan(11_000_000);
    expect(millis).toBeLessThan(13_000_000);
  });

  it("are replaced by this process's own while Redis is away, said once, and come back by themselves", async () => {
    const said: string[] = [];
    const write = (line: string, _: unknown, done: () => void) => {
      said.push(JSON.parse(line).msg);
      done();
    };
    const server = await startRedis();
    onTestFinished(() => server.kill());
    const shared = await RedisRateLimiter.open(server.url, slow, `${randomUUID()}:`);
    const log = pino({}, new Writable({ write, decodeStrings: false }));
    const limiter = new SharedRateLimiter(shared, new MemoryRateLimiter(slow), log);
    onTestFinished(() => limiter.close());
    await limiter.take(1, 11);
    await server.kill();
    const alone = await Promise.all(Array.from({ length: 30 }, () => limiter.take(1, 1)));
    expect(alone.filter(({ isAllowed }) => isAllowed)).toHaveLength(20);
    expect(said).toEqual(["Redis does not answer: this process counts what is spent alone"]);
    await server.restart();
    await vi.waitFor(async () => expect(await limiter.take(1, 1)).toMatchObject({ isAllowed: true }), 15_000);
    expect(said.slice(1)).toEqual(["Redis answers again: what is spent is counted together"]);
  });

  it("are none's hindrance where Redis was never there", async () => {
    const server = await startRedis();
    await server.kill();
    const shared = await RedisRateLimiter.open(server.url, slow);
    const limiter = new SharedRateLimiter(shared, new MemoryRateLimiter(slow), pino({ enabled: false }));
    onTestFinished(() => limiter.close());
    expect(await limiter.take(1, 20)).toMatchObject({ isAllowed: true, remaining: 0 });
  });
});
