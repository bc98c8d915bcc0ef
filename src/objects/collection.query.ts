import type { Database } from "../db/database.ts";
import { type Sql, sql } from "../db/sql.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Request } from "../kernel/request.ts";
import { everywhere } from "../kernel/scope.ts";
import { BlobState } from "./blob.entity.ts";
import type { BlobReferences } from "./blob-references.ts";
import type { BlobCollection, CollectedBytes } from "./collection.entity.ts";

/** What a collection would do now; nothing is changed. */
export class CollectionQuery {
  constructor(
    private readonly db: Database,
    private readonly references: BlobReferences,
    private readonly clock: Clock,
    private readonly graceSeconds: number,
  ) {}

  /** null for who may not say everywhere how long files are kept. */
  async of({ actor }: Request): Promise<BlobCollection | null> {
    if (!actor.mayAllOver("retention:write", everywhere)) return null;
    const at = this.clock();
    const isReferred = this.references.toBlob(sql`b.id`);
    const isCondemned = sql`b.state = ${BlobState.CONDEMNED} AND NOT ${isReferred}`;
    const isOver = sql`b.stateAt <= ${at - this.graceSeconds * 1_000}`;
    const [unreferenced, condemned, due] = await Promise.all([
      this.sum(sql`b.state = ${BlobState.LIVE} AND NOT ${isReferred}`),
      this.sum(sql`${isCondemned} AND NOT ${isOver}`),
      this.sum(sql`b.state = ${BlobState.DELETING} OR (${isCondemned} AND ${isOver})`),
    ]);
    return { at, graceSeconds: this.graceSeconds, unreferenced, condemned, due };
  }

  private async sum(where: Sql): Promise<CollectedBytes> {
    const [row] = await this.db.read.query<{ total: number; bytes: number | null }>(
      sql`SELECT COUNT(*) AS total, SUM(b.sizeBytes) AS bytes FROM stored_blob b WHERE ${where}`,
    );
    return { count: Number(row?.total ?? 0), sizeBytes: Number(row?.bytes ?? 0) };
  }
}
