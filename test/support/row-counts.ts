import { DatabaseSync } from "@photostructure/sqlite";
import { createConnection } from "mysql2/promise";
import type { DatabaseSettings } from "../../src/config.ts";

type Row = Record<string, unknown>;

/** A connection that goes behind the server's back: what is half-written shows there. */
interface Line {
  /** A statement that may be asked again and again. */
  question(statement: string): () => Promise<Row[]>;
  close(): Promise<void>;
}

async function lineTo(settings: DatabaseSettings): Promise<Line> {
  if (settings.engine === "sqlite") {
    const database = new DatabaseSync(settings.path, { readOnly: true, timeout: 5_000 });
    return {
      question: (statement) => {
        const prepared = database.prepare(statement);
        return async () => prepared.all() as Row[];
      },
      close: async () => database.close(),
    };
  }
  const connection = await createConnection(settings.url);
  return {
    // The driver prepares each text once.
    question: (statement) => async () => (await connection.execute(statement))[0] as Row[],
    close: () => connection.end(),
  };
}

export async function rowsOf(settings: DatabaseSettings, statement: string): Promise<Row[]> {
  const line = await lineTo(settings);
  try {
    return await line.question(statement)();
  } finally {
    await line.close();
  }
}

/** How many rows each table holds. */
export async function rowCounts(settings: DatabaseSettings): Promise<Record<string, number>> {
  const counter = await RowCounter.on(settings);
  try {
    return await counter.counts();
  } finally {
    await counter.close();
  }
}

/** The same over one connection, for those who count again and again. Tables are looked up once: a start makes them all. */
export class RowCounter {
  private constructor(
    private readonly count: () => Promise<Row[]>,
    readonly close: () => Promise<void>,
  ) {}

  static async on(settings: DatabaseSettings): Promise<RowCounter> {
    const line = await lineTo(settings);
    const tables = await line.question(
      settings.engine === "sqlite"
        ? "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        : "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name",
    )();
    const counts = tables.map(({ name }) => `SELECT '${name}' AS name, COUNT(*) AS total FROM ${name}`);
    return new RowCounter(line.question(counts.join(" UNION ALL ")), line.close);
  }

  async counts(): Promise<Record<string, number>> {
    const rows = await this.count();
    return Object.fromEntries(rows.map(({ name, total }) => [String(name), Number(total)]));
  }
}
