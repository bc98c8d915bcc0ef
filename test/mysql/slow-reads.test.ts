import { expect, it } from "vitest";
import { sql } from "../../src/db/sql.ts";
import { database } from "../support/engines.ts";

/** Counts far more than any server does in a minute. */
const endless = sql`SELECT COUNT(*) AS n FROM information_schema.collations a, information_schema.collations b,
  information_schema.collations c, information_schema.collations d, information_schema.collations e`;

it("ends a read that takes longer than it may on the server itself, on every connection, and goes on", async () => {
  const db = await database({ readSeconds: 0.1 });
  const late = { code: "TIMEOUT", message: "the database took too long over one statement" };
  await Promise.all([
    ...Array.from({ length: 10 }, () => expect(db.read.query(endless)).rejects.toMatchObject(late)),
    expect(db.snapshot((reader) => reader.query(endless))).rejects.toMatchObject(late),
  ]);
  const running = await db.read.query(
    sql`SELECT id FROM information_schema.processlist WHERE info LIKE '%collations d%' AND id <> CONNECTION_ID()`,
  );
  expect(running).toEqual([]);
});

it("leaves writers the time they need", async () => {
  const db = await database({ readSeconds: 0.1 });
  expect(await db.write((tx) => tx.query(sql`SELECT SLEEP(0.3) AS woken`))).toEqual([{ woken: 0 }]);
});
