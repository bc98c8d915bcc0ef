import { StemmaError } from "./errors.ts";
import { includes, type Permission, permissions } from "./permission.ts";
import { covers, coversAll, everywhere, overlap, type ScopePattern, widest } from "./scope.ts";

export enum ActorKind {
  PERSON = "PERSON",
  SERVICE = "SERVICE",
}

/** Some permissions on a scope: what a role grants, or what a token is narrowed to. */
export interface Allowance {
  readonly permissions: ReadonlySet<string>;
  readonly scope: ScopePattern;
  /** The role that it comes from; none where a token is narrowed. */
  readonly role?: string;
}

/** Everything, everywhere: the administrator's. */
export const everything: Allowance = {
  permissions: new Set(Object.keys(permissions)),
  scope: everywhere,
  role: "ADMIN",
};

/** What an actor is besides who it is. */
export interface Standing {
  /** Of its roles. */
  readonly allowances: readonly Allowance[];
  /** What its token is narrowed to; null where it is not. */
  readonly limits: readonly Allowance[] | null;
  /** Groups that its identity provider names. */
  readonly groups: readonly string[];
  /** Node number of the token it showed; null where that is none of ours. */
  readonly token: number | null;
}

function allows(held: readonly Allowance[], permission: Permission, scope: string): boolean {
  return held.some((one) => covers(one.scope, scope) && includes(one.permissions, permission));
}

/** Who acts: as authenticated, never as claimed; and what it may do, which every verb and loader asks here. */
export class Actor {
  private reading: readonly ScopePattern[] | null = null;

  constructor(
    /** Node number in the `actor` table. */
    readonly node: number,
    readonly name: string,
    readonly kind: ActorKind,
    readonly standing: Standing,
  ) {}

  /** Whether it may do this there. A scope is a model's name or the `scope` of an experiment or a dataset. */
  may(permission: Permission, scope: string): boolean {
    const { allowances, limits } = this.standing;
    return allows(allowances, permission, scope) && (limits === null || allows(limits, permission, scope));
  }

  /**
   * Throws FORBIDDEN where it may not; `absent` (a NOT_FOUND, as if there were nothing) where it may not even read what
   * is there.
   */
  must(permission: Permission, scope: string, absent?: () => StemmaError): void {
    if (this.may(permission, scope)) return;
    if (absent && !this.may("registry:read", scope)) throw absent();
    throw forbidden(this, permission, scope === "" ? "the empty scope" : scope);
  }

  /** Whether it holds one of these roles there, whatever its token is narrowed to: ask for the permission, too. */
  holdsOneOf(roles: readonly string[], scope: string): boolean {
    return this.standing.allowances.some(
      ({ role, scope: where }) => role !== undefined && roles.includes(role) && covers(where, scope),
    );
  }

  /** Whether it may do this in some scope. */
  mayAnywhere(permission: Permission): boolean {
    return this.scopesOf(permission).length > 0;
  }

  /** Throws FORBIDDEN where it may do this in no scope at all. */
  mustAnywhere(permission: Permission): void {
    if (!this.mayAnywhere(permission)) throw forbidden(this, permission, "any scope");
  }

  /** Whether it may do this all over a pattern, `*` included. */
  mayAllOver(permission: Permission, pattern: ScopePattern): boolean {
    return this.scopesOf(permission).some((scope) => coversAll(scope, pattern));
  }

  /** Throws FORBIDDEN where it may not do this all over a pattern. */
  mustAllOver(permission: Permission, pattern: ScopePattern): void {
    if (!this.mayAllOver(permission, pattern)) throw forbidden(this, permission, pattern);
  }

  /** Where it may read: patterns, none within another; `["*"]` is everywhere. */
  get readableScopes(): readonly ScopePattern[] {
    this.reading ??= this.scopesOf("registry:read");
    return this.reading;
  }

  /** Whether it may read everything there is: most guards need not ask further then. */
  get readsEverything(): boolean {
    return this.readableScopes[0] === everywhere;
  }

  /** Equal where two actors may read the same. */
  get sight(): string {
    return JSON.stringify([this.readableScopes, this.mayAllOver("access:read", everywhere), this.node]);
  }

  /** Where it may do this: patterns, none within another. */
  scopesOf(permission: Permission): ScopePattern[] {
    const { allowances, limits } = this.standing;
    const of = (held: readonly Allowance[]) =>
      held.filter((one) => includes(one.permissions, permission)).map(({ scope }) => scope);
    const granted = of(allowances);
    if (limits === null) return widest(granted);
    const within = of(limits);
    const both = granted.flatMap((scope) => within.map((limit) => overlap(scope, limit)));
    return widest(both.filter((scope) => scope !== null));
  }
}

/** FORBIDDEN: who, what, where. */
export function forbidden(actor: Actor, permission: Permission, where: string): StemmaError {
  return new StemmaError("FORBIDDEN", `${actor.name} may not do this: it needs ${permission} on ${where}`);
}
