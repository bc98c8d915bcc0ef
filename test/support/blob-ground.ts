import { onTestFinished } from "vitest";
import { Database } from "../../src/db/database.ts";
import { LocalStore } from "../../src/objects/local-store.ts";
import { entities } from "../../src/wiring/entities.ts";
import type { Ground } from "./blob-rig.ts";
import { freshDatabase, objectFolderOf } from "./engines.ts";

/** A database and a local store of the test's own, and a clock that goes on when it is told to. */
export async function blobGround(): Promise<Ground & { advance: (millis: number) => void }> {
  const { settings, drop } = await freshDatabase();
  const db = await Database.open(settings, entities);
  onTestFinished(async () => {
    await db.close();
    await drop();
  });
  const store = await LocalStore.open(objectFolderOf(settings), () => "http://127.0.0.1");
  let ahead = 0;
  return {
    ...{ db, store, graceSeconds: 600 },
    clock: () => Date.now() + ahead,
    advance: (millis) => {
      ahead += millis;
    },
  };
}
