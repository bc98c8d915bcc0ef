import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { Actor, ActorKind, everything } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { StemmaError } from "../kernel/errors.ts";
import type { AccessChanges } from "./access-changes.ts";
import type { TokenUses } from "./token-uses.ts";

/** The administrator of the settings: the first node, made by a migration. It may do everything. */
export const administrator = new Actor(1, "administrator", ActorKind.SERVICE, {
  allowances: [everything],
  limits: null,
  groups: [],
  token: null,
});

/** An actor for as long as what it showed is good. */
export interface Session {
  readonly actor: Actor;
  /** Epoch ms from which on it is over; null where nothing ends it. */
  readonly endsAt: number | null;
}

/** Turns what a caller shows into a session. Ask again when rights may have changed: sessions are kept, asking is cheap. */
export interface Authenticator {
  /** `authorization` is the header's value. Throws UNAUTHENTICATED. */
  sessionOf(authorization: string | undefined): Promise<Session>;
}

/** One kind of secret that callers may show. */
export interface Credentials {
  /** Whether the secret has the form of this kind. */
  recognize(secret: string): boolean;
  /** Throws UNAUTHENTICATED that says what is wrong with it. */
  sessionOf(secret: string): Promise<Session>;
}

const mostKept = 10_000;
const scheme = /^(Bearer|Basic) +([\x21-\x7e]+)$/i;

export function unauthenticated(message: string): StemmaError {
  return new StemmaError("UNAUTHENTICATED", message);
}

/** Everybody is the administrator: only ever on a loopback address. */
export class NoAuthentication implements Authenticator {
  private readonly session = Promise.resolve({ actor: administrator, endsAt: null });

  sessionOf(): Promise<Session> {
    return this.session;
  }
}

/** Sessions by what callers show, kept until rights change or the time of their secret is over. */
export class Sessions implements Authenticator {
  private readonly kept = new LRUCache<string, { revision: number; session: Session }>({ max: mostKept });

  constructor(
    private readonly credentials: readonly Credentials[],
    private readonly changes: AccessChanges,
    private readonly uses: TokenUses,
    private readonly clock: Clock,
  ) {}

  async sessionOf(authorization: string | undefined): Promise<Session> {
    const session = await this.known(authorization);
    const { token } = session.actor.standing;
    if (token !== null) this.uses.note(token);
    return session;
  }

  private async known(authorization: string | undefined): Promise<Session> {
    // Secrets are not kept, only what they led to.
    const key = hash("sha256", authorization ?? "", "base64");
    const { revision } = this.changes;
    const kept = this.kept.get(key);
    if (kept?.revision === revision && !this.isOver(kept.session)) return kept.session;
    const secret = secretIn(authorization);
    const kind = this.credentials.find((one) => one.recognize(secret));
    if (!kind) throw unauthenticated("this token is not known here");
    const session = await kind.sessionOf(secret);
    if (this.isOver(session)) throw unauthenticated("this token has expired");
    this.kept.set(key, { revision, session });
    return session;
  }

  private isOver({ endsAt }: Session): boolean {
    return endsAt !== null && this.clock() >= endsAt;
  }
}

/** The token of a Bearer header, or the password of a Basic one, whose user name says nothing. Throws UNAUTHENTICATED. */
function secretIn(authorization: string | undefined): string {
  const [, kind, shown] = scheme.exec(authorization ?? "") ?? [];
  if (kind === undefined || shown === undefined) {
    throw unauthenticated("send a token: Authorization: Bearer <token>");
  }
  if (kind.toLowerCase() === "bearer") return shown;
  const pair = Buffer.from(shown, "base64").toString("utf8");
  const split = pair.indexOf(":");
  if (split < 0 || split === pair.length - 1) {
    throw unauthenticated("send a token as the password: Authorization: Basic base64(<any name>:<token>)");
  }
  return pair.slice(split + 1);
}
