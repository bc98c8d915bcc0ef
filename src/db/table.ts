import type { QueryRunner } from "typeorm";

/** Column types both engines know, as TypeORM spells them in entities. */
type ColumnType =
  | "int unsigned"
  | "bigint"
  | "double"
  | "boolean"
  | "text"
  | "json"
  | `varchar(${number})`
  | "generated key";

/** `?` after the type makes the column nullable. */
type Column = ColumnType | `${ColumnType}?`;

/** A table of the common subset. */
export interface Table {
  columns: Record<string, Column>;
  /** Left out where a column is the `generated key`. */
  primaryKey?: string[];
  uniques?: Record<string, string[]>;
  indexes?: Record<string, string[]>;
  checks?: Record<string, string>;
}

function columnSql(name: string, type: string, isSqlite: boolean): string {
  if (type === "generated key") {
    return isSqlite
      ? `"${name}" integer PRIMARY KEY AUTOINCREMENT NOT NULL`
      : `\`${name}\` int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY`;
  }
  const isNullable = type.endsWith("?");
  const bare = isNullable ? type.slice(0, -1) : type;
  // As TypeORM spells an int there, or its schema diff wants to rebuild the table.
  if (isSqlite)
    return `"${name}" ${bare === "int unsigned" ? "integer" : bare}${isNullable ? "" : " NOT NULL"}`;
  return `\`${name}\` ${bare === "boolean" ? "tinyint(1)" : bare} ${isNullable ? "NULL" : "NOT NULL"}`;
}

/**
 * Creates the table if it is not there: DDL commits by itself on MySQL, so a migration that died halfway runs again.
 * No foreign keys: rows are never deleted (deletes are tombstones), and on MySQL each insert would lock its parents
 * in shared mode, which deadlocks with the model row's lock.
 */
export async function createTable(runner: QueryRunner, name: string, table: Table): Promise<void> {
  const isSqlite = isOnSqlite(runner);
  const quote = (word: string) => quoted(runner, word);
  const list = (columns: string[]) => columns.map(quote).join(", ");
  const lines = Object.entries(table.columns).map(([column, type]) => columnSql(column, type, isSqlite));
  if (table.primaryKey) lines.push(`PRIMARY KEY (${list(table.primaryKey)})`);
  const uniques = Object.entries(table.uniques ?? {});
  const indexes = Object.entries(table.indexes ?? {});
  if (!isSqlite) {
    for (const [index, columns] of uniques) lines.push(`UNIQUE INDEX ${quote(index)} (${list(columns)})`);
    for (const [index, columns] of indexes) lines.push(`INDEX ${quote(index)} (${list(columns)})`);
  }
  // Unquoted: with quotes, TypeORM's diff on SQLite wants to drop them.
  for (const [check, condition] of Object.entries(table.checks ?? {})) {
    lines.push(`CONSTRAINT ${check} CHECK (${condition})`);
  }
  const tail = isSqlite ? "" : " ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
  await runner.query(`CREATE TABLE IF NOT EXISTS ${quote(name)} (${lines.join(", ")})${tail}`);
  if (!isSqlite) return;
  for (const [index, columns] of uniques) {
    await runner.query(`CREATE UNIQUE INDEX IF NOT EXISTS "${index}" ON "${name}" (${list(columns)})`);
  }
  for (const [index, columns] of indexes) {
    await runner.query(`CREATE INDEX IF NOT EXISTS "${index}" ON "${name}" (${list(columns)})`);
  }
}

/**
 * The same rows in a table made anew, for SQLite: it alters neither a CHECK nor a column. `columns`: those that are there.
 * One that dies on the way has changed nothing, as DDL is transactional there.
 */
export async function remakeTable(
  runner: QueryRunner,
  name: string,
  table: Table,
  columns: readonly string[],
): Promise<void> {
  const { uniques: _uniques, indexes: _indexes, ...bare } = table; // Names of indexes are one for all tables there.
  const anew = `${name}_anew`;
  await createTable(runner, anew, bare);
  const list = columns.join(", ");
  await runner.query(`INSERT INTO ${anew} (${list}) SELECT ${list} FROM ${name}`);
  await runner.query(`DROP TABLE ${name}`);
  await runner.query(`ALTER TABLE ${anew} RENAME TO ${name}`);
  await createTable(runner, name, table);
}

/** Adds a column if it is not there; it must be nullable, as there are rows. */
export async function addColumn(
  runner: QueryRunner,
  table: string,
  name: string,
  type: `${ColumnType}?`,
): Promise<void> {
  if (await runner.hasColumn(table, name)) return;
  await runner.query(`ALTER TABLE ${table} ADD COLUMN ${columnSql(name, type, isOnSqlite(runner))}`);
}

/** Makes room for texts of more than 65,535 bytes in a column that may not be null. SQLite has it already. */
export async function widenText(runner: QueryRunner, table: string, name: string): Promise<void> {
  if (isOnSqlite(runner)) return;
  await runner.query(`ALTER TABLE ${table} MODIFY \`${name}\` mediumtext NOT NULL`);
}

/** Adds an index if it is not there. */
export async function addIndex(
  runner: QueryRunner,
  table: string,
  name: string,
  columns: readonly string[],
): Promise<void> {
  if (await hasIndex(runner, table, name)) return;
  const [index, on, ...keys] = [name, table, ...columns].map((word) => quoted(runner, word));
  await runner.query(`CREATE INDEX ${index} ON ${on} (${keys.join(", ")})`);
}

/** Drops an index if it is there. */
export async function dropIndex(runner: QueryRunner, table: string, name: string): Promise<void> {
  if (!(await hasIndex(runner, table, name))) return;
  await runner.query(`DROP INDEX ${name}${isOnSqlite(runner) ? "" : ` ON ${table}`}`);
}

async function hasIndex(runner: QueryRunner, table: string, name: string): Promise<boolean> {
  const found = await runner.getTable(table);
  return found?.indices.some((index) => index.name === name) ?? false;
}

export type Row = Record<string, string | number | null>;

/** Inserts a row if there is none with its key: a migration that died halfway runs again. */
export async function insertIfMissing(
  runner: QueryRunner,
  table: string,
  key: string,
  row: Row,
): Promise<void> {
  const [found] = await runner.query(`SELECT 1 AS found FROM ${table} WHERE ${key} = ?`, [row[key]]);
  if (found) return;
  const columns = Object.keys(row);
  const marks = columns.map(() => "?").join(", ");
  await runner.query(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks})`, Object.values(row));
}

function quoted(runner: QueryRunner, word: string): string {
  return isOnSqlite(runner) ? `"${word}"` : `\`${word}\``;
}

export function isOnSqlite(runner: QueryRunner): boolean {
  return runner.dataSource.options.type === "better-sqlite3";
}
