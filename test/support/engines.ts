import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createConnection } from "mysql2/promise";
import type { DataSource } from "typeorm";
import { inject, onTestFinished } from "vitest";
import type { DatabaseSettings } from "../../src/config.ts";
import { Database, type DatabaseOptions } from "../../src/db/database.ts";
import { openSources } from "../../src/db/sources.ts";
import { journalEntities } from "./entities.ts";
import { fastFolder } from "./mariadb.ts";

export type Engine = "sqlite" | "mysql";

declare module "vitest" {
  export interface ProvidedContext {
    engine: Engine;
    /** `mysql://…` of the server, without a database. */
    mysqlUrl: string;
  }
}

/** The engine this file runs on now. Each contract and API test runs once on each. */
export function engine(): Engine {
  return inject("engine");
}

/** A database of one test's own: empty, not migrated. */
export interface TestDatabase {
  settings: DatabaseSettings;
  drop(): Promise<void>;
}

const poolSize = 20;

export async function freshSqlite(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(await fastFolder(), "stemma-sqlite-"));
  return {
    settings: { engine: "sqlite", path: join(folder, "stemma.db") },
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}

/** An empty database on this server (a `mysql://` URL without a database). */
export async function freshMysql(serverUrl: string): Promise<TestDatabase> {
  const name = `stemma_test_${randomBytes(6).toString("hex")}`;
  const ask = async (statement: string) => {
    const connection = await createConnection(serverUrl);
    try {
      await connection.query(statement);
    } finally {
      await connection.end();
    }
  };
  await ask(`CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const settings: DatabaseSettings = { engine: "mysql", url: url.href, poolSize };
  return {
    settings,
    drop: async () => {
      await ask(`DROP DATABASE IF EXISTS ${name}`);
      await rm(objectFolderOf(settings), { recursive: true, force: true });
    },
  };
}

/** Where the servers on this database keep bytes: one folder for all of them. */
export function objectFolderOf(settings: DatabaseSettings): string {
  if (settings.engine === "sqlite") return join(dirname(settings.path), "objects");
  return join(tmpdir(), `stemma-objects-${new URL(settings.url).pathname.slice(1)}`);
}

export function freshDatabase(): Promise<TestDatabase> {
  return engine() === "sqlite" ? freshSqlite() : freshMysql(inject("mysqlUrl"));
}

let template: Promise<string> | null = null;

/** A file that has been migrated, for copies of it: to migrate each anew takes longer than all else of a server's start. */
async function migratedSqlite(): Promise<string> {
  const { settings, drop } = await freshSqlite();
  process.on("exit", () => rmSync(dirname(sqlitePathOf(settings)), { recursive: true, force: true }));
  try {
    await (await Database.open(settings, journalEntities)).close();
    return sqlitePathOf(settings);
  } catch (error) {
    await drop();
    throw error;
  }
}

function sqlitePathOf(settings: DatabaseSettings): string {
  if (settings.engine !== "sqlite") throw new Error("no SQLite");
  return settings.path;
}

/** One whose tables are there, as after a first start. */
export async function migratedDatabase(): Promise<TestDatabase> {
  const fresh = await freshDatabase();
  if (fresh.settings.engine === "sqlite") {
    template ??= migratedSqlite();
    await copyFile(await template, fresh.settings.path);
  }
  return fresh;
}

/** Opens and migrates. Closed when the test ends. */
export async function openDatabase(
  settings: DatabaseSettings,
  options: DatabaseOptions = {},
): Promise<Database> {
  const database = await Database.open(settings, journalEntities, options);
  onTestFinished(() => database.close());
  return database;
}

/** An empty database, dropped when the test ends. */
export async function emptyDatabase(): Promise<DatabaseSettings> {
  const fresh = await freshDatabase();
  onTestFinished(() => fresh.drop());
  return fresh.settings;
}

/** An open, migrated database of the test's own; closed and dropped when the test ends. */
export async function database(options: DatabaseOptions = {}): Promise<Database> {
  return openDatabase(await emptyDatabase(), options);
}

/** The writing source of an empty database that has been migrated; closed and dropped when the test ends. */
export async function migratedWriter(): Promise<DataSource> {
  const settings = await emptyDatabase();
  await (await Database.open(settings, [])).close();
  const { writer, reader, snapshots } = await openSources(settings, [], 30);
  onTestFinished(async () => {
    for (const source of new Set([writer, reader, snapshots])) await source.destroy();
  });
  return writer;
}
