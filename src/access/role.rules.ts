import { includes, isPermission, type Permission, permissions } from "../kernel/permission.ts";

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
const approver: Permission[] = [...viewer, "artifact:download", "transition:review"];
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

/** A role's permissions as its row keeps them; what this version does not know allows nothing. */
export function permissionsOfRow(text: string): Permission[] {
  return (JSON.parse(text) as string[]).filter(isPermission);
}

/** Those of the wanted permissions that the held ones do not include. */
export function missingFrom(held: ReadonlySet<string>, wanted: readonly Permission[]): Permission[] {
  return wanted.filter((permission) => !includes(held, permission));
}
