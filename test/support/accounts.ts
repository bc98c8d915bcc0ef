import type { Database } from "../../src/db/database.ts";
import { type Reader, sql } from "../../src/db/sql.ts";
import type { Transaction } from "../../src/db/transaction.ts";

/** A table apart from the schema, to move amounts about in: what is lost or seen half shows in the sum. */
export async function openAccounts(db: Database, count: number, amount = 100): Promise<void> {
  await db.write(async (tx) => {
    await tx.run(sql`CREATE TABLE account (id int PRIMARY KEY, amount int NOT NULL)`);
    for (let id = 1; id <= count; id++) await tx.run(sql`INSERT INTO account VALUES (${id}, ${amount})`);
  });
}

export async function amountsOf(reader: Reader): Promise<number[]> {
  const rows = await reader.query<{ amount: number }>(sql`SELECT amount FROM account ORDER BY id`);
  return rows.map(({ amount }) => Number(amount));
}

export async function lockAccount(tx: Transaction, id: number): Promise<number> {
  const [row] = await tx.lock<{ amount: number }>(sql`SELECT amount FROM account WHERE id = ${id}`);
  return Number(row!.amount);
}

export function setAmount(tx: Transaction, id: number, amount: number): Promise<number> {
  return tx.run(sql`UPDATE account SET amount = ${amount} WHERE id = ${id}`);
}

/** Locks one account, then the other, and moves 1. `between` runs while only the first is held. */
export async function move(
  tx: Transaction,
  from: number,
  to: number,
  between: () => Promise<void> = async () => {},
): Promise<void> {
  const source = await lockAccount(tx, from);
  await setAmount(tx, from, source - 1);
  await between();
  await setAmount(tx, to, (await lockAccount(tx, to)) + 1);
}

export const sumOf = (amounts: number[]) => amounts.reduce((sum, amount) => sum + amount, 0);

/** Resolves for all once `count` have come. */
export function rendezvous(count: number): () => Promise<void> {
  let here = 0;
  const all = signal();
  return () => {
    here++;
    if (here >= count) all.give();
    return all.given;
  };
}

/** A promise and what resolves it. */
export function signal(): { given: Promise<void>; give: () => void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}
