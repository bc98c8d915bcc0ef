import { invalid } from "../kernel/errors.ts";
import { nameOf } from "../kernel/names.ts";
import { isPermission, type Permission, permissionOf, permissions } from "../kernel/permission.ts";

const viewer: Permission[] = ["registry:read"];
const contributor: Permission[] = [
  ...viewer,
  "artifact:download",
  "model:write",
  "version:write",
  "run:write",
  "dataset:write",
  "artifact:upload",
  "transition:request",
];
const approver: Permission[] = [...viewer, "artifact:download", "transition:review", "validation:record"];
const maintainer: Permission[] = [
  ...contributor,
  "model:delete",
  "model:transfer",
  "version:delete",
  "run:delete",
  "stage:transition",
  "alias:write",
  "policy:write",
];

/** The roles that every registry has; their names cannot be defined anew. */
export const builtInRoles: ReadonlyMap<string, readonly Permission[]> = new Map<
  string,
  readonly Permission[]
>([
  ["VIEWER", viewer],
  ["CONTRIBUTOR", contributor],
  ["APPROVER", approver],
  ["MAINTAINER", maintainer],
  ["ADMIN", Object.keys(permissions) as Permission[]],
]);

const roleName = /^[A-Z][A-Z0-9_]{0,63}$/;

/** The name of a role of the registry's own. Throws INVALID. */
export function roleNameOf(field: string, came: string): string {
  if (!roleName.test(came)) {
    throw invalid(field, "1–64 of A–Z, 0–9 and _, a letter first, such as RELEASE_MANAGER", came);
  }
  if (builtInRoles.has(came)) throw invalid(field, "another name than that of a built-in role", came);
  return came;
}

const mostPermissions = 200;

/** Permissions as told for a role: each once, in a settled order. Throws INVALID that names the field. */
export function permissionsOf(field: string, told: readonly string[]): Permission[] {
  if (told.length === 0 || told.length > mostPermissions) {
    throw invalid(field, `1–${mostPermissions} permissions`, told.length);
  }
  const checked = told.map((text, at) => permissionOf(`${field}.${at}`, nameOf(`${field}.${at}`, text)));
  return [...new Set(checked)].sort();
}

/** A role's permissions as its row keeps them; what this version does not know allows nothing. */
export function permissionsOfRow(text: string): Permission[] {
  return (JSON.parse(text) as string[]).filter(isPermission);
}
