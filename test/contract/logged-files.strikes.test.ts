import { Readable } from "node:stream";
import { expect, it, onTestFinished } from "vitest";
import { administrator } from "../../src/access/authenticate.ts";
import { Database } from "../../src/db/database.ts";
import { sql } from "../../src/db/sql.ts";
import { StemmaError } from "../../src/kernel/errors.ts";
import { LocalStore } from "../../src/objects/local-store.ts";
import { entities } from "../../src/wiring/entities.ts";
import { wire } from "../../src/wiring/rooms.ts";
import { objectFolderOf } from "../support/engines.ts";
import { Crash, Points, struckDatabase, struckStore } from "../support/strikes.ts";
import { trackerOf } from "../support/tracker.ts";
import { startWorld } from "../support/world.ts";

const day = 24 * 3_600_000;

/** A registry whose orphans have no grace, and one process on it that passes points. */
async function ground() {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const world = await startWorld({ clock: now });
  const db = await Database.open(world.settings, entities, {});
  onTestFinished(async () => {
    await db.close();
    await world.close();
  });
  const store = await LocalStore.open(objectFolderOf(world.settings), () => world.url);
  const bytes = { urlSeconds: 900, graceSeconds: 0, scrub: null, onFault: () => {} };
  const wired = (points: Points, own = db) =>
    wire(struckDatabase(own, points), now, { ...bytes, store: struckStore(store, points) });
  const { tracking, collection } = wired(new Points());
  const { runId } = await trackerOf(world).run();
  const place = { owner: { runId }, path: "model.bin" };
  return {
    ...{ db, store, wired },
    log: (files: typeof tracking.services.files, text: string) =>
      files.log(administrator, place, { bytes: Readable.from([Buffer.from(text)]) }),
    sweep: async () => {
      await collection.collector.collect();
      await collection.orphans.sweep();
    },
    /** What is left of what was begun is given up. */
    async expire() {
      ahead += 2 * day;
      await tracking.services.arrivals.giveUpExpired();
    },
    /** What the run's file holds; null where it has none. Throws where the bytes are not there. */
    async text() {
      const [row] = await db.read.query<{ storageKey: string }>(
        sql`SELECT b.storageKey FROM logged_file f JOIN stored_blob b ON b.id = f.blobId`,
      );
      return row ? Buffer.concat(await (await store.read(row.storageKey)).toArray()).toString() : null;
    },
    async keys() {
      const found: string[] = [];
      for await (const { key } of store.list("")) found.push(key);
      return found;
    },
  };
}

it("a file is there whole or not at all, wherever its process dies, and nothing is left behind", async () => {
  const { wired, log, sweep, expire, text, keys } = await ground();
  let crashes = 0;
  for (let at = 1; ; at++) {
    const points = new Points();
    const { files } = wired(points).tracking.services;
    const before = await text();
    const own = `text ${at}`;
    points.arm(at, { kind: "crash" });
    const outcome = await log(files, own).catch((error) => error);
    if (!(outcome instanceof Crash)) break;
    crashes++;
    expect([before, own]).toContain(await text());
    await sweep();
    expect([before, own]).toContain(await text());
    await expire();
    await sweep();
    expect((await keys()).length).toBe((await text()) === null ? 0 : 1);
  }
  expect(crashes).toBeGreaterThanOrEqual(6);
});

it("an orphan sweep without grace takes nothing of what is on its way, whenever it comes", async () => {
  const { wired, log, sweep, text } = await ground();
  let rivals = 0;
  for (let at = 1; ; at++) {
    const points = new Points();
    const { files } = wired(points).tracking.services;
    points.arm(at, { kind: "rival", deed: sweep });
    await log(files, `text ${at}`);
    if (points.hits.rival === 0) break;
    rivals++;
    expect(await text()).toBe(`text ${at}`);
  }
  expect(rivals).toBeGreaterThanOrEqual(5);
});

it("bytes stay where nobody knows whether COMMIT was done", async () => {
  const { db, wired, log, sweep, text } = await ground();
  const write: Database["write"] = async (work, options) => {
    const value = await db.write(work, options);
    if ((await text()) !== null) throw new StemmaError("UNAVAILABLE", "the database went away during commit");
    return value;
  };
  const doubtful: Database = Object.assign(Object.create(db), { write });
  const { files } = wired(new Points(), doubtful).tracking.services;
  await expect(log(files, "doubtful")).rejects.toThrow("went away");
  await sweep();
  expect(await text()).toBe("doubtful");
});
