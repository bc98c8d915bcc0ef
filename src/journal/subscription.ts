import type { Database } from "../db/database.ts";
import type { Request } from "../kernel/request.ts";
import { seqOf } from "./cursor.ts";
import type { RegistryEvent } from "./event.entity.ts";
import { type EventConditions, type Feed, headOf } from "./feed.ts";

/** What every subscription is made of: the journal from a place on, one event at a time. */
export class EventSubscriptions {
  constructor(
    private readonly db: Database,
    private readonly feed: Feed,
  ) {}

  /**
   * Events that match, in order, until the request's signal aborts: those after the cursor `after`, then live; none of
   * the past where it is null. The place is taken before this resolves. Throws INVALID or CURSOR_EXPIRED for a cursor
   * that does not fit.
   */
  async since(
    request: Request,
    after: string | null | undefined,
    conditions: EventConditions,
  ): Promise<AsyncGenerator<RegistryEvent, void>> {
    if (!request.signal) throw new Error("a subscription needs a request that ends");
    const seq = after == null ? (await headOf(this.db.read)).seq : await seqOf(this.db.read, after);
    return oneByOne(this.feed.follow(seq, conditions, request.signal));
  }
}

async function* oneByOne(batches: AsyncIterable<RegistryEvent[]>): AsyncGenerator<RegistryEvent, void> {
  for await (const batch of batches) yield* batch;
}
