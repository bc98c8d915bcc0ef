import { sql } from "../db/sql.ts";
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
  const [row] = await tx.lock<RoleRow>(sql`SELECT ${roleColumns} FROM role r WHERE r.liveName = ${name}`);
  // MySQL pads what it compares.
  return row?.name === name ? row : null;
}

/** What a role allows, built in or not; it cannot be deleted before this transaction ends. Throws NOT_FOUND. */
export async function lockPermissions(
  tx: Transaction,
  name: string,
  field = "role",
): Promise<readonly Permission[]> {
  const builtIn = builtInRoles.get(name);
  if (builtIn) return builtIn;
  const row = await lockRole(tx, name);
  if (!row) throw notFound(`role ${name}`, field);
  return permissionsOfRow(row.permissions);
}
