import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { overLimit, StemmaError } from "../kernel/errors.ts";
import { Idempotency } from "./idempotency.entity.ts";

const longestOutcomeBytes = 65_535; // a TEXT column of MySQL

/** A verb's answer: plain JSON of ids and seqs, so that a replay can be answered with their current state. */
export type Outcome = { readonly [key: string]: unknown };

export interface Claim {
  key: string;
  /** Another one under the same key is a mistake. */
  requestHash: string;
  /** How long a key stands. */
  keptMillis: number;
}

/** Where a claim stands. */
export interface Place {
  /** The actor's node. */
  actor: number;
  key: string;
}

/** What came of a verb under a key. */
export interface Claimed<T> {
  outcome: T;
  /** Whether it is that of an earlier call, and nothing was done now. */
  isEarlier: boolean;
}

/** Idempotency keys: what was done under each, once. */
export class Claims {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** `work` in one transaction that keeps its outcome under the key. Throws IDEMPOTENCY_MISMATCH; a throw keeps nothing. */
  run<T extends Outcome>(
    actor: Actor,
    claim: Claim,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<Claimed<T>> {
    return this.db.write(
      async (tx) => {
        const earlier = await this.take(tx, actor, claim);
        if (earlier) return { outcome: earlier as T, isEarlier: true };
        const outcome = await work(tx);
        // After the journal's own hook, so that an outcome may tell the seqs of its events (by getters).
        tx.beforeCommit(async () => {
          await tx.run(
            sql`UPDATE idempotency SET outcome = ${toBeKept(outcome)} WHERE actorId = ${actor.node} AND idempotencyKey = ${claim.key}`,
          );
        });
        return { outcome, isEarlier: false };
      },
      { mayRepeat: true },
    );
  }

  /** What stands under a key: the outcome as JSON, empty while nothing does. */
  async standing({ node }: Actor, key: string): Promise<string> {
    const [found] = await this.db.read.query<{ outcome: string }>(
      sql`SELECT outcome FROM idempotency WHERE actorId = ${node} AND idempotencyKey = ${key}`,
    );
    return found?.outcome ?? "";
  }

  /** What is done under these from now on is done anew. */
  async forget(claims: readonly Place[]): Promise<void> {
    // One by one, so that each locks its own row and no other.
    await this.db.write(async (tx) => {
      for (const { actor, key } of claims)
        await tx.run(sql`DELETE FROM idempotency WHERE actorId = ${actor} AND idempotencyKey = ${key}`);
    });
  }

  async forgetOlderThan(millis: number): Promise<void> {
    await this.db.write((tx) =>
      tx.run(sql`DELETE FROM idempotency WHERE createdAt < ${this.clock() - millis}`),
    );
  }

  /** Takes the key for this transaction (a rival waits here until we commit), or answers what it stands for already. */
  private async take(
    tx: Transaction,
    actor: Actor,
    { key, requestHash, keptMillis }: Claim,
  ): Promise<Outcome | null> {
    const createdAt = this.clock();
    const row = { actorId: actor.node, idempotencyKey: key, requestHash, outcome: "", createdAt };
    try {
      await tx.insert(Idempotency, [row]);
      return null;
    } catch (error) {
      if (tx.dialect.meaningOf(error) !== "duplicate") throw error;
    }
    const [found] = await tx.lock<Idempotency>(
      sql`SELECT requestHash, outcome, createdAt FROM idempotency WHERE actorId = ${actor.node} AND idempotencyKey = ${key}`,
    );
    // Its holder has given it up meanwhile.
    if (!found) {
      await tx.insertNew(Idempotency, [row]);
      return null;
    }
    if (found.createdAt < createdAt - keptMillis) {
      await tx.run(
        sql`UPDATE idempotency SET requestHash = ${requestHash}, createdAt = ${createdAt} WHERE actorId = ${actor.node} AND idempotencyKey = ${key}`,
      );
      return null;
    }
    if (found.requestHash === requestHash) return JSON.parse(found.outcome);
    throw new StemmaError(
      "IDEMPOTENCY_MISMATCH",
      "idempotencyKey: this key was used for another request within the last 7 days; choose a new one",
      ["idempotencyKey"],
    );
  }
}

function toBeKept(outcome: Outcome): string {
  const text = JSON.stringify(outcome);
  if (Buffer.byteLength(text) <= longestOutcomeBytes) return text;
  const what = `the answer to this is too long to be kept (at most ${longestOutcomeBytes} bytes)`;
  throw overLimit(`idempotencyKey: ${what}; nothing was done: do it without a key`, "idempotencyKey");
}
