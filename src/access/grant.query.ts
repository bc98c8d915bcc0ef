import { textTerms } from "../db/filter.ts";
import type { KeysetList } from "../db/keyset.ts";
import { scopeTerm } from "../db/readable.ts";
import { among, type Sql, some, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import { readId } from "../kernel/ids.ts";
import { nfc } from "../kernel/names.ts";
import { instanceOf } from "../kernel/node.ts";
import { everywhere } from "../kernel/scope.ts";
import { Grant } from "./grant.entity.ts";
import type { GrantFilter } from "./grant.inputs.ts";

export const grantColumns = sql`g.id AS nodeId, g.actorId, g.groupName, g.role, g.scope, g.liveKey, g.createdAt, g.createdById, g.revokedAt`;

export function grantOfRow(row: object): Grant {
  return instanceOf(Grant, row);
}

/** Those held by the actor itself or by a group it is in. */
export function ownGrants({ node, standing }: Actor): Sql {
  return some([sql`g.actorId = ${node}`, among(sql`g.groupName`, standing.groups)]);
}

/** Those that the actor may see: its own, and those within the scopes whose access it may read. */
export function visibleGrants(actor: Actor): Sql[] {
  const patterns = actor.scopesOf("access:read");
  if (patterns.includes(everywhere)) return [];
  // A pattern within another is of the same form as a scope within it.
  return [some([ownGrants(actor), scopeTerm(sql`g.scope`, patterns)])];
}

function isHeldBy(named: string): Sql {
  const id = readId(named);
  if (id?.kind === "ACTOR") return sql`g.actorId = ${id.node}`;
  return sql`g.actorId IN (SELECT a.id FROM actor a WHERE a.name = ${nfc(named)})`;
}

/** The latest first. */
export function grantList(actor: Actor, filter: GrantFilter | null | undefined): KeysetList {
  const { actor: holder, group, role, scope, includeRevoked } = filter ?? {};
  const where = [
    ...visibleGrants(actor),
    ...(includeRevoked ? [] : [sql`g.liveKey IS NOT NULL`]),
    ...(holder == null ? [] : [isHeldBy(holder)]),
    ...(group ? [sql`g.actorId IS NULL`, ...textTerms(sql`g.groupName`, group)] : []),
    ...textTerms(sql`g.role`, role),
    ...textTerms(sql`g.scope`, scope),
  ];
  return {
    scope: "grants",
    select: grantColumns,
    from: sql`role_grant g`,
    where,
    order: [{ column: sql`g.id`, as: "nodeId", isDescending: true }],
  };
}
