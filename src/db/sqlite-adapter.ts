import { DatabaseSync, type StatementSyncInstance } from "@photostructure/sqlite";

type Bound = string | number | bigint | null | Uint8Array;

/** Binds strictly: what the engine would cut or turn into NULL is an error here. */
function bound(value: unknown): Bound {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return boundNumber(value);
  if (typeof value === "bigint" || value instanceof Uint8Array) return value;
  if (typeof value === "string") {
    if (value.includes("\u0000")) throw new TypeError("a text with NUL cannot be stored");
    return value;
  }
  throw new TypeError(`cannot bind a ${Object.prototype.toString.call(value)}`);
}

/**
 * A text with NUL is in no row, and what is asked for may be one: as bytes it equals none, as on MySQL, where the engine
 * would otherwise cut it short and find another.
 */
function sought(value: unknown): Bound {
  return typeof value === "string" && value.includes("\u0000") ? Buffer.from(value) : bound(value);
}

/**
 * The driver takes what lies less than 2.2e-16 above a whole number for that number, so a tiny one would become 0. As
 * text, a column of numbers takes it to the last digit.
 */
function boundNumber(value: number): Bound {
  if (!Number.isFinite(value)) throw new TypeError(`${value} cannot be stored`);
  return value > 0 && value < Number.EPSILON ? String(value) : value;
}

/** One prepared statement, in the shape TypeORM's better-sqlite3 driver expects. */
class Statement {
  readonly reader: boolean;

  private readonly statement: StatementSyncInstance;

  /** Holds its database: the driver's statements do not, and one that outlives it reads freed memory. */
  constructor(
    protected readonly database: InstanceType<typeof DatabaseSync>,
    sql: string,
  ) {
    this.statement = database.prepare(sql);
    this.reader = this.statement.columns().length > 0;
  }

  all(...values: unknown[]): unknown[] {
    return this.statement.all(...values.map(sought));
  }

  run(...values: unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.statement.run(...values.map(bound));
  }
}

/**
 * On a full disk or an I/O error the engine rolls back by itself. TypeORM's ROLLBACK would then fail, and leave it
 * believing in a transaction: later ones would be savepoints of it, acknowledged and never committed.
 */
class Rollback extends Statement {
  constructor(database: InstanceType<typeof DatabaseSync>) {
    super(database, "ROLLBACK");
  }

  override run(): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.database.isTransaction ? super.run() : { changes: 0, lastInsertRowid: 0 };
  }
}

/**
 * The node:sqlite API behind the interface of better-sqlite3, so that TypeORM's driver of that name runs on it.
 * TypeORM only ever says BEGIN TRANSACTION, which is deferred: a second process that reads, then writes, would get
 * BUSY whatever the timeout. On a writing connection it becomes BEGIN IMMEDIATE.
 */
class SqliteAdapter {
  protected readonly beginning: string = "BEGIN TRANSACTION";
  private readonly database: InstanceType<typeof DatabaseSync>;

  constructor(path: string, options: { timeout?: number }) {
    this.database = new DatabaseSync(path, { timeout: options.timeout ?? 0 });
    // As on MySQL, whose texts are compared byte by byte.
    this.database.exec("PRAGMA case_sensitive_like = ON");
  }

  prepare(sql: string): Statement {
    if (sql === "ROLLBACK") return new Rollback(this.database);
    return new Statement(this.database, sql === "BEGIN TRANSACTION" ? this.beginning : sql);
  }

  exec(sql: string): void {
    this.database.exec(sql);
  }

  pragma(text: string): unknown {
    return this.database.prepare(`PRAGMA ${text}`).all();
  }

  close(): void {
    this.database.close();
  }
}

export class WritingSqlite extends SqliteAdapter {
  protected override readonly beginning = "BEGIN IMMEDIATE";
}

export class ReadingSqlite extends SqliteAdapter {}
