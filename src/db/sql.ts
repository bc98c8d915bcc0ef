import sqlTag, { empty, join, raw, type Sql } from "sql-template-tag";
import type { Dialect } from "./dialect.ts";

export { empty, join, raw, type Sql };

/** Statements are built by this tag alone, so every value is a parameter: sql`SELECT … WHERE id IN (${join(ids)})`. */
export const sql = sqlTag;

export type SqlValue = string | number | boolean | null;

/** Runs one reading statement and returns its rows as plain objects. */
export interface Reader {
  readonly dialect: Dialect;
  query<Row>(statement: Sql): Promise<Row[]>;
}

/** What loaders read from: the database or, where a decision rests on what they load, the transaction that it is taken in. */
export interface Readable {
  readonly read: Reader;
}

/** All of these conditions; true where there is none. */
export function every(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql`1 = 1` : sql`(${join([...conditions], " AND ")})`;
}

/** Any of these conditions; false where there is none. */
export function some(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql`1 = 0` : sql`(${join([...conditions], " OR ")})`;
}

/** `column IN (values)`; false where there is none. */
export function among(column: Sql, values: readonly SqlValue[]): Sql {
  return values.length === 0 ? sql`1 = 0` : sql`${column} IN (${join([...values])})`;
}

/** Several SELECTs, each cut by its own LIMIT, as one statement; their rows one after another. */
export function unionAll({ dialect }: Reader, selects: readonly Sql[]): Sql {
  return selects.length === 1 ? selects[0]! : join(selects.map(dialect.term), " UNION ALL ");
}

/** Splits what would exceed an engine's parameter or IN-list limit (MariaDB changes its plan at 1,000). */
export function* chunksOf<T>(items: Iterable<T>, size: number): Generator<T[], void> {
  let chunk: T[] = [];
  for (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
