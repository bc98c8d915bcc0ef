import type { Logger } from "pino";
import { AccessChanges } from "../access/access-changes.ts";
import { AccessJournal } from "../access/access-journal.ts";
import { ActorResolver, EventActorResolver } from "../access/actor.resolver.ts";
import { ActorService } from "../access/actor.service.ts";
import { AdminToken, keptToken } from "../access/admin-token.ts";
import { type Authenticator, type Credentials, NoAuthentication, Sessions } from "../access/authenticate.ts";
import { GrantLoaders } from "../access/grant.loaders.ts";
import { ActorGrantsResolver, GrantResolver } from "../access/grant.resolver.ts";
import { GrantService } from "../access/grant.service.ts";
import { ProviderKeys } from "../access/oidc-keys.ts";
import { OidcTokens } from "../access/oidc-tokens.ts";
import { OwnTokens } from "../access/own-tokens.ts";
import { Provisioning } from "../access/provisioning.ts";
import { RoleLoaders } from "../access/role.loaders.ts";
import { RoleResolver } from "../access/role.resolver.ts";
import { RoleService } from "../access/role.service.ts";
import { Standings } from "../access/standings.ts";
import { TokenLoaders } from "../access/token.loaders.ts";
import { ActorTokensResolver, TokenResolver } from "../access/token.resolver.ts";
import { TokenService } from "../access/token.service.ts";
import { TokenUses } from "../access/token-uses.ts";
import { ViewerResolver } from "../access/viewer.resolver.ts";
import type { AuthSettings } from "../config.ts";
import type { Foundation } from "./foundation.ts";

/** Who asks, and what each may do. */
export function wireAccess(foundation: Foundation) {
  const { db, clock, verbs, graph, directory } = foundation;
  const changes = new AccessChanges(db);
  const standings = new Standings(db, changes);
  const uses = new TokenUses(db, clock);
  const { actors } = foundation.loaders;
  const tokens = new TokenLoaders(db, clock);
  const roles = new RoleLoaders(db);
  const grants = new GrantLoaders(db);

  const journal = new AccessJournal(foundation.journal, changes);
  const actorService = new ActorService(verbs, journal, graph, clock);
  const tokenService = new TokenService(verbs, journal, graph, clock);
  const roleService = new RoleService(verbs, journal, graph, clock);
  const grantService = new GrantService(verbs, journal, graph, clock);

  directory
    .register("TOKEN", (request, node) => tokens.byId(request, node))
    .register("ROLE", (request, node) => roles.byId(request, node))
    .register("GRANT", (request, node) => grants.byId(request, node));

  const resolvers = [
    new ActorResolver(db, actors, actorService),
    new ActorTokensResolver(tokens),
    new ActorGrantsResolver(grants),
    new EventActorResolver(actors),
    new TokenResolver(actors, tokens, tokenService),
    new RoleResolver(roles, roleService),
    new GrantResolver(actors, grants, grantService),
    new ViewerResolver(actors, tokens, grants),
  ];
  return { changes, standings, uses, journal, services: { actors: actorService }, resolvers };
}

export type Access = ReturnType<typeof wireAccess>;

/** How callers are told apart under these settings; `token` is the administrator's, null where none is asked for. */
export async function authenticationOf(
  auth: AuthSettings,
  { db, clock }: Foundation,
  { changes, standings, uses, services }: Access,
  log: Logger,
): Promise<{ authenticator: Authenticator; token: string | null; isNewToken: boolean }> {
  if (auth.mode === "off") return { authenticator: new NoAuthentication(), token: null, isNewToken: false };
  const kept = auth.token === null ? await keptToken(auth.tokenFile) : { token: auth.token, isNew: false };
  const credentials: Credentials[] = [new AdminToken(kept.token), new OwnTokens(db, standings)];
  if (auth.oidc) {
    const keys = new ProviderKeys(auth.oidc, clock, log, () => changes.announce());
    const people = new Provisioning(db, services.actors);
    credentials.push(new OidcTokens(auth.oidc, keys, people, standings, clock));
  }
  const authenticator = new Sessions(credentials, changes, uses, clock);
  return { authenticator, token: kept.token, isNewToken: kept.isNew };
}
