import { describe, expect, it, onTestFinished, vi } from "vitest";
import { sqliteDialect } from "../../src/db/dialect.ts";
import { sql } from "../../src/db/sql.ts";
import { WritingSqlite } from "../../src/db/sqlite-adapter.ts";
import { amountsOf, lockAccount, openAccounts, setAmount } from "../support/accounts.ts";
import { database, emptyDatabase, openDatabase } from "../support/engines.ts";
import { otherProcess } from "../support/processes.ts";

describe("the embedded database", () => {
  it("writes durably: WAL, and synchronous=FULL on the connection that commits", async () => {
    const db = await database();
    const settings = await db.write(async (tx) => [
      ...(await tx.query(sql`PRAGMA journal_mode`)),
      ...(await tx.query(sql`PRAGMA synchronous`)),
    ]);
    expect(settings).toEqual([{ journal_mode: "wal" }, { synchronous: 2 }]);
  });

  it("refuses to write where it reads", async () => {
    const db = await database();
    await openAccounts(db, 1);
    const change = sql`UPDATE account SET amount = 0`;
    await expect(db.read.query(change)).rejects.toThrow(/readonly/);
    await expect(db.snapshot((reader) => reader.query(change))).rejects.toThrow(/readonly/);
    expect(await amountsOf(db.read)).toEqual([100]);
  });

  it("binds strictly: what the engine would cut or blank is an error", async () => {
    const db = await database();
    await openAccounts(db, 1);
    for (const value of [
      "cut\u0000here",
      Number.NaN,
      Number.POSITIVE_INFINITY,
      new Date() as unknown as string,
    ]) {
      await expect(db.write((tx) => tx.run(sql`UPDATE account SET amount = ${value}`))).rejects.toThrow(
        /cannot be stored|cannot bind/,
      );
    }
    await expect(db.read.query(sql`SELECT ${new Date() as unknown as string}`)).rejects.toThrow(
      /cannot bind/,
    );
  });

  it("finds nothing under a text with NUL, not what comes before the NUL", async () => {
    const db = await database();
    const found = (text: string) => db.read.query(sql`SELECT id FROM actor WHERE name = ${text}`);
    expect(await found("administrator")).toHaveLength(1);
    expect(await found("administrator\u0000")).toEqual([]);
  });

  it.each(["PRAGMA journal_mode = WAL", "SELECT * FROM account", "DELETE FROM account"])(
    "is asked again where another process holds it: %s",
    async (statement) => {
      const { path } = (await emptyDatabase()) as { path: string };
      const [holder, other] = [new WritingSqlite(path, {}), new WritingSqlite(path, {})];
      onTestFinished(() => {
        holder.close();
        other.close();
      });
      holder.exec("CREATE TABLE account (id INTEGER)");
      const asked = other.prepare(statement);
      holder.exec("BEGIN EXCLUSIVE");
      let refusal: unknown;
      try {
        asked.reader ? asked.all() : asked.run(); // As TypeORM asks.
      } catch (error) {
        refusal = error;
      }
      expect(refusal).toBeInstanceOf(Error);
      expect(sqliteDialect.meaningOf(refusal)).toBe("retry");
    },
  );

  it("really commits after the engine has rolled a transaction back by itself", async () => {
    const settings = await emptyDatabase();
    const db = await openDatabase(settings);
    const other = await openDatabase(settings);
    await openAccounts(db, 1);
    const broken = db.write(async (tx) => {
      await tx.query(sql`ROLLBACK`); // as a full disk or an I/O error does
      throw new Error("the disk is full");
    });
    await expect(broken).rejects.toThrow("the disk is full");
    await expect(db.write(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await db.write((tx) => setAmount(tx, 1, 7));
    expect(await amountsOf(other.read)).toEqual([7]);
    await other.write((tx) => setAmount(tx, 1, 8));
    expect(await amountsOf(db.read)).toEqual([8]);
  });
});

const increments = `
  const { Database } = await built("db/database.js");
  const { sql } = await built("db/sql.js");
  const db = await Database.open(input, []);
  tell("open");
  await toldTo("go");
  for (let turn = 0; turn < 200; turn++) {
    await db.write(async (tx) => {
      const [{ amount }] = await tx.query(sql\`SELECT amount FROM account WHERE id = 1\`);
      await tx.run(sql\`UPDATE account SET amount = \${amount + 1} WHERE id = 1\`);
    });
  }
  tell("done");
  await db.close();
  process.disconnect();
`;

const holder = `
  const { Database } = await built("db/database.js");
  const db = await Database.open(input, []);
  await db.write(async () => { tell("held"); await toldTo("let go"); });
  tell("let go");
  await db.close();
  process.disconnect();
`;

describe("several processes on one file", () => {
  it("lose no increment of 600", async () => {
    const settings = await emptyDatabase();
    const db = await openDatabase(settings);
    await openAccounts(db, 1, 0);
    const others = [otherProcess(increments, settings), otherProcess(increments, settings)];
    for (const other of others) expect(await other.heard()).toBe("open");
    for (const other of others) other.say("go");
    for (let turn = 0; turn < 200; turn++) {
      await db.write(async (tx) => setAmount(tx, 1, (await lockAccount(tx, 1)) + 1));
    }
    for (const other of others) expect(await other.heard()).toBe("done");
    expect(await amountsOf(db.read)).toEqual([600]);
  });

  it("wait for each other's transactions, and say so when that takes too long", async () => {
    const settings = await emptyDatabase();
    const db = await openDatabase(settings);
    await openAccounts(db, 1);
    const other = otherProcess(holder, settings);
    expect(await other.heard()).toBe("held");
    expect(await amountsOf(db.read)).toEqual([100]);
    const noDelay = vi.spyOn(Math, "random").mockReturnValue(0);
    await expect(db.write((tx) => setAmount(tx, 1, 1))).rejects.toMatchObject({ code: "UNAVAILABLE" });
    noDelay.mockRestore();
    let attempts = 0;
    const waiting = db.write(async (tx) => {
      attempts++;
      await setAmount(tx, 1, 2);
    });
    other.say("let go");
    await waiting;
    expect(await other.heard()).toBe("let go");
    expect(attempts).toBe(1);
    expect(await amountsOf(db.read)).toEqual([2]);
  });
});
