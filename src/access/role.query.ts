import { type Reader, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { notFound } from "../kernel/errors.ts";
import { largestNode } from "../kernel/ids.ts";
import { instanceOf } from "../kernel/node.ts";
import { meaningOf, type Permission } from "../kernel/permission.ts";
import { Role, type RoleRow } from "./role.entity.ts";
import { builtInRoles, permissionsOfRow } from "./role.rules.ts";

export const roleColumns = sql`r.id AS nodeId, r.name, r.liveName, r.permissions, r.revision, r.createdAt, r.updatedAt, r.deletedAt`;

function roleOf(
  facts: Omit<Role, "id" | "nodeKind" | "permissions">,
  permissions: readonly Permission[],
): Role {
  const described = permissions.map((name) => ({ name, description: meaningOf(name) }));
  return instanceOf(Role, { ...facts, permissions: described });
}

export function roleOfRow({ permissions, liveName: _, ...row }: RoleRow): Role {
  return roleOf({ ...row, isBuiltIn: false }, permissionsOfRow(permissions));
}

const unchanging = { isBuiltIn: true, revision: 1, createdAt: null, updatedAt: null, deletedAt: null };

/** The built-in roles in their order. They have no rows; the last numbers of the id space stand for them. */
export const builtIns: readonly Role[] = [...builtInRoles].map(([name, permissions], at) =>
  roleOf({ nodeId: largestNode - at, name, ...unchanging }, permissions),
);

/** A role of the registry's own by its name, locked; null where there is none. */
export async function lockRole(tx: Transaction, name: string): Promise<RoleRow | null> {
  return calledSo(await tx.lock<RoleRow>(called(name)), name);
}

const called = (name: string) => sql`SELECT ${roleColumns} FROM role r WHERE r.liveName = ${name}`;

function calledSo([row]: readonly RoleRow[], name: string): RoleRow | null {
  // MySQL pads what it compares.
  return row?.name === name ? row : null;
}

/** What a role allows, built in or not; it cannot be deleted before this transaction ends. Throws NOT_FOUND. */
export async function lockPermissions(
  tx: Transaction,
  name: string,
  field = "role",
): Promise<readonly Permission[]> {
  return builtInRoles.get(name) ?? permissionsIn(await lockRole(tx, name), name, field);
}

/** The same as it stands now, for who decides nothing by it. Throws NOT_FOUND. */
export async function readPermissions(
  reader: Reader,
  name: string,
  field: string,
): Promise<readonly Permission[]> {
  const builtIn = builtInRoles.get(name);
  if (builtIn) return builtIn;
  return permissionsIn(calledSo(await reader.query<RoleRow>(called(name)), name), name, field);
}

function permissionsIn(row: RoleRow | null, name: string, field: string): readonly Permission[] {
  if (!row) throw notFound(`role ${name}`, field);
  return permissionsOfRow(row.permissions);
}
