import type { Database } from "../../src/db/database.ts";
import type { ObjectStore } from "../../src/objects/object-store.ts";

/** The process is dead: nothing that it does from here on has an effect. */
export class Crash extends Error {
  override readonly name = "Crash";
}

/** What happens at one point of the work: the process dies, or somebody else does something just then. */
export type Strike = { kind: "crash" } | { kind: "rival"; deed: () => Promise<unknown> };

type Armed = { after: number; strike: Strike };

/** The points that work passes between its transactions and its calls of the store, and right before a commit. */
export class Points {
  private armed: Armed | null = null;
  isDead = false;
  /** Strikes that hit. */
  readonly hits = { crash: 0, rival: 0 };

  /** At the `after`-th point from here, from 1. */
  arm(after: number, strike: Strike): void {
    this.armed = { after, strike };
  }

  disarm(): void {
    this.armed = null;
  }

  /** `isAlone`: a transaction is open, so that nobody else can do anything. */
  async pass(isAlone = false): Promise<void> {
    if (this.isDead) throw new Crash();
    const { armed } = this;
    if (!armed || (isAlone && armed.strike.kind === "rival") || --armed.after > 0) return;
    this.armed = null;
    this.hits[armed.strike.kind]++;
    if (armed.strike.kind === "rival") return void (await armed.strike.deed());
    this.isDead = true;
    throw new Crash();
  }
}

/** The same database, with a point before each transaction, before its commit, and after it. */
export function struckDatabase(db: Database, points: Points): Database {
  const write: Database["write"] = async (work, options) => {
    await points.pass();
    const value = await db.write(async (tx) => {
      const done = await work(tx);
      await points.pass(true);
      return done;
    }, options);
    await points.pass();
    return value;
  };
  return Object.assign(Object.create(db), { write });
}

/** The same store, with a point before and after whatever changes it. */
export function struckStore<S extends ObjectStore>(store: S, points: Points): S {
  const around =
    <A extends unknown[]>(call: (...given: A) => Promise<void>) =>
    async (...given: A) => {
      await points.pass();
      await call.apply(store, given);
      await points.pass();
    };
  const { write, commit, remove, abort, setClass, setLock } = store;
  return Object.assign(Object.create(store), {
    write: around(write),
    commit: around(commit),
    remove: around(remove),
    abort: around(abort),
    setClass: around(setClass),
    setLock: around(setLock),
  });
}
