import { type Sql, sql } from "./sql.ts";

/** What differs between the engines, in one place. Everything else is the common subset of MySQL 8.4, MariaDB 10.11 and SQLite. */
export interface Dialect {
  readonly engine: "sqlite" | "mysql" | "mariadb";
  /** Ends a SELECT that must hold its rows until commit; SQLite's writer is alone anyway. */
  readonly forUpdate: "" | " FOR UPDATE";
  /** The same for rows that others may read and hold, too, but not change. The old words: MariaDB knows no FOR SHARE. */
  readonly forShare: "" | " LOCK IN SHARE MODE";
  /**
   * A SELECT with an ORDER BY and LIMIT of its own, as one term of a UNION ALL. In brackets MySQL streams it; as a derived
   * table it would be copied to disk for its text columns, and fifty at once have crashed MariaDB 10.11. SQLite knows
   * no such brackets and copies nothing.
   */
  term(select: Sql): Sql;
  /** What a database error means to us; null where it is a fault. */
  meaningOf(error: unknown): DatabaseErrorMeaning | null;
}

/**
 * `retry`: nothing happened, do all of it again. `duplicate`: a unique key holds it. `gone`: the database does not
 * answer. `busy`: too many wait for a connection already. `late`: a read took longer than it may.
 */
export type DatabaseErrorMeaning = "retry" | "duplicate" | "gone" | "busy" | "late" | "full";

interface DriverError {
  errno?: number;
  errcode?: number;
  code?: string;
  sqlState?: string;
  message?: string;
}

/** TypeORM wraps what the driver threw; `cause` chains may hide it further. */
function driverErrorOf(error: unknown): DriverError {
  const wrapped = error as { driverError?: unknown; cause?: unknown };
  return (wrapped?.driverError ?? wrapped?.cause ?? error ?? {}) as DriverError;
}

// Deadlock, lock wait timeout, snapshot conflict (MariaDB), XA deadlock. By number: mysql2 misnames some.
const mysqlRetry = new Set([1213, 1205, 1020, 1614]);
// Connection lost or refused, server shutting down or starting, too many connections, read-only while failing over.
const mysqlGone = new Set([1053, 1040, 1077, 1152, 1159, 1161, 1290, 1927, 2006, 2013]);
const socketGone =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|PROTOCOL_CONNECTION_LOST|PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR|ER_SERVER_SHUTDOWN|ENOENT)$/;

function mysqlMeaning(error: unknown): DatabaseErrorMeaning | null {
  const { errno, code, sqlState } = driverErrorOf(error);
  if ((errno && mysqlRetry.has(errno)) || sqlState === "40001") return "retry";
  if (errno === 1062) return "duplicate";
  // max_execution_time of MySQL, max_statement_time of MariaDB.
  if (errno === 3024 || errno === 1969) return "late";
  if (errno === 1021 || errno === 1114) return "full";
  if ((errno && mysqlGone.has(errno)) || (code && socketGone.test(code))) return "gone";
  // mysql2 says these in words only.
  const message = error instanceof Error ? error.message : "";
  if (/Queue limit reached/i.test(message)) return "busy";
  return /closed state|Connection lost|Pool is closed/i.test(message) ? "gone" : null;
}

/** Primary codes by SQLite's own words (sqlite3_errstr): the driver gives no code where a statement that reads fails. */
const sqliteCodes: ReadonlyMap<string | undefined, number> = new Map([
  ["database is locked", 5],
  ["database table is locked", 6],
  ["disk I/O error", 10],
  ["database or disk is full", 13],
  ["unable to open database file", 14],
]);

function sqliteMeaning(error: unknown): DatabaseErrorMeaning | null {
  const { errcode: told, message } = driverErrorOf(error);
  const errcode = told ?? sqliteCodes.get(message);
  if (errcode === undefined) return null;
  if (errcode === 2067 || errcode === 1555) return "duplicate";
  // The low byte is the primary code: 5 busy, 6 locked, 13 full, 14 cannot open, 10 I/O error.
  const primary = errcode & 0xff;
  if (primary === 5 || primary === 6) return "retry";
  if (primary === 13) return "full";
  return primary === 14 || primary === 10 ? "gone" : null;
}

export const sqliteDialect: Dialect = {
  engine: "sqlite",
  forUpdate: "",
  forShare: "",
  term: (select) => sql`SELECT * FROM (${select}) AS term`,
  meaningOf: sqliteMeaning,
};

export function mysqlDialect(engine: "mysql" | "mariadb"): Dialect {
  return {
    engine,
    forUpdate: " FOR UPDATE",
    forShare: " LOCK IN SHARE MODE",
    term: (select) => sql`(${select})`,
    meaningOf: mysqlMeaning,
  };
}
