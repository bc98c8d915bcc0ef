import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import { canonical, sha256 } from "../kernel/canonical.ts";
import type { Clock } from "../kernel/clock.ts";
import { overLimit, StemmaError } from "../kernel/errors.ts";
import { nameOf } from "../kernel/names.ts";
import { Idempotency } from "./idempotency.entity.ts";

const keptMillis = 7 * 24 * 3600 * 1000;
const longestOutcomeBytes = 65_535; // a TEXT column of MySQL

/** A verb's answer: plain JSON of ids and seqs, so that a replay can be answered with their current state. */
export type Outcome = { readonly [key: string]: unknown };

/** Runs public verbs: one transaction each, and once only under an idempotency key. */
export class Verbs {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * `work` in one transaction. With `input.idempotencyKey`, a second call with the same input answers the first one's
   * outcome; another input under the same key is IDEMPOTENCY_MISMATCH. A refusal (a throw) stores nothing.
   */
  run<T extends Outcome>(
    actor: Actor,
    verb: string,
    input: { idempotencyKey?: string | null; dryRun?: boolean | null },
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    // A dry run stores nothing, so it does not use up its key either.
    if (input.idempotencyKey == null || input.dryRun) return this.db.write(work);
    const key = nameOf("idempotencyKey", input.idempotencyKey);
    const { idempotencyKey: _, ...request } = input;
    const requestHash = markOf(verb, request);
    return this.db.write(
      async (tx) => {
        const earlier = await this.claim(tx, actor, key, requestHash);
        if (earlier) return earlier as T;
        const outcome = await work(tx);
        // After the journal's own hook, so that an outcome may tell the seqs of its events (by getters).
        tx.beforeCommit(async () => {
          await tx.run(
            sql`UPDATE idempotency SET outcome = ${toBeKept(outcome)} WHERE actorId = ${actor.node} AND idempotencyKey = ${key}`,
          );
        });
        return outcome;
      },
      { mayRepeat: true },
    );
  }

  /** Forgets keys older than seven days. */
  async forgetOldKeys(): Promise<void> {
    await this.db.write((tx) =>
      tx.run(sql`DELETE FROM idempotency WHERE createdAt < ${this.clock() - keptMillis}`),
    );
  }

  /** Takes the key for this transaction (a rival waits here until we commit), or answers what it stands for already. */
  private async claim(
    tx: Transaction,
    actor: Actor,
    key: string,
    requestHash: string,
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
    if (!found || found.createdAt < createdAt - keptMillis) {
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

/** Equal for equal requests, however they are spelled. */
function markOf(verb: string, input: object): string {
  try {
    const text = JSON.stringify([verb, input]);
    try {
      return sha256(canonical(JSON.parse(text)));
    } catch {
      // A text that is no Unicode has no canonical form. The verb refuses it, and names its field.
      return sha256(text);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // Nested deeper than the stack. The verb refuses that, too: no JSON that is kept has more than 30 levels.
    return sha256(verb, "too deep");
  }
}
