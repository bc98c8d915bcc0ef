import { among, type Reader, sql } from "../db/sql.ts";
import { Actor, type ActorKind, type Allowance } from "../kernel/actor.ts";
import { administrator } from "./authenticate.ts";
import { allowancesOf, type HeldRole } from "./standings.ts";

/** Somebody who has acted before, and the groups that his identity provider named then. */
export interface Known {
  node: number;
  groups: readonly string[];
}

/** A grant of an actor's own; none where the role is null. */
interface OwnGrant extends Omit<HeldRole, "role"> {
  id: number;
  name: string;
  kind: ActorKind;
  role: string | null;
}

interface GroupGrant extends HeldRole {
  groupName: string;
}

/**
 * Actors as they stand now, for decisions that rest on what they may still do: by the roles that they, or the groups they
 * were in, hold in this transaction. In the order asked for; null for who has been deactivated.
 */
export async function actorsNow(reader: Reader, wanted: readonly Known[]): Promise<(Actor | null)[]> {
  const nodes = [...new Set(wanted.map(({ node }) => node))].filter((node) => node !== administrator.node);
  if (nodes.length === 0) return wanted.map(() => administrator);
  const rows = await reader.query<OwnGrant>(
    sql`SELECT a.id, a.name, a.kind, g.role, g.scope, r.permissions
        FROM actor a LEFT JOIN role_grant g ON g.actorId = a.id AND g.liveKey IS NOT NULL
        LEFT JOIN role r ON r.liveName = g.role WHERE ${among(sql`a.id`, nodes)} AND a.deactivatedAt IS NULL`,
  );
  const ofGroups = await heldByGroups(
    reader,
    wanted.flatMap(({ groups }) => groups),
  );
  return wanted.map(({ node, groups }) => {
    if (node === administrator.node) return administrator;
    const own = rows.filter(({ id }) => id === node);
    if (own.length === 0) return null;
    const { name, kind } = own[0]!;
    const held = own.filter((row): row is OwnGrant & HeldRole => row.role !== null);
    const theirs = ofGroups.filter(({ groupName }) => groups.includes(groupName));
    const allowances: Allowance[] = allowancesOf([...held, ...theirs]);
    return new Actor(node, name, kind, { allowances, limits: null, groups, token: null });
  });
}

async function heldByGroups(reader: Reader, groups: readonly string[]): Promise<GroupGrant[]> {
  if (groups.length === 0) return [];
  return reader.query<GroupGrant>(
    sql`SELECT g.groupName, g.role, g.scope, r.permissions
        FROM role_grant g LEFT JOIN role r ON r.liveName = g.role
        WHERE g.liveKey IS NOT NULL AND g.actorId IS NULL AND ${among(sql`g.groupName`, [...new Set(groups)])}`,
  );
}
