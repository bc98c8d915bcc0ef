import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Clock } from "../kernel/clock.ts";

const restMillis = 60_000;

/** When tokens were last used: kept in memory and written once a minute, since each use would be a write. */
export class TokenUses {
  private used = new Map<number, number>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** The token was used now. */
  note(token: number): void {
    this.used.set(token, this.clock());
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      // Lost where the database does not answer: the next use tells it again.
      this.flush().catch(() => {});
    }, restMillis);
    this.timer.unref();
  }

  /** Writes what is not written yet. */
  async flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const used = this.used;
    if (used.size === 0) return;
    this.used = new Map();
    await this.db.write(async (tx) => {
      for (const [token, at] of [...used].sort(([one], [other]) => one - other)) {
        await tx.run(
          sql`UPDATE access_token SET lastUsedAt = ${at} WHERE id = ${token} AND (lastUsedAt IS NULL OR lastUsedAt < ${at})`,
        );
      }
    });
  }
}
