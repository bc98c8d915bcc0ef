import { expect, it, onTestFinished } from "vitest";
import { Database } from "../../src/db/database.ts";
import { entities } from "../../src/wiring/entities.ts";
import { blobRivals } from "../support/blob-rivals.ts";
import { freshDatabase, objectFolderOf } from "../support/engines.ts";

/** The proof that the rivals' test would notice. (On SQLite there is one writer at a time, so that rivals seldom meet.) */
it("finds bytes gone that are referred to where a collector does not look again under its locks", async () => {
  const { settings, drop } = await freshDatabase();
  onTestFinished(drop);
  await (await Database.open(settings, entities)).close();
  const wish = { settings, folder: objectFolderOf(settings), rounds: 1_500, isHasty: true };
  const found = (await blobRivals(wish)).flatMap(({ dangling }) => dangling);
  console.info(`without the second look: ${found.length} times`);
  expect(found.length).toBeGreaterThan(0);
}, 3_600_000);
