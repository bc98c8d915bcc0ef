import { describe, expect, inject, it, onTestFinished } from "vitest";
import { sql } from "../../src/db/sql.ts";
import { Verbs } from "../../src/journal/verbs.ts";
import { StemmaError } from "../../src/kernel/errors.ts";
import { emptyDatabase, freshMysql } from "../support/engines.ts";
import { atOnce, JournalWorld, writer } from "../support/journal-world.ts";
import { type Mariadb, startMariadb } from "../support/mariadb.ts";
import { type Cut, proxyTo } from "../support/tcp-proxy.ts";

/** A server that may be killed, and a world on it. */
async function mortalWorld(): Promise<{ server: Mariadb; world: JournalWorld }> {
  const server = await startMariadb();
  onTestFinished(() => server.stop());
  const { settings } = await freshMysql(server.url);
  return { server, world: await JournalWorld.open(settings) };
}

const unavailable = { name: "StemmaError", code: "UNAVAILABLE", isForUser: false };

describe("a database that is killed", () => {
  it("is told as UNAVAILABLE, and used again as soon as it is back", async () => {
    const { server, world } = await mortalWorld();
    await world.write({});
    await server.kill();
    for (let round = 1; round <= 3; round++) {
      await expect(world.db.read.query(sql`SELECT 1 AS one`)).rejects.toMatchObject(unavailable);
      await expect(world.db.snapshot((reader) => reader.query(sql`SELECT 1 AS one`))).rejects.toMatchObject(
        unavailable,
      );
      await expect(world.write({})).rejects.toMatchObject(unavailable);
      expect(await world.db.isReady()).toBe(false);
    }
    await server.restart();
    // No warm-up: the first of each kind succeeds, twenty at once.
    await Promise.all(Array.from({ length: 20 }, () => world.db.read.query(sql`SELECT 1 AS one`)));
    await Promise.all(Array.from({ length: 20 }, () => world.write({})));
    await world.db.snapshot((reader) => reader.query(sql`SELECT 1 AS one`));
    expect(await world.db.isReady()).toBe(true);
    expect((await world.events()).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 21 }, (_, index) => index + 1),
    );
  });

  it("is not ready while it does not answer at all, and is again when it does", async () => {
    const { server, world } = await mortalWorld();
    process.kill(server.pid, "SIGSTOP");
    onTestFinished(() => void process.kill(server.pid, "SIGCONT"));
    // The signal may reach the server after one more question.
    await expect.poll(() => world.db.isReady(), { timeout: 30_000 }).toBe(false);
    process.kill(server.pid, "SIGCONT");
    expect(await world.db.isReady()).toBe(true);
  });

  it("costs followers nothing but time", async () => {
    const { server, world } = await mortalWorld();
    const other = await JournalWorld.open(world.settings);
    const seen: number[][] = [[], []];
    const following = [world, other].map(async ({ feed }, index) => {
      for await (const batch of feed.follow(0, [], new AbortController().signal)) {
        seen[index]!.push(...batch.map(({ seq }) => seq));
      }
    });
    await world.write({}, {});
    await expect
      .poll(() => seen)
      .toEqual([
        [1, 2],
        [1, 2],
      ]);
    await server.kill();
    await expect.poll(() => [world.feed.isHealthy, other.feed.isHealthy]).toEqual([false, false]);
    await server.restart();
    const back = performance.now();
    await world.write({}, {});
    await expect
      .poll(() => seen)
      .toEqual([
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ]);
    console.info(`followers go on ${(performance.now() - back).toFixed(0)} ms after the database is back`);
    await expect.poll(() => [world.feed.isHealthy, other.feed.isHealthy]).toEqual([true, true]);
    for (const { feed } of [world, other]) feed.stop();
    await Promise.all(following);
  });

  it("loses nothing it acknowledged, and doubles nothing, in three deaths under 16 writers", async () => {
    const { server, world } = await mortalWorld();
    const acknowledged: number[] = [];
    const failures: unknown[] = [];
    let isOver = false;
    const writing = atOnce(16, 100_000, async (index) => {
      if (isOver) return;
      try {
        await world.write({ body: { index } });
        acknowledged.push(index);
      } catch (error) {
        failures.push(error);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    for (let death = 1; death <= 3; death++) {
      const before = acknowledged.length;
      await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(before + 200);
      await server.kill();
      await server.restart();
    }
    isOver = true;
    await writing;
    const written = (await world.events()).map(({ body }) => JSON.parse(body).index as number);
    for (const failure of failures) expect(failure).toMatchObject(unavailable);
    expect(new Set(written).size).toBe(written.length);
    expect(acknowledged.filter((index) => !written.includes(index))).toEqual([]);
    const unknown = failures.filter((failure) =>
      (failure as StemmaError).message.includes("outcome is unknown"),
    );
    expect(written.length).toBeLessThanOrEqual(acknowledged.length + unknown.length);
    console.info(
      `3 deaths: ${acknowledged.length} acknowledged, lost 0, doubled 0; ${failures.length} told UNAVAILABLE, ` +
        `${unknown.length} of them during COMMIT; untyped 0`,
    );
  });
});

describe("a connection that breaks during COMMIT", () => {
  async function behindProxy() {
    const settings = await emptyDatabase();
    const proxy = await proxyTo(Number(new URL(inject("mysqlUrl")).port || 3306));
    const url = new URL(settings.engine === "mysql" ? settings.url : "");
    url.host = `127.0.0.1:${proxy.port}`;
    const world = await JournalWorld.open({ engine: "mysql", url: url.href, poolSize: 4 });
    return { proxy, world };
  }
  const cuts: [Cut, number][] = [
    ["before it arrives", 0],
    ["before it is answered", 1],
  ];

  it.each(cuts)("%s is told as unknown, and not tried again", async (where, written) => {
    const { proxy, world } = await behindProxy();
    proxy.cutNext(/COMMIT$/, where);
    const refusal = world.write({});
    await expect(refusal).rejects.toMatchObject(unavailable);
    await expect(refusal).rejects.toThrow(/outcome is unknown.*same idempotencyKey/);
    await expect.poll(async () => (await world.events()).length).toBe(written);
    await world.write({});
    expect(await world.events()).toHaveLength(written + 1);
  });

  it.each(cuts)("%s is tried again under an idempotency key, and acts once", async (where) => {
    const { proxy, world } = await behindProxy();
    const verbs = new Verbs(world.db, () => world.now);
    const act = () =>
      verbs.run(writer, "makeNote", { idempotencyKey: "a" }, async (tx) => {
        world.record(tx);
        return { made: true };
      });
    proxy.cutNext(/COMMIT$/, where);
    expect(await act()).toEqual({ made: true });
    expect(await world.events()).toHaveLength(1);
    expect(await act()).toEqual({ made: true });
    expect(await world.events()).toHaveLength(1);
  });

  it("anywhere before is told as UNAVAILABLE, with nothing done", async () => {
    const { proxy, world } = await behindProxy();
    for (const statement of [/START TRANSACTION/, /FOR UPDATE$/, /INSERT INTO/, /UPDATE journal_head/]) {
      for (const [where] of cuts) {
        proxy.cutNext(statement, where);
        await expect(world.write({})).rejects.toMatchObject({
          ...unavailable,
          message: expect.stringContaining("try again"),
        });
      }
    }
    expect(await world.events()).toEqual([]);
  });
});
