import { setTimeout } from "node:timers/promises";
import { E_TIMEOUT, Mutex, withTimeout } from "async-mutex";
import { LRUCache } from "lru-cache";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import { sha256 } from "../kernel/canonical.ts";
import { StemmaError } from "../kernel/errors.ts";
import type { Repetition } from "../kernel/repetition.ts";
import type { Claims, Outcome, Place } from "./claims.ts";

/** MLflow's clients ask again for up to 19 minutes: seven times, with 120 s of patience and 2 s, 4 s, 8 s … between. */
const keptMillis = 20 * 60 * 1000;
const pauseMillis = 20;
const mostAtOnce = 100;
/** Who is not remembered here is waited for. */
const mostRemembered = 1_000;

type Work<T> = (tx: Transaction) => Promise<T>;

interface Turn {
  mutex: Mutex;
  holder: Repetition | null;
}

/**
 * Does once what callers send again when they heard no answer. A key that is derived from the request stands from COMMIT
 * until its answer was heard. Who finds it standing waits a moment: where it goes, this is another request that happens to
 * be alike (two workers that register the same source), and is done; where it stays, the answer was lost (the process died,
 * the caller hung up), and is given again.
 */
export class Repetitions {
  /** Requests that are alike come one after another within a process, which so knows of each whether it was heard. */
  private readonly turns = new Map<string, Turn>();
  /** What this process knows nobody heard, as JSON: nobody need wait for that. */
  private readonly lost = new LRUCache<string, string>({ max: mostRemembered });
  /** What was heard, and still stands in the database. */
  private readonly heard = new Map<string, Place>();
  private forgetting: Promise<void> | null = null;

  constructor(
    private readonly db: Database,
    private readonly claims: Claims,
    /** How long an answer may be on its way before others that are alike go on without waiting for it. */
    private readonly patienceMillis = 2_000,
  ) {}

  /**
   * The outcome of `work`, or of the same request before whose answer nobody heard. Throws UNAVAILABLE where that one is
   * still being done.
   */
  async run<T extends Outcome>(actor: Actor, repetition: Repetition, work: Work<T>): Promise<T> {
    const leave = await this.turnOf(actor, repetition);
    if (!leave) return this.db.write(work);
    try {
      const outcome = await this.first(actor, repetition, work);
      const settle = (isHeard: boolean) => this.settle(actor, repetition, isHeard ? null : outcome);
      repetition.whenAnswered((isHeard) => settle(isHeard).finally(leave));
      return outcome;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Resolves when all that was heard is forgotten, or cannot be now. */
  async idle(): Promise<void> {
    await this.forgetting;
  }

  private async first<T extends Outcome>(actor: Actor, { key, made }: Repetition, work: Work<T>): Promise<T> {
    const claim = { key, requestHash: sha256(key), keptMillis };
    const until = performance.now() + this.patienceMillis;
    for (;;) {
      const { outcome, isEarlier } = await this.claims.run(actor, claim, work);
      if (!isEarlier) return outcome;
      if (this.heard.has(placeOf(actor, key))) {
        await this.forgetHeard();
      } else if (await this.isLost(actor, key, JSON.stringify(outcome))) {
        if (await this.stands(Number(outcome[made]))) return outcome;
        await this.claims.forget([{ actor: actor.node, key }]);
      } else if (performance.now() > until) {
        // Others that are alike are answered one after another elsewhere: this one is no repetition of theirs.
        return this.db.write(work);
      }
    }
  }

  /** Whether nobody is going to hear this: as far as this process knows, or since it stands for too long. */
  private async isLost(actor: Actor, key: string, outcome: string): Promise<boolean> {
    if (this.lost.get(placeOf(actor, key)) === outcome) return true;
    for (const until = performance.now() + this.patienceMillis; performance.now() < until; ) {
      await setTimeout(pauseMillis);
      if ((await this.claims.standing(actor, key)) !== outcome) return false;
    }
    return true;
  }

  /** Whether what was made is still there under its name, and so is what holds it. Otherwise it is asked for anew. */
  private async stands(node: number): Promise<boolean> {
    const [creation] = await this.db.read.query<{ seq: number; containerId: number | null }>(
      sql`SELECT seq, containerId FROM event WHERE subjectId = ${node} ORDER BY seq LIMIT 1`,
    );
    if (!creation) return true;
    const isHeldBy = sql`subjectId = ${creation.containerId} AND seq > ${creation.seq}`;
    const rows = await this.db.read.query(
      sql`SELECT 1 AS found FROM event
          WHERE (subjectId = ${node} OR ${isHeldBy}) AND (type LIKE ${"%.deleted"} OR type LIKE ${"%.renamed"}) LIMIT 1`,
    );
    return rows.length === 0;
  }

  private async settle(actor: Actor, { key }: Repetition, lost: Outcome | null): Promise<void> {
    const place = placeOf(actor, key);
    if (lost) {
      this.lost.set(place, JSON.stringify(lost));
      return;
    }
    this.lost.delete(place);
    this.heard.set(place, { actor: actor.node, key });
    await this.forgetHeard();
  }

  /** Those that come while others are being forgotten go together; those that cannot be forgotten now go with the next. */
  private forgetHeard(): Promise<void> {
    this.forgetting ??= this.forgetAllHeard().finally(() => {
      this.forgetting = null;
    });
    return this.forgetting;
  }

  private async forgetAllHeard(): Promise<void> {
    while (this.heard.size > 0) {
      const some = [...this.heard].slice(0, mostAtOnce);
      await this.claims.forget(some.map(([, place]) => place));
      for (const [place] of some) this.heard.delete(place);
    }
  }

  /** Answers what ends it; null where somebody holds it for long who is still there. Throws UNAVAILABLE. */
  private async turnOf(actor: Actor, repetition: Repetition): Promise<(() => void) | null> {
    const place = placeOf(actor, repetition.key);
    const turn = this.turns.get(place) ?? { mutex: new Mutex(), holder: null };
    this.turns.set(place, turn);
    const tidy = () => {
      if (!turn.mutex.isLocked() && this.turns.get(place) === turn) this.turns.delete(place);
    };
    try {
      const release = await withTimeout(turn.mutex, this.patienceMillis).acquire();
      turn.holder = repetition;
      return () => {
        turn.holder = null;
        release();
        tidy();
      };
    } catch (error) {
      if (error !== E_TIMEOUT) throw error;
      turn.mutex.waitForUnlock().then(tidy);
      if (!turn.holder?.isAbandoned) return null;
      throw new StemmaError(
        "UNAVAILABLE",
        "the same was asked for before and is still being done; ask again",
      );
    }
  }
}

const placeOf = ({ node }: Actor, key: string) => `${node} ${key}`;
