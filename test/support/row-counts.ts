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

/** How many rows each table holds. */
export async function rowCounts(settings: DatabaseSettings): Promise<Record<string, number>> {
  const tables = await rowsOf(
    settings,
    settings.engine === "sqlite"
      ? "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
      : "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name",
  );
  const counts = tables.map(({ name }) => `SELECT '${name}' AS name, COUNT(*) AS total FROM ${name}`);
  const rows = await rowsOf(settings, counts.join(" UNION ALL "));
  return Object.fromEntries(rows.map(({ name, total }) => [String(name), Number(total)]));
}
