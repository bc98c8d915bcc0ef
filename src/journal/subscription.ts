import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import { StemmaError } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";
import { seqOf } from "./cursor.ts";
import type { RegistryEvent } from "./event.entity.ts";
import { readableBy } from "./event.query.ts";
import { type EventConditions, eventsSql, type Feed, headOf } from "./feed.ts";

/** What every subscription is made of: the journal from a place on, one event at a time. */
export class EventSubscriptions {
  constructor(
    private readonly db: Database,
    private readonly feed: Feed,
  ) {}

  /**
   * Events that match and that the actor may read, in order, until the request's signal aborts: those after the cursor
   * `after`, then live; none of the past where it is null. The place is taken before this resolves. Throws INVALID or
   * CURSOR_EXPIRED for a cursor that does not fit.
   */
  async since(
    request: Request,
    after: string | null | undefined,
    conditions: EventConditions,
  ): Promise<AsyncGenerator<RegistryEvent, void>> {
    const seq = after == null ? (await headOf(this.db.read)).seq : await seqOf(this.db.read, after);
    return this.readableSince(request, seq, conditions);
  }

  /** Rights may change meanwhile: what is told is what may be read when it is told. */
  private async *readableSince(
    request: Request,
    seq: number,
    conditions: EventConditions,
  ): AsyncGenerator<RegistryEvent, void> {
    let position = seq;
    let sight = "";
    const matching = async (head: number) => {
      const actor = await request.renew(head);
      sight = actor.sight;
      return readableBy(actor, conditions);
    };
    for (let isStale = true; isStale; ) {
      isStale = false;
      for await (const event of oneByOne(this.feed.follow(position, matching, request.signal))) {
        // Batches are read ahead: of one read under other rights the rest is read again.
        const readUnder = sight;
        const actor = await request.renew(event.seq).catch(nullIfUnavailable);
        isStale = actor?.sight !== readUnder;
        if (isStale) break;
        position = event.seq;
        request.tells((actor) => this.isReadable(actor, event));
        yield event;
      }
    }
  }

  private async isReadable(actor: Actor, { seq }: RegistryEvent): Promise<boolean> {
    const conditions = readableBy(actor, { anyOf: [sql`seq = ${seq}`], all: [] });
    return (await this.db.read.query(eventsSql(this.db.read, conditions, 1))).length > 0;
  }
}

/** What nobody can tell now is asked for again by whoever reads again. */
function nullIfUnavailable(error: unknown): null {
  if (error instanceof StemmaError && error.code === "UNAVAILABLE") return null;
  throw error;
}

async function* oneByOne(batches: AsyncIterable<RegistryEvent[]>): AsyncGenerator<RegistryEvent, void> {
  for await (const batch of batches) yield* batch;
}
