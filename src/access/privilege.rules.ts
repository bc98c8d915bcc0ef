// Nobody gives away more than he has: what is made with rights of its own is compared with those of its maker.
import type { Actor, Allowance } from "../kernel/actor.ts";
import { StemmaError } from "../kernel/errors.ts";
import type { Permission } from "../kernel/permission.ts";
import { askedBy, beyond } from "./token-scope.rules.ts";

/** Throws FORBIDDEN where this is more than the actor may do itself, by its roles and by the token it shows. */
export function mustHold(actor: Actor, wanted: readonly Allowance[]): void {
  for (const { permissions, scope } of wanted) {
    for (const permission of permissions) {
      if (!actor.mayAllOver(permission as Permission, scope))
        throw tooMuch(actor, `${permission} on ${scope}`);
    }
  }
}

/** Throws FORBIDDEN where token scopes ask for more than the token allows that the actor shows. */
export function mustStayWithin(actor: Actor, scopes: readonly string[]): void {
  const { limits } = actor.standing;
  const excess = limits && beyond(limits, askedBy(scopes));
  if (excess !== null) throw tooMuch(actor, excess);
}

function tooMuch(actor: Actor, excess: string): StemmaError {
  return new StemmaError(
    "FORBIDDEN",
    `${actor.name} may not do this: it would give ${excess}, which is more than ${actor.name} may do here`,
  );
}
