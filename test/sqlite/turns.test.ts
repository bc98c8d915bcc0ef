import { expect, it } from "vitest";
import { sql } from "../../src/db/sql.ts";
import { database } from "../support/engines.ts";

it("hears others while many reads follow each other, within a snapshot and outside one", async () => {
  const db = await database();
  for (const read of [db.read, null]) {
    let isHeard = false;
    setTimeout(() => {
      isHeard = true;
    });
    const readUntilHeard = async (reader: typeof db.read) => {
      while (!isHeard) await reader.query(sql`SELECT 1 AS one`);
    };
    await (read ? readUntilHeard(read) : db.snapshot(readUntilHeard));
    expect(isHeard).toBe(true);
  }
});
