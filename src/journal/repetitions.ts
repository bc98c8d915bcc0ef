import { setTimeout } from "node:timers/promises";
import { Mutex } from "async-mutex";
import { LRUCache } from "lru-cache";
import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import { sha256 } from "../kernel/canonical.ts";
import type { Repetition } from "../kernel/repetition.ts";
import type { Claims, Outcome } from "./claims.ts";

/** MLflow's clients ask again for up to 19 minutes: seven times, with 120 s of patience and 2 s, 4 s, 8 s … between. */
const keptMillis = 20 * 60 * 1000;
/** How long an answer of another process may be on its way. */
const patienceMillis = 2_000;
const pauseMillis = 20;
const mostAtOnce = 100;
/** Who is not remembered here is waited for. */
const mostRemembered = 1_000;

/**
 * Does once what callers send again when they heard no answer. A key that is derived from the request stands from COMMIT
 * until its answer was heard. Who finds it standing waits a moment: where it goes, this is another request that happens to
 * be alike (two workers that register the same source), and is done; where it stays, the answer was lost (the process died,
 * the caller hung up), and is given again.
 */
export class Repetitions {
  /** Requests that are alike come one after another within a process, which so knows of each whether it was heard. */
  private readonly turns = new Map<string, Mutex>();
  /** What this process knows nobody heard, as JSON: nobody need wait for that. */
  private readonly lost = new LRUCache<string, string>({ max: mostRemembered });
  private heard: { actor: number; key: string }[] = [];
  private forgetting: Promise<void> | null = null;

  constructor(private readonly claims: Claims) {}

  /** The outcome of `work`, or of the same request before whose answer nobody heard. */
  async run<T extends Outcome>(
    actor: Actor,
    repetition: Repetition,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    const { key } = repetition;
    const leave = await this.turn(placeOf(actor, key));
    try {
      const outcome = await this.first(actor, key, work);
      repetition.whenAnswered((isHeard) => this.settle(actor, key, isHeard ? null : outcome).finally(leave));
      return outcome;
    } catch (error) {
      leave();
      throw error;
    }
  }

  private async first<T extends Outcome>(
    actor: Actor,
    key: string,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    const claim = { key, requestHash: sha256(key), keptMillis };
    let [met, until] = ["", 0];
    for (;;) {
      const { outcome, isEarlier } = await this.claims.run(actor, claim, work);
      const found = JSON.stringify(outcome);
      if (!isEarlier || this.lost.get(placeOf(actor, key)) === found) return outcome;
      // Each that stands in the way has its time to be heard.
      if (found !== met) [met, until] = [found, performance.now() + patienceMillis];
      else if (performance.now() > until) return outcome;
      await setTimeout(pauseMillis);
    }
  }

  private async settle(actor: Actor, key: string, lost: Outcome | null): Promise<void> {
    if (lost) {
      this.lost.set(placeOf(actor, key), JSON.stringify(lost));
      return;
    }
    this.lost.delete(placeOf(actor, key));
    this.heard.push({ actor: actor.node, key });
    this.forgetting ??= this.forgetHeard().finally(() => {
      this.forgetting = null;
    });
    await this.forgetting;
  }

  /** Those that come while others are being forgotten go together. */
  private async forgetHeard(): Promise<void> {
    while (this.heard.length > 0) await this.claims.forget(this.heard.splice(0, mostAtOnce));
  }

  /** Waits for it; answers what ends it. */
  private async turn(place: string): Promise<() => void> {
    const turn = this.turns.get(place) ?? new Mutex();
    this.turns.set(place, turn);
    const release = await turn.acquire();
    return () => {
      release();
      if (!turn.isLocked()) this.turns.delete(place);
    };
  }
}

const placeOf = ({ node }: Actor, key: string) => `${node} ${key}`;
