import { describe, expect, it, onTestFinished } from "vitest";
import { doors, type Told } from "../support/doors.ts";
import { startRedis } from "../support/redis-server.ts";
import { adminToken, startWorld, type World } from "../support/world.ts";

/** A bucket that does not fill while a test runs. */
const rate = { perSecond: 0.01, burst: 60, redisUrl: null };

async function world(settings: { redisUrl: string | null } = rate): Promise<World> {
  const started = await startWorld({ rate: { ...rate, ...settings } });
  onTestFinished(started.close);
  return started;
}

// Costs as much as is asked for, at least 2.
const spend = `query ($n: Int!) { models(first: $n) { nodes { id } } }`;
const costing = (points: number) => ({ n: points - 2 });
const codeOf = ({ errors }: Told) => errors?.[0]?.extensions.code;

describe.each(doors)("what an actor may spend over %s", (_, ask) => {
  it("is all that its bucket holds and no point more", async () => {
    const on = await world();
    expect(await ask(on, spend, costing(50))).toMatchObject({
      data: { models: { nodes: [] } },
      extensions: { cost: { requested: 50, limit: 100_000, remaining: 10 } },
    });
    const refused = await ask(on, spend, costing(11));
    expect(refused.data).toBeUndefined();
    expect(refused.errors).toEqual([
      {
        message: "this operation costs 11 points, and 10 are left; come again in 100 s",
        extensions: { code: "RATE_LIMITED" },
      },
    ]);
    expect(codeOf(await ask(on, spend, costing(10)))).toBeUndefined();
    expect(codeOf(await ask(on, "{ eventHead }"))).toBe("RATE_LIMITED");
  });

  it("is not spent on what is refused for what it is", async () => {
    const on = await world();
    for (const text of [
      "{ nothing }",
      "{ eventHead",
      `{ ${"eventHead ".repeat(51)} }`,
      "query A { eventHead } query B { eventHead }",
    ]) {
      expect((await ask(on, text)).errors).toHaveLength(1);
    }
    expect((await ask(on, spend, costing(60))).extensions).toMatchObject({ cost: { remaining: 0 } });
  });
});

describe.each(doors)("what is left of it, as the viewer is told over %s,", (_, ask) => {
  const question = "{ viewer { rateLimit { limit remaining resetAt } } }";

  it("is what the charge leaves, and when the bucket is full again", async () => {
    const on = await world();
    for (const spent of [0, 30]) {
      if (spent > 0) await ask(on, spend, costing(spent));
      const before = Date.now();
      const { data, extensions } = await ask(on, question);
      const { cost } = extensions as { cost: { requested: number; remaining: number } };
      const { limit, remaining, resetAt } = data.viewer.rateLimit;
      expect({ limit, remaining }).toEqual({ limit: rate.burst, remaining: cost.remaining });
      // What the one before it took has hardly come back.
      expect(remaining).toBe(rate.burst - spent - cost.requested * (spent > 0 ? 2 : 1));
      const missing = ((rate.burst - remaining) / rate.perSecond) * 1_000;
      // Points come whole only when told: up to one is on its way.
      expect(Date.parse(resetAt)).toBeGreaterThan(before + missing - 1_000 / rate.perSecond);
      expect(Date.parse(resetAt)).toBeLessThanOrEqual(Date.now() + missing);
    }
  });

  it("is untold where an actor may spend as much as it likes", async () => {
    const on = await startWorld();
    onTestFinished(on.close);
    expect((await ask(on, question)).data).toEqual({ viewer: { rateLimit: null } });
  });
});

describe("an actor that has spent what it may", () => {
  it("is told over HTTP when to come again", async () => {
    const on = await world();
    await on.ask(spend, costing(55));
    const response = await fetch(`${on.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${adminToken}` },
      body: JSON.stringify({ query: spend, variables: costing(6) }),
    });
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "100"]);
    expect(await response.json()).toMatchObject({ extensions: { cost: { requested: 6, remaining: 5 } } });
  });

  it("has spent it whichever way it asks, subscriptions included", async () => {
    const on = await world();
    await on.ask(spend, costing(60));
    for (const [, ask] of doors) expect(codeOf(await ask(on, "{ eventHead }"))).toBe("RATE_LIMITED");
    await expect(on.subscribe("subscription { registryEvents { seq } }").next()).rejects.toMatchObject([
      { extensions: { code: "RATE_LIMITED" } },
    ]);
  });
});

describe("where several servers share a Redis", () => {
  it.each(doors)("what is spent at one is spent at the other, over %s", async (_, ask) => {
    const redis = await startRedis();
    onTestFinished(redis.kill);
    const shared = { redisUrl: redis.url };
    const [one, other] = [await world(shared), await world(shared)];
    await ask(one, spend, costing(40));
    expect(codeOf(await ask(other, spend, costing(21)))).toBe("RATE_LIMITED");
    expect((await ask(other, spend, costing(20))).extensions).toMatchObject({ cost: { remaining: 0 } });
    for (const [, anyhow] of doors) expect(codeOf(await anyhow(one, "{ eventHead }"))).toBe("RATE_LIMITED");
  });
});
