import { decodeJwt, type JWTPayload, jwtVerify } from "jose";
import type { OidcSettings } from "../config/oidc.ts";
import { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { StemmaError } from "../kernel/errors.ts";
import { type Credentials, type Session, unauthenticated } from "./authenticate.ts";
import {
  groupsOf,
  identityOf,
  isJwt,
  mustBeForUse,
  mustBeReadable,
  nameFor,
  refusalOf,
} from "./oidc.rules.ts";
import type { ProviderKeys } from "./oidc-keys.ts";
import type { Provisioning } from "./provisioning.ts";
import type { Standings } from "./standings.ts";

/** Tokens that an identity provider gave out, as signed JWTs. */
export class OidcTokens implements Credentials {
  constructor(
    private readonly settings: OidcSettings,
    private readonly keys: ProviderKeys,
    private readonly people: Provisioning,
    private readonly standings: Standings,
    private readonly clock: Clock,
  ) {}

  recognize(secret: string): boolean {
    return isJwt(secret);
  }

  async sessionOf(secret: string): Promise<Session> {
    const { issuer, groupsClaim, nameClaim } = this.settings;
    const claims = await this.claimsOf(secret);
    const identity = identityOf(issuer, claims);
    const groups = groupsOf(claims, groupsClaim);
    const { nodeId, name, kind, deactivatedAt } = await this.people.actorOf(
      identity,
      nameFor(claims, nameClaim),
    );
    if (deactivatedAt !== null) throw unauthenticated("this actor has been deactivated");
    const allowances = await this.standings.of(nodeId, groups);
    const actor = new Actor(nodeId, name, kind, { allowances, limits: null, groups, token: null });
    // The provider's clock may be behind ours: its token is good for that much longer.
    return { actor, endsAt: claims.exp! * 1000 + this.toleranceMillis };
  }

  private get toleranceMillis(): number {
    return this.settings.clockToleranceSeconds * 1000;
  }

  /** What a token says that is verified. Throws UNAUTHENTICATED that says what is wrong, UNAVAILABLE where nobody can tell. */
  private async claimsOf(token: string): Promise<JWTPayload> {
    const { issuer, audience, algorithms, clockToleranceSeconds } = this.settings;
    mustBeReadable(token);
    const now = this.clock();
    try {
      // Before its issuer is asked for a key that another may have made up.
      if (decodeJwt(token).iss !== issuer) throw unauthenticated("this token is of another issuer");
      const { protectedHeader, payload } = await jwtVerify(token, this.keys.of, {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(now),
        requiredClaims: ["exp", "sub"],
      });
      mustBeForUse(protectedHeader, payload, now + this.toleranceMillis);
      return payload;
    } catch (error) {
      // What jose throws holds the claims: nothing of it goes on.
      throw error instanceof StemmaError ? error : unauthenticated(refusalOf(error));
    }
  }
}
