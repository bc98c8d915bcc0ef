import type { KeysetList } from "../db/keyset.ts";
import { type Sql, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import { instanceOf } from "../kernel/node.ts";
import { everywhere } from "../kernel/scope.ts";
import { Token } from "./token.entity.ts";

/** Everything but the digest, which nobody needs to see. */
export const tokenColumns = sql`t.id AS nodeId, t.actorId, t.name, t.scopesText, t.createdAt, t.createdById, t.expiresAt, t.lastUsedAt, t.revokedAt`;

export function tokenOfRow(row: object): Token {
  return instanceOf(Token, row);
}

/** Those that the actor may see: its own, and all for who may see the access of others everywhere. */
export function visibleTokens(actor: Actor): Sql[] {
  return actor.mayAllOver("access:read", everywhere) ? [] : [sql`t.actorId = ${actor.node}`];
}

/** An actor's tokens, the latest first; `now` leaves out those that have ended by then. */
export function tokenList(actor: Actor, now: number | null): KeysetList {
  const live = now === null ? [] : [sql`t.revokedAt IS NULL AND t.expiresAt > ${now}`];
  return {
    scope: "Actor.tokens",
    select: sql`${tokenColumns}, t.actorId AS parentId`,
    from: sql`access_token t`,
    where: [...visibleTokens(actor), ...live],
    order: [{ column: sql`t.id`, as: "nodeId", isDescending: true }],
  };
}
