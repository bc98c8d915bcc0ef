import type { Database } from "../db/database.ts";
import { readable } from "../db/readable.ts";
import { among, every, sql } from "../db/sql.ts";
import type { Request } from "../kernel/request.ts";
import { loadOne } from "../tracking/batching.ts";
import { violatesPolicy } from "./stay.query.ts";

interface StayRow {
  versionId: number;
  isBreakGlass: number | boolean | null;
  violatesPolicy: number | boolean;
}

/** How versions came to stand where they stand: one statement for all of a page. */
export class StayLoaders {
  constructor(private readonly db: Database) {}

  /** Whether it came in by an emergency, and whether it violates the policy that holds today. */
  async ofVersion(
    request: Request,
    version: number,
  ): Promise<{ isBreakGlass: boolean; violatesPolicy: boolean }> {
    const find = (ids: readonly number[]) => {
      const where = every([among(sql`v.id`, ids), ...readable(request.actor, sql`v.modelId`)]);
      return this.db.read.query<StayRow>(
        sql`SELECT v.id AS versionId, s.isBreakGlass, ${violatesPolicy} AS violatesPolicy FROM model_version v
            LEFT JOIN stage_change s ON s.versionId = v.id AND s.toSeq IS NULL WHERE ${where}`,
      );
    };
    const row = await loadOne(request, this.ofVersion, version, find, ({ versionId }) => versionId);
    return { isBreakGlass: Boolean(row?.isBreakGlass), violatesPolicy: Boolean(row?.violatesPolicy) };
  }
}
