import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { DatabaseSync, type StatementSyncInstance } from "@photostructure/sqlite";
import type { KeyValue } from "../../client/import-batch.ts";
import { SourceError } from "./source.ts";

type Database = InstanceType<typeof DatabaseSync>;

export type Row = Record<string, unknown>;

/** A stranger's SQLite file, opened for reading only and seen as it stood at the first question. */
export class SqliteFile {
  private readonly database: Database;
  private readonly readings: Reading[] = [];
  private readonly columnsOf = new Map<string, Set<string>>();

  constructor(path: string, label: string) {
    try {
      this.database = openReadOnly(path);
    } catch (cause) {
      throw new SourceError(`${label} cannot be opened: ${(cause as Error).message}`);
    }
  }

  /** Columns of a table, none where there is no such table. */
  columns(table: string): ReadonlySet<string> {
    const known = this.columnsOf.get(table);
    if (known) return known;
    const rows = this.all("SELECT name FROM pragma_table_info(?)", table);
    const columns = new Set(rows.map((row) => String(row.name)));
    this.columnsOf.set(table, columns);
    return columns;
  }

  has(table: string): boolean {
    return this.columns(table).size > 0;
  }

  /**
   * A select list of columns as texts (a number may be longer than JavaScript's), with NULL for those that this
   * version of the schema does not have.
   */
  texts(table: string, alias: string, columns: readonly string[]): string {
    const there = this.columns(table);
    return columns
      .map((column) =>
        there.has(column) ? `CAST(${alias}."${column}" AS TEXT) AS "${column}"` : `NULL AS "${column}"`,
      )
      .join(", ");
  }

  all(sql: string, ...values: (string | number)[]): Row[] {
    return this.database.prepare(sql).all(...values) as Row[];
  }

  /** Rows one by one, until close(). Others may be read meanwhile, and anything awaited. */
  rows(sql: string): IterableIterator<Row> {
    const reading = new Reading(this.database, this.database.prepare(sql));
    this.readings.push(reading);
    return reading;
  }

  /** Small side tables as pairs by owner; empty where the schema is too old to have the table. */
  pairs(table: string, owner: string, key: string, value: string): Map<string, KeyValue[]> {
    if (!this.has(table)) return new Map();
    const columns = `CAST("${owner}" AS TEXT) AS owner, "${key}" AS "key", CAST("${value}" AS TEXT) AS value`;
    return grouped(this.all(`SELECT ${columns} FROM "${table}" ORDER BY 1, 2`));
  }

  /** Fills a temporary table of this connection: the file itself stays as it is. */
  remember(table: string, ids: Iterable<string>): void {
    this.database.exec(`DROP TABLE IF EXISTS temp."${table}"`);
    this.database.exec(`CREATE TEMP TABLE "${table}" (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)`);
    const insert = this.database.prepare(`INSERT INTO temp."${table}" (id) VALUES (?)`);
    for (const id of ids) insert.run(id);
  }

  /** Ends what is still being read. The driver lets go of the file later; nobody has to wait for its lock. */
  close(): void {
    for (const reading of this.readings) reading.return();
    if (this.database.isTransaction) this.database.exec("ROLLBACK");
    this.database.close();
  }
}

/**
 * The driver's iterator points to its statement, and that to its database, without keeping either: the garbage
 * collector would free what is still read, and the next row would take the process with it. This keeps both.
 */
class Reading implements IterableIterator<Row> {
  private readonly rows: Iterator<Row>;

  constructor(
    readonly database: Database,
    readonly statement: StatementSyncInstance,
  ) {
    this.rows = statement.iterate() as Iterator<Row>;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<Row> {
    return this.rows.next();
  }

  return(): IteratorResult<Row> {
    if (this.database.isOpen) this.rows.return?.();
    return { done: true, value: undefined };
  }
}

/** Rows with `owner`, `key` and `value` as pairs by owner. */
export function grouped(rows: Row[]): Map<string, KeyValue[]> {
  const groups = new Map<string, KeyValue[]>();
  for (const row of rows) {
    const owner = String(row.owner);
    const group = groups.get(owner) ?? [];
    group.push(pairOf(row));
    groups.set(owner, group);
  }
  return groups;
}

export function pairOf(row: Row): KeyValue {
  return { key: String(row.key), value: text(row.value) ?? "" };
}

/** A column as a text; null for NULL. */
export function text(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

function openReadOnly(path: string): Database {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 2_000 });
  try {
    database.exec("PRAGMA trusted_schema = OFF; BEGIN");
    database.prepare("SELECT count(*) FROM sqlite_master").get();
    return database;
  } catch (cause) {
    database.close();
    // A database in WAL mode on read-only ground: with no log beside it nobody writes, and its one file is the whole.
    if (existsSync(`${path}-wal`)) throw cause;
    const frozen = new DatabaseSync(`${pathToFileURL(path).href}?immutable=1`, { readOnly: true });
    frozen.exec("PRAGMA trusted_schema = OFF; BEGIN");
    frozen.prepare("SELECT count(*) FROM sqlite_master").get();
    return frozen;
  }
}
