import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { type KeysetList, readPages } from "../db/keyset.ts";
import { readable } from "../db/readable.ts";
import { among, every, type Sql, sql } from "../db/sql.ts";
import { eventColumns, eventOfRow } from "../journal/feed.ts";
import type { Actor } from "../kernel/actor.ts";
import { type PageArgs, sliceOf } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { StageChange, type StageChangeConnection, stageChangedType } from "./stage-change.entity.ts";

/** Stage changes, read from the journal; those of versions that the actor may not read are absent. */
export class StageChangeLoaders {
  constructor(private readonly db: Database) {}

  bySeq(request: Request, seq: number): Promise<StageChange | null> {
    const loader = request.once(
      this.bySeq,
      () =>
        new DataLoader<number, StageChange | null>(async (seqs) => {
          const where = every([isReadableChange(request.actor), among(sql`seq`, seqs)]);
          const rows = await this.db.read.query<object>(
            sql`SELECT ${eventColumns} FROM event WHERE ${where}`,
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
      where: [isReadableChange(request.actor)],
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

/** Its container is the model. */
function isReadableChange(actor: Actor): Sql {
  return every([sql`type = ${stageChangedType}`, ...readable(actor, sql`event.containerId`)]);
}
