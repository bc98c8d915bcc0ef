import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { type KeysetList, readPages } from "../db/keyset.ts";
import { among, sql } from "../db/sql.ts";
import { eventColumns, eventOfRow } from "../journal/feed.ts";
import { type PageArgs, sliceOf } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { StageChange, type StageChangeConnection, stageChangedType } from "./stage-change.entity.ts";

/** Stage changes, read from the journal. */
export class StageChangeLoaders {
  constructor(private readonly db: Database) {}

  bySeq(request: Request, seq: number): Promise<StageChange | null> {
    const loader = request.once(
      this.bySeq,
      () =>
        new DataLoader<number, StageChange | null>(async (seqs) => {
          const rows = await this.db.read.query<object>(
            sql`SELECT ${eventColumns} FROM event WHERE type = ${stageChangedType} AND ${among(sql`seq`, seqs)}`,
          );
          const bySeq = new Map(rows.map(eventOfRow).map((event) => [event.seq, new StageChange(event)]));
          return seqs.map((wanted) => bySeq.get(wanted) ?? null);
        }),
    );
    return loader.load(seq);
  }

  /** A version's moves, latest first. */
  ofVersion(request: Request, version: number, args: PageArgs): Promise<StageChangeConnection> {
    const slice = sliceOf(args);
    const list: KeysetList = {
      scope: "transitions",
      select: sql`${eventColumns}, subjectId AS parentId`,
      from: sql`event`,
      where: [sql`type = ${stageChangedType}`],
      order: [{ column: sql`seq`, as: "seq", isDescending: true }],
    };
    const loader = request.once(
      `transitions ${JSON.stringify(slice)}`,
      () =>
        new DataLoader<number, StageChangeConnection>((ids) =>
          readPages(
            this.db.read,
            list,
            sql`subjectId`,
            ids,
            slice,
            (row) => new StageChange(eventOfRow(row)),
          ),
        ),
    );
    return loader.load(version);
  }
}
