import { expect, it, onTestFinished } from "vitest";
import { Database } from "../../src/db/database.ts";
import { sql } from "../../src/db/sql.ts";
import { LocalStore } from "../../src/objects/local-store.ts";
import { entities } from "../../src/wiring/entities.ts";
import { rigOn } from "../support/blob-rig.ts";
import { blobRivals } from "../support/blob-rivals.ts";
import { freshDatabase, objectFolderOf } from "../support/engines.ts";
import { dangling, leaked } from "../support/stored-truth.ts";

const rounds = 400;

it("keeps what is referred to and nothing else where two processes collect without grace, each against the other", async () => {
  const { settings, drop } = await freshDatabase();
  onTestFinished(drop);
  const folder = objectFolderOf(settings);
  const db = await Database.open(settings, entities);
  onTestFinished(() => db.close());
  const tallies = await blobRivals({ settings, folder, rounds });
  console.info(`2 × ${rounds} rounds: ${JSON.stringify(tallies)}`);
  const store = await LocalStore.open(folder, () => "http://127.0.0.1");
  const { collection } = rigOn({ db, store, clock: Date.now, graceSeconds: 0 });
  await collection.collector.collect();
  await collection.orphans.sweep();
  const found = [...tallies.flatMap((tally) => tally.dangling), ...(await dangling(db.read, store))];
  expect({ dangling: found, leaked: await leaked(db.read, store) }).toEqual({ dangling: [], leaked: [] });
  expect(tallies.every(({ blobs, purged }) => blobs > 0 && purged > 0)).toBe(true);
  await db.write((tx) =>
    tx.run(sql`UPDATE artifact SET blobId = NULL, purgedAt = 1 WHERE blobId IS NOT NULL`),
  );
  await collection.collector.collect();
  const rows = await db.read.query(sql`SELECT id FROM stored_blob`);
  expect([rows, await leaked(db.read, store)]).toEqual([[], []]);
}, 3_600_000);
