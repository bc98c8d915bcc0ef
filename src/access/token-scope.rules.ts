import { type Allowance, everything } from "../kernel/actor.ts";
import { invalid } from "../kernel/errors.ts";
import { includes, isPermission, type Permission, permissions } from "../kernel/permission.ts";
import { coversAll, everywhere, patternOf } from "../kernel/scope.ts";
import { builtInRoles } from "./role.rules.ts";

const mostScopes = 50;
const unlimited = "*";

/**
 * What a token is narrowed to, as told: `*` for all that its actor may do, or a list of a permission or a built-in role,
 * each everywhere or, after `@`, on a scope: `registry:read`, `CONTRIBUTOR@risk.*`, `stage:transition:Staging@risk.churn`.
 * Answers them in a settled form. Throws INVALID that names the field.
 */
export function scopesOf(field: string, told: readonly string[]): string[] {
  if (told.length === 0 || told.length > mostScopes) {
    throw invalid(field, `1–${mostScopes} scopes, or ["${unlimited}"]`, told.length);
  }
  const settled = told.map((text, at) => {
    if (text === unlimited) return unlimited;
    const { what, where } = parted(text);
    if (!builtInRoles.has(what) && !isPermission(what)) {
      const known = [...builtInRoles.keys(), ...Object.keys(permissions)].join(", ");
      throw invalid(
        `${field}.${at}`,
        `${unlimited}, or one of ${known}, perhaps with @ and a scope after it`,
        text,
      );
    }
    const pattern = patternOf(`${field}.${at}`, where);
    return pattern === everywhere ? what : `${what}@${pattern}`;
  });
  return settled.includes(unlimited) ? [unlimited] : [...new Set(settled)].sort();
}

function parted(text: string): { what: string; where: string } {
  const split = text.indexOf("@");
  return split < 0
    ? { what: text, where: everywhere }
    : { what: text.slice(0, split), where: text.slice(split + 1) };
}

/** What settled scopes allow at most; null where they narrow nothing. */
export function limitsOf(scopes: readonly string[]): Allowance[] | null {
  if (scopes.includes(unlimited)) return null;
  return scopes.map((text) => {
    const { what, where } = parted(text);
    return { permissions: new Set(builtInRoles.get(what) ?? [what]), scope: where };
  });
}

/** The first of what is wanted that nothing held includes all over its scope; null where all is held. */
export function beyond(held: readonly Allowance[], wanted: readonly Allowance[]): string | null {
  for (const { permissions: set, scope } of wanted) {
    for (const permission of set) {
      const isHeld = held.some(
        (one) => coversAll(one.scope, scope) && includes(one.permissions, permission as Permission),
      );
      if (!isHeld) return `${permission} on ${scope}`;
    }
  }
  return null;
}

/** What scopes ask for, to be compared with what somebody holds. */
export function askedBy(scopes: readonly string[]): Allowance[] {
  return limitsOf(scopes) ?? [everything];
}
