import { administrator } from "../../src/access/authenticate.ts";
import type { DatabaseSettings } from "../../src/config.ts";
import type { Database } from "../../src/db/database.ts";
import { type Reader, type Sql, sql } from "../../src/db/sql.ts";
import type { Transaction } from "../../src/db/transaction.ts";
import type { RegistryEvent } from "../../src/journal/event.entity.ts";
import { eventColumns, eventOfRow, Feed } from "../../src/journal/feed.ts";
import { type EventDraft, Journal, type Recorded } from "../../src/journal/journal.ts";
import { emptyDatabase, openDatabase } from "./engines.ts";

export const writer = administrator;

/** A journal of the test's own, its feed, and a clock that goes where it is put. */
export class JournalWorld {
  /** Epoch ms. */
  now = Date.UTC(2026, 0, 1);

  readonly journal: Journal;

  private constructor(
    readonly settings: DatabaseSettings,
    readonly db: Database,
    readonly feed: Feed,
  ) {
    this.journal = new Journal(() => this.now, feed.wake);
  }

  /** On a database of its own, or on that of another world as another process would be. */
  static async open(settings?: DatabaseSettings): Promise<JournalWorld> {
    const own = settings ?? (await emptyDatabase());
    const db = await openDatabase(own);
    return new JournalWorld(own, db, new Feed(db));
  }

  record(tx: Transaction, draft: Partial<EventDraft> = {}): Recorded {
    return this.journal.record(tx, writer, { type: "note.made", subject: 1, body: {}, ...draft });
  }

  /** One transaction with one event for each draft. */
  write(...drafts: Partial<EventDraft>[]): Promise<Recorded[]> {
    return this.db.write(async (tx) => drafts.map((draft) => this.record(tx, draft)));
  }

  events(): Promise<RegistryEvent[]> {
    return eventsOf(this.db.read, sql`1 = 1`);
  }
}

export async function eventsOf(reader: Reader, condition: Sql): Promise<RegistryEvent[]> {
  const rows = await reader.query<object>(
    sql`SELECT ${eventColumns} FROM event WHERE ${condition} ORDER BY seq`,
  );
  return rows.map(eventOfRow);
}

/** Runs `work` for 0 … count−1, `width` at a time. */
export async function atOnce(width: number, count: number, work: (index: number) => Promise<unknown>) {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
