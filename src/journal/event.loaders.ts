import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { among, sql } from "../db/sql.ts";
import type { Page } from "../kernel/connection.ts";
import type { Request } from "../kernel/request.ts";
import type { EventText, RegistryEvent } from "./event.entity.ts";
import { changesOf, changesWithin, type EventPageWish, eventPages, readableBy } from "./event.query.ts";

/** Reads of events that a page needs many of. */
export class EventLoaders {
  constructor(private readonly db: Database) {}

  /** The free texts of an event that are not erased. */
  async texts(request: Request, event: RegistryEvent): Promise<EventText[]> {
    if (event.attributedToHash === null && !event.body.includes('"textHash"')) return [];
    const loader = request.once(
      this.texts,
      () => new DataLoader<number, EventText[]>((seqs) => this.textsOf(seqs), { maxBatchSize: 900 }),
    );
    return loader.load(event.seq);
  }

  /** Events of this node that the caller may read, oldest first; those of what it contains, too, where `isContainer`. */
  history(
    request: Request,
    node: number,
    wish: EventPageWish,
    isContainer = false,
  ): Promise<Page<RegistryEvent>> {
    const { first, after } = wish;
    const conditions = isContainer ? changesWithin : changesOf;
    const loader = request.once(
      `history ${JSON.stringify([first ?? null, after ?? null, isContainer])}`,
      () =>
        new DataLoader<number, Page<RegistryEvent>>((nodes) =>
          eventPages(
            this.db.read,
            nodes.map((each) => readableBy(request.actor, conditions(each))),
            { first, after },
          ),
        ),
    );
    return loader.load(node);
  }

  private async textsOf(seqs: readonly number[]): Promise<EventText[][]> {
    const rows = await this.db.read.query<EventText>(
      sql`SELECT seq, field, salt, text FROM event_text WHERE ${among(sql`seq`, seqs)} ORDER BY seq, field`,
    );
    const bySeq = new Map<number, EventText[]>(seqs.map((seq) => [seq, []]));
    for (const row of rows) bySeq.get(row.seq)!.push(row);
    return seqs.map((seq) => bySeq.get(seq)!);
  }
}
