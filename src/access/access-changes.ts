import type { Database } from "../db/database.ts";
import { among, type Sql, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { headOf, lookMark } from "../journal/feed.ts";
import type { Recorded } from "../journal/journal.ts";

/** Events after which somebody may do more or less than before. */
export const changing: readonly string[] = [
  "actor.deactivated",
  "actor.reactivated",
  "token.revoked",
  "token.rotated",
  "role.defined",
  "role.deleted",
  "grant.created",
  "grant.revoked",
];

const lookMillis = 300; // a token revoked in another process closes its sockets within a second

/**
 * Tells when rights have changed, here or in another process, so that what is known of them can be kept in memory
 * between. Here at once; elsewhere at the next look at the journal; before an event is delivered in any case.
 */
export class AccessChanges {
  /** Moves on with every change: what was learned under another revision is to be learned anew. */
  private moved = 0;
  private seen = 0;
  /** Events of this process that no look has passed yet: told already, so that no look tells them again. */
  private readonly told = new Set<number>();
  private looking: { seq: number; done: Promise<void> } | null = null;
  private timer: NodeJS.Timeout | null = null;
  private isStopped = false;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly db: Database) {}

  get revision(): number {
    return this.moved;
  }

  /** A verb of this process changes rights: known as soon as it is committed. */
  within(tx: Transaction, recorded: Recorded): void {
    tx.afterCommit(() => {
      if (recorded.seq > this.seen) this.told.add(recorded.seq);
    });
    tx.once(this, () => tx.afterCommit(() => this.announce()));
  }

  /** Calls back after every change; returns how to stop that. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Whatever was recorded up to this event is known from here on. */
  async upTo(seq: number): Promise<void> {
    while (this.seen < seq) {
      // One look serves all that wait for the same event, and those that wait for earlier ones.
      if (!this.looking || this.looking.seq < seq) {
        const done = this.look(sql`${seq}`).finally(() => {
          if (this.looking?.done === done) this.looking = null;
        });
        this.looking = { seq, done };
      }
      await this.looking.done;
    }
  }

  /** Looks at the journal for the changes of other processes, until `stop`. */
  async start(): Promise<void> {
    this.seen = (await headOf(this.db.read)).seq;
    this.lookAgain();
  }

  stop(): void {
    this.isStopped = true;
    if (this.timer) clearTimeout(this.timer);
  }

  private lookAgain(): void {
    if (this.isStopped) return;
    this.timer = setTimeout(async () => {
      // A database that is away answers nobody, whatever their rights.
      await this.look(sql`(SELECT seq FROM journal_head WHERE id = 1)`).catch(() => {});
      this.lookAgain();
    }, lookMillis);
    this.timer.unref();
  }

  /** Whether others changed rights since the last look, up to a seq. */
  private async look(upTo: Sql): Promise<void> {
    const from = this.seen;
    const [found] = await this.db.read.query<{ reached: number; changes: number }>(
      sql`SELECT ${upTo} AS reached,
          (SELECT COUNT(*) FROM event WHERE seq > ${from} AND seq <= ${upTo} AND ${among(sql`type`, changing)}) AS changes ${lookMark}`,
    );
    const { reached, changes } = found!;
    this.seen = Math.max(this.seen, reached);
    let own = 0;
    for (const seq of this.told) {
      if (seq > from && seq <= reached) own++;
      if (seq <= this.seen) this.told.delete(seq);
    }
    if (changes > own) this.announce();
  }

  /** Rights may have changed by something that no event tells. */
  announce(): void {
    this.moved++;
    for (const listener of this.listeners) listener();
  }
}
