import { expect, it } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { sql } from "../../src/db/sql.ts";
import {
  amountsOf,
  lockAccount,
  move,
  openAccounts,
  rendezvous,
  setAmount,
  signal,
  sumOf,
} from "../support/accounts.ts";
import { database } from "../support/engines.ts";

/** Two transactions that lock two rows in opposite order, and meet between the two. Answers the attempts it took. */
async function embrace(write: Database["write"]): Promise<number> {
  let attempts = 0;
  const bothHoldOne = rendezvous(2);
  const transfer = (from: number, to: number) =>
    write(async (tx) => {
      attempts++;
      await move(tx, from, to, bothHoldOne);
    });
  await Promise.all([transfer(1, 2), transfer(2, 1)]);
  return attempts;
}

it("runs the victim of a deadlock again, whole", async () => {
  const db = await database();
  await openAccounts(db, 2);
  expect(await embrace((work) => db.write(work))).toBe(3);
  expect(await amountsOf(db.read)).toEqual([100, 100]);
});

it("would not, did it not ask what the error means", async () => {
  const db = await database();
  await openAccounts(db, 2);
  Object.assign(db, { dialect: { ...db.dialect, meaningOf: () => null } });
  await expect(embrace((work) => db.write(work))).rejects.toThrow(/deadlock/i);
});

it("loses nothing in a storm of deadlocks", async () => {
  const db = await database();
  await openAccounts(db, 4);
  let attempts = 0;
  const transfers = Array.from({ length: 320 }, (_, index) =>
    db.write(async (tx) => {
      attempts++;
      await move(tx, 1 + (index % 4), 1 + ((index + 1 + (index % 3)) % 4));
    }),
  );
  await Promise.all(transfers);
  expect(sumOf(await amountsOf(db.read))).toBe(400);
  console.info(`320 crossing transfers, 20 at once: ${attempts} attempts, 0 failed`);
});

it("runs the victim of a lock timeout again, whole", async () => {
  const db = await database();
  await openAccounts(db, 2);
  const held = signal();
  const timedOut = signal();
  const holder = db.write(async (tx) => {
    await lockAccount(tx, 2);
    held.give();
    await timedOut.given;
  });
  await held.given;
  let attempts = 0;
  await db.write(async (tx) => {
    attempts++;
    if (attempts === 2) timedOut.give();
    await tx.query(sql`SET SESSION innodb_lock_wait_timeout = 1`);
    await setAmount(tx, 1, 50);
    await setAmount(tx, 2, (await lockAccount(tx, 2)) + 1);
  });
  await holder;
  expect(attempts).toBeGreaterThan(1);
  expect(await amountsOf(db.read)).toEqual([50, 101]);
});

it("loses updates where rows are not locked: the engine alone does not help", async () => {
  const db = await database();
  await openAccounts(db, 1, 0);
  const increment = () =>
    db.write(async (tx) => {
      const [amount] = await amountsOf(tx);
      await setAmount(tx, 1, amount! + 1);
    });
  await Promise.all(Array.from({ length: 100 }, increment));
  expect(sumOf(await amountsOf(db.read))).toBeLessThan(100);
});
