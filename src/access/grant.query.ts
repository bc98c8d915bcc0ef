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
function ownGrants({ node, standing }: Actor): Sql {
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

const isLive = sql`g.liveKey IS NOT NULL`;

/** The latest first. */
function latest(scope: string, where: readonly Sql[]): KeysetList {
  return {
    scope,
    select: grantColumns,
    from: sql`role_grant g`,
    where,
    order: [{ column: sql`g.id`, as: "nodeId", isDescending: true }],
  };
}

export function grantList(actor: Actor, filter: GrantFilter | null | undefined): KeysetList {
  const { actor: holder, group, role, scope, includeRevoked } = filter ?? {};
  return latest("grants", [
    ...visibleGrants(actor),
    ...(includeRevoked ? [] : [isLive]),
    ...(holder == null ? [] : [isHeldBy(holder)]),
    ...(group ? [sql`g.actorId IS NULL`, ...textTerms(sql`g.groupName`, group)] : []),
    ...textTerms(sql`g.role`, role),
    ...textTerms(sql`g.scope`, scope),
  ]);
}

/** Those that actors hold themselves and that whoever asks may see, to be read by holder. */
export function grantsByHolder(actor: Actor): KeysetList {
  const list = latest("Actor.grants", [...visibleGrants(actor), isLive]);
  return { ...list, select: sql`${grantColumns}, g.actorId AS parentId` };
}

/** Those that whoever asks holds, itself or by a group. */
export function heldGrants(actor: Actor): KeysetList {
  return latest("Viewer.grants", [ownGrants(actor), isLive]);
}
