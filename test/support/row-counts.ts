import { DatabaseSync } from "@photostructure/sqlite";
import { createConnection } from "mysql2/promise";
import type { DatabaseSettings } from "../../src/config.ts";

type Row = Record<string, unknown>;

/** Asks the database behind the server's back: what is half-written shows here. */
export async function rowsOf(settings: DatabaseSettings, statement: string): Promise<Row[]> {
  if (settings.engine === "sqlite") {
    const database = new DatabaseSync(settings.path, { readOnly: true, timeout: 5_000 });
    try {
      return database.prepare(statement).all() as Row[];
    } finally {
      database.close();
    }
  }
  const connection = await createConnection(settings.url);
  try {
    const [rows] = await connection.query(statement);
    return rows as Row[];
  } finally {
    await connection.end();
  }
}

type Ask = (statement: string) => Promise<Row[]>;

async function countsBy(ask: Ask, settings: DatabaseSettings): Promise<Record<string, number>> {
  const tables = await ask(
    settings.engine === "sqlite"
      ? "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
      : "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name",
  );
  const counts = tables.map(({ name }) => `SELECT '${name}' AS name, COUNT(*) AS total FROM ${name}`);
  const rows = await ask(counts.join(" UNION ALL "));
  return Object.fromEntries(rows.map(({ name, total }) => [String(name), Number(total)]));
}

/** How many rows each table holds. */
export function rowCounts(settings: DatabaseSettings): Promise<Record<string, number>> {
  return countsBy((statement) => rowsOf(settings, statement), settings);
}

/** The same over one connection, for those who count again and again. */
export class RowCounter {
  private constructor(
    private readonly settings: DatabaseSettings,
    private readonly ask: Ask,
    readonly close: () => Promise<void>,
  ) {}

  static async on(settings: DatabaseSettings): Promise<RowCounter> {
    if (settings.engine === "sqlite") {
      const database = new DatabaseSync(settings.path, { readOnly: true, timeout: 5_000 });
      const ask: Ask = async (statement) => database.prepare(statement).all() as Row[];
      return new RowCounter(settings, ask, async () => database.close());
    }
    const connection = await createConnection(settings.url);
    const ask: Ask = async (statement) => (await connection.query(statement))[0] as Row[];
    return new RowCounter(settings, ask, () => connection.end());
  }

  counts(): Promise<Record<string, number>> {
    return countsBy(this.ask, this.settings);
  }
}
