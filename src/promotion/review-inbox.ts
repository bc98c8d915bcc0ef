import { among, sql } from "../db/sql.ts";
import { overLimit } from "../kernel/errors.ts";
import type { PageSlice } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import type { ReviewOutlook } from "./review-outlook.ts";
import type { TransitionRequestConnection } from "./transition-request.entity.ts";
import type { RequestConditions, TransitionRequestLoaders } from "./transition-request.loaders.ts";

/** Open requests that one question looks at. They stand in one IN list: MariaDB changes its plan at 1,000. */
export const mostLookedAt = 900;

/** Requests page by page, also by whether they await the caller. */
export class ReviewInbox {
  constructor(
    private readonly requests: TransitionRequestLoaders,
    private readonly outlook: ReviewOutlook,
  ) {}

  /** The latest first. Throws LIMIT where too many open requests must be looked at to tell which await the actor. */
  async page(
    request: Request,
    { awaitsMe, ...filter }: RequestConditions & { awaitsMe?: boolean | null },
    slice: PageSlice,
  ): Promise<TransitionRequestConnection> {
    if (awaitsMe == null) return this.requests.page(request, filter, slice);
    const waiting = among(sql`q.id`, await this.awaiting(request, filter));
    return this.requests.page(request, filter, slice, [awaitsMe ? waiting : sql`NOT (${waiting})`]);
  }

  /**
   * Node numbers. What a decision is bound to is calculated and stands in no table: the database tells which ones are open
   * to the actor's reviews, and each of them is looked at, as the feed looks at it.
   */
  private async awaiting(request: Request, filter: RequestConditions): Promise<number[]> {
    const open = await this.requests.openToReview(request, filter, mostLookedAt + 1);
    if (open.length > mostLookedAt) {
      const what = `more than ${mostLookedAt} open requests would have to be looked at; name a model`;
      throw overLimit(`filter.awaitsMe: ${what}`, "filter.awaitsMe");
    }
    const waits = await Promise.all(open.map((asked) => this.outlook.awaits(request, asked)));
    return open.filter((_, at) => waits[at]).map(({ nodeId }) => nodeId);
  }
}
