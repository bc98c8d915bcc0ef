import { AccessChanges } from "../access/access-changes.ts";
import { ActorResolver } from "../access/actor.resolver.ts";
import { AdminToken, keptToken } from "../access/admin-token.ts";
import { type Authenticator, NoAuthentication, Sessions } from "../access/authenticate.ts";
import { OwnTokens } from "../access/own-tokens.ts";
import { Standings } from "../access/standings.ts";
import { TokenUses } from "../access/token-uses.ts";
import type { AuthSettings } from "../config.ts";
import type { Foundation } from "./foundation.ts";

/** Who asks, and what each may do. */
export function wireAccess({ db, clock, loaders }: Foundation) {
  const changes = new AccessChanges(db);
  const standings = new Standings(db, changes);
  const uses = new TokenUses(db, clock);
  const resolvers = [new ActorResolver(loaders.actors)];
  return { changes, standings, uses, resolvers };
}

export type Access = ReturnType<typeof wireAccess>;

/** How callers are told apart under these settings; `token` is the administrator's, null where none is asked for. */
export async function authenticationOf(
  auth: AuthSettings,
  { db, clock }: Foundation,
  { changes, standings, uses }: Access,
): Promise<{ authenticator: Authenticator; token: string | null; isNewToken: boolean }> {
  if (auth.mode === "off") return { authenticator: new NoAuthentication(), token: null, isNewToken: false };
  const kept = auth.token === null ? await keptToken(auth.tokenFile) : { token: auth.token, isNew: false };
  const credentials = [new AdminToken(kept.token), new OwnTokens(db, standings)];
  const authenticator = new Sessions(credentials, changes, uses, clock);
  return { authenticator, token: kept.token, isNewToken: kept.isNew };
}
