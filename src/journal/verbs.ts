import type { Database } from "../db/database.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import { canonical, sha256 } from "../kernel/canonical.ts";
import type { Clock } from "../kernel/clock.ts";
import { nameOf } from "../kernel/names.ts";
import type { Repetition } from "../kernel/repetition.ts";
import { Claims, type Outcome } from "./claims.ts";
import { Repetitions } from "./repetitions.ts";

const keptMillis = 7 * 24 * 3600 * 1000;

/** What a verb's input may carry beside what it is about. */
interface Repeatable {
  idempotencyKey?: string | null;
  dryRun?: boolean | null;
  repetition?: Repetition;
}

/** Runs public verbs: one transaction each, and once only under an idempotency key, or for a caller who repeats itself. */
export class Verbs {
  private readonly claims: Claims;
  private readonly repetitions: Repetitions;

  constructor(
    private readonly db: Database,
    clock: Clock,
    /** For requests that are sent again, see there; the usual one where not given. */
    patienceMillis?: number,
  ) {
    this.claims = new Claims(db, clock);
    this.repetitions = new Repetitions(db, this.claims, patienceMillis);
  }

  /**
   * `work` in one transaction. With `input.idempotencyKey`, a second call with the same input answers the first one's
   * outcome; another input under the same key is IDEMPOTENCY_MISMATCH. A refusal (a throw) stores nothing. With
   * `input.repetition`, see there.
   */
  async run<T extends Outcome>(
    actor: Actor,
    verb: string,
    input: Repeatable,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    const { idempotencyKey, repetition, ...request } = input;
    // A dry run stores nothing, so it does not use up its key either.
    if (input.dryRun) return this.db.write(work);
    if (repetition) return this.repetitions.run(actor, repetition, work);
    if (idempotencyKey == null) return this.db.write(work);
    const key = nameOf("idempotencyKey", idempotencyKey);
    const { outcome } = await this.claims.run(
      actor,
      { key, requestHash: markOf(verb, request), keptMillis },
      work,
    );
    return outcome;
  }

  /** Resolves when what was answered is no longer worked for: nothing of it is left to do before the database closes. */
  idle(): Promise<void> {
    return this.repetitions.idle();
  }

  /** Forgets keys older than seven days. */
  forgetOldKeys(): Promise<void> {
    return this.claims.forgetOlderThan(keptMillis);
  }
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
