import type { EventEmitter } from "node:events";
import { DataSource, type DataSourceOptions } from "typeorm";
import type { DatabaseSettings } from "../config.ts";
import { type Dialect, mysqlDialect, sqliteDialect } from "./dialect.ts";
import { migrations } from "./migrations/migrations.ts";
import { readDoublesExactly } from "./mysql-doubles.ts";
import { ReadingSqlite, WritingSqlite } from "./sqlite-adapter.ts";

type Entities = EntityClass[];

/** A class with @Entity. */
export type EntityClass = new () => object;

/**
 * The connections behind a Database. Reads never share the writer's: on SQLite they would see its uncommitted rows; on
 * MySQL a read through the same pool inside a write hangs for ever once the pool is full.
 */
export interface Sources {
  readonly dialect: Dialect;
  readonly writer: DataSource;
  readonly reader: DataSource;
  /** One reading statement by itself, on one of the reader's connections. */
  read(text: string, values: unknown[]): Promise<unknown>;
  /** For `snapshot`; the reader's own pool on MySQL, a third connection on SQLite. */
  readonly snapshots: DataSource;
}

const busyTimeoutMillis = 50; // The wait blocks the event loop; db.write waits longer, asynchronously.
const mostTries = 400; // some 18 s: others may be migrating

async function openSqlite(path: string, entities: Entities): Promise<Sources> {
  const options = (driver: unknown): DataSourceOptions => ({
    type: "better-sqlite3",
    database: path,
    driver,
    entities,
    migrations,
    migrationsTableName: "migration",
    timeout: busyTimeoutMillis,
    statementCacheSize: 500,
  });
  const connect = (driver: unknown) => withOneText(new DataSource(options(driver))).initialize();
  const writer = await connect(WritingSqlite);
  // WAL with NORMAL lost acknowledged commits in simulated power cuts; FULL lost none. Set, and read back.
  await retryBusy(() => writer.query("PRAGMA journal_mode = WAL"));
  await retryBusy(() => writer.query("PRAGMA synchronous = FULL"));
  const [setting] = await retryBusy(() => writer.query("PRAGMA synchronous"));
  if (setting.synchronous !== 2)
    throw new Error(`SQLite refused synchronous=FULL (answers ${setting.synchronous})`);
  const open = async () => {
    const source = await connect(ReadingSqlite);
    await retryBusy(() => source.query("PRAGMA query_only = ON"));
    return source;
  };
  const reader = await open();
  const read: Sources["read"] = (text, values) => reader.query(text, values);
  return { dialect: sqliteDialect, writer, reader, read, snapshots: await open() };
}

/** SQLite's one kind of text is of any length; entities say which ones MySQL must have more room for. */
function withOneText(source: DataSource): DataSource {
  const { driver } = source;
  const normal = driver.normalizeType.bind(driver);
  driver.normalizeType = (column) => (column.type === "mediumtext" ? "text" : normal(column));
  return source;
}

/** Switching to WAL needs the file for itself for a moment, and so does whoever comes first to it; several may start at once. */
async function retryBusy<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries >= mostTries || sqliteDialect.meaningOf(error) !== "retry") throw error;
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 50));
    }
  }
}

/** Statements that wait for a connection of one pool: about a second's work. Those beyond are refused as UNAVAILABLE. */
const mostQueued = 4_096;

function mysqlOptions(
  engine: "mysql" | "mariadb",
  url: string,
  poolSize: number,
  entities: Entities,
): DataSourceOptions {
  return {
    type: engine,
    url,
    poolSize,
    entities,
    migrations,
    migrationsTableName: "migration",
    charset: "utf8mb4_bin",
    timezone: "Z",
    supportBigNumbers: true,
    bigNumberStrings: false,
    connectTimeout: 5_000,
    extra: {
      jsonStrings: true,
      maxIdle: poolSize,
      waitForConnections: true,
      queueLimit: mostQueued,
    },
  } as DataSourceOptions;
}

/**
 * TypeORM needs "mariadb" for MariaDB: told "mysql", its schema diff wants to drop and re-add JSON columns. Throws where
 * the server is set up so that rows would be cut or misnumbered in silence.
 */
async function engineOf(url: string): Promise<"mysql" | "mariadb"> {
  const probe = await new DataSource(mysqlOptions("mysql", url, 1, [])).initialize();
  try {
    const [row] = await probe.query(
      "SELECT VERSION() AS version, @@sql_mode AS mode, @@auto_increment_increment AS step",
    );
    // Without strict mode, what is too long is cut; without backslash escapes, the driver's quoting does not hold.
    if (!/STRICT_(TRANS|ALL)_TABLES/.test(row.mode) || /NO_BACKSLASH_ESCAPES/.test(row.mode)) {
      throw new Error(
        `the database server needs sql_mode STRICT_TRANS_TABLES and not NO_BACKSLASH_ESCAPES; it has "${row.mode}"`,
      );
    }
    // The keys of a block of rows are counted on from its first (see Transaction.insertNumbered).
    if (Number(row.step) !== 1) {
      throw new Error(`the database server needs auto_increment_increment = 1; it has ${row.step}`);
    }
    return /mariadb/i.test(row.version) ? "mariadb" : "mysql";
  } finally {
    await probe.destroy();
  }
}

async function openMysql(
  url: string,
  poolSize: number,
  entities: Entities,
  readSeconds: number,
): Promise<Sources> {
  readDoublesExactly();
  const engine = await engineOf(url);
  const open = () => new DataSource(mysqlOptions(engine, url, poolSize, entities)).initialize();
  const [writer, reader] = [await open(), await open()];
  const read = await readerOf(reader, timeLimit(engine, readSeconds));
  return { dialect: mysqlDialect(engine), writer, reader, read, snapshots: reader };
}

/** For one connection: its statements are ended by the server then, whether or not somebody still waits for them. */
function timeLimit(engine: "mysql" | "mariadb", seconds: number): string {
  return engine === "mysql"
    ? `SET SESSION max_execution_time = ${Math.ceil(seconds * 1_000)}`
    : `SET SESSION max_statement_time = ${seconds}`;
}

type Answer = (error: Error | null, rows: unknown) => void;

interface MysqlConnection extends EventEmitter {
  query(text: string): void;
}

/** What TypeORM keeps behind `driver`, as far as it is used here. */
interface MysqlPool {
  query(text: string, values: unknown[], answer: Answer): void;
  on(event: "connection", listener: (connection: MysqlConnection) => void): void;
}

/** Straight to the driver: TypeORM's query runner takes as long again as the driver for a small read. */
async function readerOf(source: DataSource, setUp: string): Promise<Sources["read"]> {
  const { pool } = source.driver as unknown as { pool: MysqlPool };
  pool.on("connection", (connection) => {
    // One that breaks leaves the pool by itself; an error nobody listens to would end the process.
    connection.on("error", () => {});
    connection.query(setUp);
  });
  const read: Sources["read"] = (text, values) =>
    new Promise((resolve, reject) => {
      pool.query(text, values, (error, rows) => (error ? reject(error) : resolve(rows)));
    });
  // TypeORM has opened one already, and no other is there yet.
  await read(setUp, []);
  return read;
}

/** SQLite knows no limit for the time of a read; its statements are short, and nothing else runs meanwhile. */
export function openSources(
  settings: DatabaseSettings,
  entities: Entities,
  readSeconds: number,
): Promise<Sources> {
  return settings.engine === "sqlite"
    ? openSqlite(settings.path, entities)
    : openMysql(settings.url, settings.poolSize, entities, readSeconds);
}
