import type { Dialect } from "../db/dialect.ts";
import { among, chunksOf, type Sql, sql } from "../db/sql.ts";

type Engine = Dialect["engine"];

// MariaDB changes its plan at 1,000 values; on SQLite a statement blocks the process, so it takes no more than this.
const idsPerStatement: Record<Engine, number> = { mysql: 999, mariadb: 999, sqlite: 2_000 };

/** Splits node numbers into what one statement takes. */
export function idChunks(engine: Engine, ids: readonly number[]): (readonly number[])[] {
  return ids.length <= idsPerStatement[engine] ? [ids] : [...chunksOf(ids, idsPerStatement[engine])];
}

/** `column` is one of these node numbers: on SQLite one parameter, so that every length is the same statement. */
export function amongIds(engine: Engine, column: Sql, ids: readonly number[]): Sql {
  if (engine !== "sqlite") return among(column, ids);
  return sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
}
