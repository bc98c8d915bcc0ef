import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { readPages } from "../db/keyset.ts";
import { among, every, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import type { PageSlice } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import type { Token, TokenConnection } from "./token.entity.ts";
import { tokenColumns, tokenList, tokenOfRow, visibleTokens } from "./token.query.ts";

export class TokenLoaders {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** By node number; null where there is none that may be seen. */
  byId(request: Request, id: number): Promise<Token | null> {
    const loader = request.once(
      this,
      () => new DataLoader<number, Token | null>((ids) => this.tokens(request.actor, ids)),
    );
    return loader.load(id);
  }

  /** A page of an actor's tokens, the latest first. */
  pageOf(
    request: Request,
    owner: number,
    { slice, includeEnded }: { slice: PageSlice; includeEnded: boolean },
  ): Promise<TokenConnection> {
    const loader = request.once(`Actor.tokens ${JSON.stringify([slice, includeEnded])}`, () => {
      const list = tokenList(request.actor, includeEnded ? null : this.clock());
      return new DataLoader<number, TokenConnection>((owners) =>
        readPages(this.db.read, list, sql`t.actorId`, owners, slice, ({ parentId: _, ...row }) =>
          tokenOfRow(row),
        ),
      );
    });
    return loader.load(owner);
  }

  private async tokens(actor: Actor, ids: readonly number[]): Promise<(Token | null)[]> {
    const where = every([among(sql`t.id`, ids), ...visibleTokens(actor)]);
    const rows = await this.db.read.query<object>(
      sql`SELECT ${tokenColumns} FROM access_token t WHERE ${where}`,
    );
    const byId = new Map(rows.map(tokenOfRow).map((token) => [token.nodeId, token]));
    return ids.map((id) => byId.get(id) ?? null);
  }
}
