import { Mutex } from "async-mutex";
import type { QueryRunner } from "typeorm";
import type { DatabaseSettings } from "../config.ts";
import { StemmaError } from "../kernel/errors.ts";
import { migrate } from "./migrate.ts";
import { backOff, mostAttempts } from "./retry.ts";
import { type EntityClass, openSources, type Sources } from "./sources.ts";
import { type Reader, type Sql, sql } from "./sql.ts";
import { Overtaken, Transaction } from "./transaction.ts";
import { Turns } from "./turns.ts";

const readyMillis = 2_000;
const usualReadSeconds = 30;
const tooBusy = "the database is too busy; try again";

export interface DatabaseOptions {
  /** Told of every statement, before it runs: counts in /metrics and in tests. */
  onStatement?: (statement: string) => void;
  /** How long one reading statement may take, where the engine can be told. */
  readSeconds?: number;
}

/**
 * One open database. `read` sees committed rows only, statement by statement; `snapshot` one consistent view over
 * several; `write` is a transaction, retried whole where the engine asks for it.
 */
export class Database {
  readonly read: Reader;
  readonly dialect: Sources["dialect"];
  /** SQLite has one writing connection: two transactions on it would interleave by savepoints. */
  private readonly turn = new Mutex();
  private readonly snapshotTurn = new Mutex();
  private readonly turns: Turns | null;
  private readonly onStatement: (statement: string) => void;

  private constructor(
    private readonly sources: Sources,
    options: DatabaseOptions,
  ) {
    this.dialect = sources.dialect;
    this.turns = this.dialect.engine === "sqlite" ? new Turns() : null;
    this.onStatement = options.onStatement ?? (() => {});
    this.read = { dialect: this.dialect, query: (statement) => this.ask(sources.read, statement) };
  }

  /** Opens and migrates. Several processes may do so at once; one migrates, the others wait for it. */
  static async open(
    settings: DatabaseSettings,
    entities: EntityClass[],
    options: DatabaseOptions = {},
  ): Promise<Database> {
    const sources = await openSources(settings, entities, options.readSeconds ?? usualReadSeconds);
    const database = new Database(sources, options);
    try {
      await migrate(sources);
    } catch (error) {
      await database.close();
      throw error;
    }
    return database;
  }

  /**
   * Runs `work` in one transaction, then its hooks, then COMMIT. All of it is done again on deadlock, lock timeout and
   * BUSY, so `work` must not act on anything but `tx`. Never again after a COMMIT whose outcome is unknown, unless
   * `mayRepeat` says that an idempotency key makes that safe.
   */
  async write<T>(work: (tx: Transaction) => Promise<T>, options: { mayRepeat?: boolean } = {}): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.attempt(work);
      if (outcome.done) return outcome.value;
      const meaning = outcome.error instanceof Overtaken ? "retry" : this.dialect.meaningOf(outcome.error);
      const again =
        meaning === "retry" || (meaning === "gone" && outcome.inCommit && options.mayRepeat === true);
      if (!again) throw this.translated(outcome.error, outcome.inCommit);
      if (attempt >= mostAttempts) throw unavailable(tooBusy);
      await backOff(attempt);
    }
  }

  /** Several statements over one consistent view. Nothing is written and nothing is locked. */
  async snapshot<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    if (this.dialect.engine !== "sqlite") return this.inSnapshot(work);
    return this.snapshotTurn.runExclusive(() => this.inSnapshot(work));
  }

  /** Whether the database answers, within two seconds. */
  async isReady(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, readyMillis, false);
    });
    const answered = this.read.query(sql`SELECT 1 AS ok`).then(
      () => true,
      () => false,
    );
    return Promise.race([answered, late]).finally(() => clearTimeout(timer));
  }

  async close(): Promise<void> {
    const { writer, reader, snapshots } = this.sources;
    if (this.dialect.engine === "sqlite" && writer.isInitialized) await this.foldLog();
    for (const source of new Set([snapshots, reader, writer])) {
      if (source.isInitialized) await source.destroy();
    }
  }

  /** Takes SQLite's log into its file; the driver's cached statements keep the engine from doing so when it closes. */
  private async foldLog(): Promise<void> {
    // Other processes may be reading; then the log stays, and is as good.
    await this.sources.writer.query("PRAGMA wal_checkpoint(TRUNCATE)").catch(() => {});
  }

  private async attempt<T>(work: (tx: Transaction) => Promise<T>): Promise<Attempt<T>> {
    if (this.dialect.engine !== "sqlite") return this.attemptOnce(work);
    return this.turn.runExclusive(() => this.attemptOnce(work));
  }

  private async attemptOnce<T>(work: (tx: Transaction) => Promise<T>): Promise<Attempt<T>> {
    const runner = this.sources.writer.createQueryRunner();
    let inCommit = false;
    let hasBegun = false;
    try {
      await runner.startTransaction(this.dialect.engine === "sqlite" ? undefined : "READ COMMITTED");
      hasBegun = true;
      const tx = new Transaction(runner, this.dialect, this.onStatement);
      const value = await work(tx);
      await tx.runHooks();
      inCommit = true;
      await runner.commitTransaction();
      tx.announce();
      return { done: true, value };
    } catch (error) {
      // A lock timeout rolls back only its statement: always roll back the rest, too.
      if (hasBegun) await this.rollBack(runner);
      return { done: false, error, inCommit };
    } finally {
      await runner.release();
    }
  }

  /** Only of what has begun: TypeORM counts depth, and on SQLite all transactions share one runner and its count. */
  private async rollBack(runner: QueryRunner): Promise<void> {
    try {
      if (runner.isTransactionActive) await runner.rollbackTransaction();
    } catch {
      // The connection is gone, and its transaction with it.
    }
  }

  private async inSnapshot<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    const runner = this.sources.snapshots.createQueryRunner();
    let hasBegun = false;
    try {
      await runner.startTransaction(this.dialect.engine === "sqlite" ? undefined : "REPEATABLE READ");
      hasBegun = true;
      const reader: Reader = {
        dialect: this.dialect,
        query: (statement) => this.ask((text, values) => runner.query(text, values), statement),
      };
      return await work(reader);
    } catch (error) {
      throw this.translated(error, false);
    } finally {
      if (hasBegun) await this.rollBack(runner);
      await runner.release();
    }
  }

  private async ask<Row>(read: Sources["read"], statement: Sql): Promise<Row[]> {
    if (this.turns?.isLong) await this.turns.pass();
    const text = statement.sql; // Put together with every look at it.
    this.onStatement(text);
    try {
      return (await read(text, statement.values)) as Row[];
    } catch (error) {
      throw this.translated(error, false);
    }
  }

  /** A database that does not answer is a state to tell, not a fault to hide. */
  private translated(error: unknown, inCommit: boolean): unknown {
    const meaning = error instanceof StemmaError ? null : this.dialect.meaningOf(error);
    if (meaning === "full") return unavailable("the database has no room left");
    if (meaning === "late")
      return new StemmaError("TIMEOUT", "the database took too long over one statement");
    if (meaning === "busy") return unavailable(tooBusy);
    if (meaning !== "gone") return error;
    return unavailable(
      inCommit
        ? "the database went away during commit: the outcome is unknown; repeat with the same idempotencyKey"
        : "the database does not answer; try again",
    );
  }
}

type Attempt<T> = { done: true; value: T } | { done: false; error: unknown; inCommit: boolean };

function unavailable(message: string): StemmaError {
  return new StemmaError("UNAVAILABLE", message);
}
