import { expect, it, vi } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { mostAttempts } from "../../src/db/retry.ts";
import { type Reader, sql } from "../../src/db/sql.ts";
import type { Transaction } from "../../src/db/transaction.ts";
import { StemmaError } from "../../src/kernel/errors.ts";
import { amountsOf, lockAccount, move, openAccounts, setAmount, sumOf } from "../support/accounts.ts";
import { database, engine } from "../support/engines.ts";

const times = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Statements per row of a page, so that concurrent work really interleaves. */
async function increments(db: Database, read: (tx: Transaction, id: number) => Promise<number>) {
  const outcomes = await Promise.allSettled(
    times(200).map((index) =>
      db.write(async (tx) => {
        await setAmount(tx, 1, (await read(tx, 1)) + 1);
        if (index % 3 === 0) throw new Error("changed my mind");
      }),
    ),
  );
  return {
    kept: outcomes.filter(({ status }) => status === "fulfilled").length,
    amounts: await amountsOf(db.read),
  };
}

it("loses no write of 200 at once, a third of them rolled back", async () => {
  const db = await database();
  await openAccounts(db, 1, 0);
  const { kept, amounts } = await increments(db, lockAccount);
  expect(kept).toBe(133);
  expect(amounts).toEqual([133]);
});

it("gives the work's value back, and throws its error once, unchanged", async () => {
  const db = await database();
  await openAccounts(db, 1);
  expect(await db.write(async () => 7)).toBe(7);
  let attempts = 0;
  const cause = new Error("further in");
  for (const thrown of [
    new Error("ours", { cause }),
    new TypeError("ours"),
    new StemmaError("CONFLICT", "no"),
  ]) {
    attempts = 0;
    const attempt = db.write(async (tx) => {
      attempts++;
      await setAmount(tx, 1, 0);
      throw thrown;
    });
    await expect(attempt).rejects.toBe(thrown);
    expect(attempts).toBe(1);
  }
  expect(await amountsOf(db.read)).toEqual([100]);
});

it("does not repeat what broke a rule of the schema", async () => {
  const db = await database();
  await openAccounts(db, 1);
  let attempts = 0;
  const attempt = db.write(async (tx) => {
    attempts++;
    await tx.run(sql`INSERT INTO account VALUES (2, 5)`);
    await tx.run(sql`INSERT INTO account VALUES (1, 5)`);
  });
  const error = await attempt.catch((thrown) => thrown);
  expect(db.dialect.meaningOf(error)).toBe("duplicate");
  expect(attempts).toBe(1);
  expect(await amountsOf(db.read)).toEqual([100]);
});

it("runs hooks before COMMIT, in the order they were given, and undoes all where one fails", async () => {
  const db = await database();
  await openAccounts(db, 1);
  const order: string[] = [];
  const run = (fails: boolean) =>
    db.write(async (tx) => {
      tx.beforeCommit(async () => {
        order.push("first");
        tx.beforeCommit(async () => void order.push("last"));
        await setAmount(tx, 1, 5);
        if (fails) throw new Error("a check failed");
      });
      tx.beforeCommit(async () => void order.push("second"));
      tx.afterCommit(() => void order.push("committed"));
      order.push("work");
    });
  await expect(run(true)).rejects.toThrow("a check failed");
  expect(await amountsOf(db.read)).toEqual([100]);
  expect(order.splice(0)).toEqual(["work", "first"]);
  await run(false);
  expect(order).toEqual(["work", "first", "second", "last", "committed"]);
  expect(await amountsOf(db.read)).toEqual([5]);
});

it("says that the database is too busy once its attempts are used up", async () => {
  const db = await database();
  let attempts = 0;
  const noDelay = vi.spyOn(Math, "random").mockReturnValue(0);
  const conflict = Object.assign(
    new Error("conflict"),
    engine() === "mysql" ? { errno: 1213 } : { errcode: 5 },
  );
  const attempt = db.write(async () => {
    attempts++;
    throw conflict;
  });
  await expect(attempt).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: expect.stringContaining("busy"),
  });
  noDelay.mockRestore();
  expect(attempts).toBe(mostAttempts);
});

/** Sums that `readerOf` saw while 1 moved to and fro between two accounts, half of the moves undone. */
async function sumsSeen(db: Database, readerOf: (tx: Transaction) => Reader): Promise<Set<number>> {
  await openAccounts(db, 2);
  const seen = new Set<number>();
  for (const index of times(50)) {
    const look = async (reader: Reader) => void seen.add(sumOf(await amountsOf(reader)));
    const moving = db.write(async (tx) => {
      await move(tx, 1 + (index % 2), 2 - (index % 2), () => look(readerOf(tx)));
      await look(readerOf(tx));
      if (index % 4 > 1) throw new Error("changed my mind");
    });
    await Promise.all([moving.catch(() => {}), look(db.read), look(db.read)]);
    await look(db.read);
  }
  return seen;
}

it("never lets a read see half a transaction", async () => {
  const db = await database();
  expect(await sumsSeen(db, () => db.read)).toEqual(new Set([200]));
});

it("would be caught if a read used the writing connection", async () => {
  expect(await sumsSeen(await database(), (tx) => tx)).not.toEqual(new Set([200]));
});

it("keeps a snapshot as it was, and holds nobody up", async () => {
  const db = await database();
  await openAccounts(db, 2);
  const seen = await db.snapshot(async (reader) => {
    const before = await amountsOf(reader);
    await db.write((tx) => move(tx, 1, 2));
    return { before, after: await amountsOf(reader), read: await amountsOf(db.read) };
  });
  expect(seen).toEqual({ before: [100, 100], after: [100, 100], read: [99, 101] });
  expect(await db.snapshot(amountsOf)).toEqual([99, 101]);
});

it("goes on after a snapshot that failed", async () => {
  const db = await database();
  await openAccounts(db, 1);
  const failing = times(30).map(() =>
    db.snapshot(async (reader) => {
      await amountsOf(reader);
      throw new Error("changed my mind");
    }),
  );
  for (const { status } of await Promise.allSettled(failing)) expect(status).toBe("rejected");
  expect(await db.snapshot(amountsOf)).toEqual([100]);
});

it("writes rows in blocks and numbers them in order", async () => {
  const db = await database();
  const { NodeRow } = await import("../../src/graph/graph.entity.ts");
  const rows = times(1_001).map((index) => ({
    kind: "RUN" as const,
    label: `run ${index}`,
    container: null,
  }));
  const [ids, others] = await Promise.all([
    db.write((tx) => tx.insertNumbered(NodeRow, rows)),
    db.write((tx) => tx.insertNumbered(NodeRow, rows)),
  ]);
  expect(new Set([...ids, ...others]).size).toBe(2_002);
  const [first] = ids;
  const [row] = await db.read.query(sql`SELECT label FROM node WHERE id = ${ids[700]!}`);
  expect([first! < ids[1]!, row]).toEqual([true, { label: "run 700" }]);
});
