import type { Database } from "../db/database.ts";
import { empty, every, type Reader, type Sql, sql, unionAll } from "../db/sql.ts";
import { StemmaError } from "../kernel/errors.ts";
import { instanceOf } from "../kernel/node.ts";
import { RegistryEvent } from "./event.entity.ts";

const pollMillis = 400; // other processes' commits are seen within this, wake-ups or not
const coalesceMillis = 5; // one query per burst of commits, not one per commit
const eventsPerRead = 200;

/** Columns in the order of the class. */
export const eventColumns = sql`seq, groupSeq, type, schemaVersion, recordedAt, occurredAt, actorId, attributedToHash, subjectId, containerId, body, prevHash, hash, isImported`;

/** Which events: any of `anyOf`, which exclude each other and have an index each, and all of `all`. */
export interface EventConditions {
  anyOf: readonly Sql[];
  all: readonly Sql[];
}

/** What they are once the journal has reached this seq. */
type ConditionsAt = (head: number) => EventConditions | Promise<EventConditions>;

function conditionsIn(matching: readonly Sql[] | EventConditions): EventConditions {
  return "anyOf" in matching ? matching : { anyOf: [sql`1 = 1`], all: matching };
}

/**
 * The first `limit` events that match, in order. Each of `anyOf` is read along its own index: an OR over two indexes
 * would sort everything that ever matched, page after page.
 */
export function eventsSql(
  reader: Reader,
  { anyOf, all }: EventConditions,
  limit: number,
  columns: Sql = eventColumns,
): Sql {
  const branches = anyOf.map(
    (branch) =>
      sql`SELECT ${columns} FROM event WHERE ${every([branch, ...all])} ORDER BY seq LIMIT ${limit}`,
  );
  return branches.length === 1
    ? branches[0]!
    : sql`${unionAll(reader, branches)} ORDER BY seq LIMIT ${limit}`;
}

export function eventOfRow(row: object): RegistryEvent {
  const event = instanceOf(RegistryEvent, row);
  event.isImported = Boolean(event.isImported);
  return event;
}

/** Seq and hash of the last committed event. */
export function headOf(reader: Reader): Promise<{ seq: number; hash: string }> {
  return readHead(reader, empty);
}

/** Ends statements that are sent all the time, to tell them apart in logs from what somebody asked for. */
export const lookMark = sql`/* look */`;

async function readHead(reader: Reader, mark: Sql): Promise<{ seq: number; hash: string }> {
  const [row] = await reader.query<{ seq: number; hash: string }>(
    sql`SELECT seq, hash FROM journal_head WHERE id = 1${mark}`,
  );
  if (!row) throw new Error("the journal has no head row");
  return row;
}

/**
 * A generator that ends when `signal` aborts, and also when its consumer calls `return()`: by itself, a generator hears
 * that only once it yields, which one that waits for news may never do.
 */
function endable<T>(
  signal: AbortSignal,
  run: (signal: AbortSignal) => AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  const ending = new AbortController();
  const end = () => {
    signal.removeEventListener("abort", end);
    ending.abort();
  };
  if (signal.aborted) end();
  else signal.addEventListener("abort", end);
  const generator = run(ending.signal);
  const finish = generator.return.bind(generator);
  generator.return = (value) => {
    end();
    return finish(value);
  };
  return generator;
}

/**
 * The journal as it grows. Followers pull by seq, at their own pace: replay and live are the same loop, nothing is
 * queued for them, and a wake-up is only a hint. One poll per process serves all of them.
 */
export class Feed {
  private known = 0;
  private readonly waiting = new Set<() => void>();
  private timer: NodeJS.Timeout | null = null;
  private coalescing: NodeJS.Timeout | null = null;
  private isStopped = false;
  private hasLooked = false;
  private lastFailure: unknown = null;

  constructor(private readonly db: Database) {}

  /** A commit of this process moved the head to at least this seq. */
  readonly wake = (seq: number): void => {
    if (seq > this.known) this.known = seq;
    if (this.waiting.size === 0) return;
    this.coalescing ??= setTimeout(() => {
      this.coalescing = null;
      this.release();
    }, coalesceMillis);
  };

  /** Whether followers hear of new events: the last look at the journal succeeded. */
  get isHealthy(): boolean {
    return this.lastFailure === null;
  }

  /**
   * Events after `seq` that match (all of a list, or see EventConditions, or what they are once the journal has reached
   * a head, asked before each read), in order, in batches, for ever; ends when `signal` aborts, its consumer returns or the feed stops. A database that goes away is waited for;
   * any other error ends it.
   */
  follow(
    seq: number,
    matching: readonly Sql[] | EventConditions | ConditionsAt,
    signal: AbortSignal,
  ): AsyncGenerator<RegistryEvent[], void> {
    const conditions = typeof matching === "function" ? matching : () => conditionsIn(matching);
    return endable(signal, (ending) => this.pull(seq, conditions, ending));
  }

  stop(): void {
    this.isStopped = true;
    if (this.timer) clearTimeout(this.timer);
    if (this.coalescing) clearTimeout(this.coalescing);
    this.release();
  }

  private async *pull(
    seq: number,
    conditionsAt: ConditionsAt,
    signal: AbortSignal,
  ): AsyncGenerator<RegistryEvent[], void> {
    let position = seq;
    while (!signal.aborted && !this.isStopped) {
      const head = this.known;
      if (head <= position) {
        await this.beyond(position, signal);
        continue;
      }
      const batch = await this.read(async () => {
        const { anyOf, all } = await conditionsAt(head);
        const within = { anyOf, all: [sql`seq > ${position}`, sql`seq <= ${head}`, ...all] };
        return eventsSql(this.db.read, within, eventsPerRead);
      });
      if (batch === null) {
        await this.beyond(Number.POSITIVE_INFINITY, signal); // the next look
        continue;
      }
      position = batch.length === eventsPerRead ? batch[batch.length - 1]!.seq : head;
      if (batch.length > 0) yield batch;
    }
  }

  /** Null while the database does not answer. */
  private async read(statement: () => Promise<Sql>): Promise<RegistryEvent[] | null> {
    try {
      return (await this.db.read.query<object>(await statement())).map(eventOfRow);
    } catch (error) {
      if (!(error instanceof StemmaError && error.code === "UNAVAILABLE")) throw error;
      this.lastFailure = error;
      return null;
    }
  }

  /** Resolves when the head may be beyond `position`: at the next look or wake-up, or at once where it is already. */
  private beyond(position: number, signal: AbortSignal): Promise<void> {
    this.poll();
    return new Promise((resolve) => {
      const done = () => {
        this.waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      if (signal.aborted || this.isStopped || this.known > position) return resolve();
      this.waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  /** Looks at the head while anybody waits, and after a failure until a look succeeds. */
  private poll(): void {
    if (this.timer || this.isStopped) return;
    const look = async () => {
      this.hasLooked = true;
      try {
        this.known = Math.max(this.known, (await readHead(this.db.read, lookMark)).seq);
        this.lastFailure = null;
      } catch (error) {
        this.lastFailure = error;
      }
      this.timer = null;
      if (this.isStopped) return;
      this.release();
      if (this.waiting.size > 0 || this.lastFailure !== null) this.poll();
    };
    this.timer = setTimeout(look, this.hasLooked ? pollMillis : 0);
  }

  private release(): void {
    for (const done of [...this.waiting]) done();
  }
}
