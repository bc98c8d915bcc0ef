import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import { Actor, type ActorKind } from "../kernel/actor.ts";
import { type Credentials, type Session, unauthenticated } from "./authenticate.ts";
import type { Standings } from "./standings.ts";
import { digestOf, isToken } from "./token.rules.ts";
import { limitsOf } from "./token-scope.rules.ts";

interface Row {
  id: number;
  actorId: number;
  scopesText: string;
  expiresAt: number;
  revokedAt: number | null;
  actorName: string;
  actorKind: ActorKind;
  deactivatedAt: number | null;
}

/** Tokens that this registry gave out. */
export class OwnTokens implements Credentials {
  constructor(
    private readonly db: Database,
    private readonly standings: Standings,
  ) {}

  recognize(secret: string): boolean {
    return isToken(secret);
  }

  async sessionOf(secret: string): Promise<Session> {
    const [row] = await this.db.read.query<Row>(
      sql`SELECT t.id, t.actorId, t.scopesText, t.expiresAt, t.revokedAt, a.name AS actorName, a.kind AS actorKind, a.deactivatedAt
          FROM access_token t JOIN actor a ON a.id = t.actorId WHERE t.digest = ${digestOf(secret)}`,
    );
    if (!row) throw unauthenticated("this token is not known here");
    if (row.deactivatedAt !== null) throw unauthenticated("this actor has been deactivated");
    if (row.revokedAt !== null) throw unauthenticated("this token has been revoked");
    const standing = {
      allowances: await this.standings.of(row.actorId, []),
      limits: limitsOf(JSON.parse(row.scopesText)),
      groups: [],
      token: row.id,
    };
    return { actor: new Actor(row.actorId, row.actorName, row.actorKind, standing), endsAt: row.expiresAt };
  }
}
