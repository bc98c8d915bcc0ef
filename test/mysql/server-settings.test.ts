import { createConnection } from "mysql2/promise";
import { expect, it, onTestFinished } from "vitest";
import { Database } from "../../src/db/database.ts";
import { sql } from "../../src/db/sql.ts";
import { amountsOf, openAccounts, rendezvous, setAmount } from "../support/accounts.ts";
import { database, freshMysql } from "../support/engines.ts";
import { startMariadb } from "../support/mariadb.ts";

it("refuses a server that would cut, misquote or misnumber rows in silence", async () => {
  const server = await startMariadb();
  onTestFinished(() => server.stop());
  const { settings } = await freshMysql(server.url);
  const admin = await createConnection(server.url);
  onTestFinished(() => admin.end());
  const wrong = [
    ["sql_mode = ''", "sql_mode = 'STRICT_TRANS_TABLES'", /needs sql_mode STRICT_TRANS_TABLES/],
    [
      "sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES'",
      "sql_mode = 'STRICT_ALL_TABLES'",
      /not NO_BACKSLASH_ESCAPES/,
    ],
    [
      "auto_increment_increment = 3",
      "auto_increment_increment = 1",
      /auto_increment_increment = 1; it has 3/,
    ],
  ] as const;
  for (const [bad, good, message] of wrong) {
    await admin.query(`SET GLOBAL ${bad}`);
    await expect(Database.open(settings, [])).rejects.toThrow(message);
    await admin.query(`SET GLOBAL ${good}`);
  }
  await (await Database.open(settings, [])).close();
});

it("reads and writes whole Unicode, and keeps instants and large counts as numbers", async () => {
  const db = await database();
  const at = Date.UTC(2026, 2, 1);
  const [row] = await db.read.query(
    sql`SELECT ${"café 😀 \\ ' \" `"} AS text, ${at} AS at, CAST(${Number.MAX_SAFE_INTEGER} AS UNSIGNED) AS large`,
  );
  expect(row).toEqual({ text: "café 😀 \\ ' \" `", at, large: Number.MAX_SAFE_INTEGER });
});

it("writes at READ COMMITTED: after a lock, it sees what its rivals committed", async () => {
  const db = await database();
  await openAccounts(db, 2);
  const seen = await db.write(async (tx) => {
    const before = await amountsOf(tx);
    await db.write((rival) => setAmount(rival, 2, 5));
    return { before, after: await amountsOf(tx) };
  });
  expect(seen).toEqual({ before: [100, 100], after: [100, 5] });
});

it("reads from a pool of its own, so that writes cannot starve it", async () => {
  const db = await database();
  const all = rendezvous(20); // the whole writing pool at once
  const writes = Array.from({ length: 60 }, () =>
    db.write(async () => {
      await all();
      return db.read.query(sql`SELECT 1 AS one`);
    }),
  );
  expect((await Promise.all(writes)).flat()).toHaveLength(60);
});
