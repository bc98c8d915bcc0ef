import { among, type Reader, some, sql } from "../db/sql.ts";
import { Actor, type ActorKind, type Allowance } from "../kernel/actor.ts";
import { administrator } from "./authenticate.ts";
import { allowancesOf, type HeldRole } from "./standings.ts";

/** Somebody who has acted before, and the groups that his identity provider named then. */
export interface Known {
  node: number;
  groups: readonly string[];
}

interface ActorNow {
  id: number;
  name: string;
  kind: ActorKind;
}

/**
 * Actors as they stand now, for decisions that rest on what they may still do: by the roles that they, or the groups they
 * were in, hold in this transaction. In the order asked for; null for who has been deactivated.
 */
export async function actorsNow(reader: Reader, wanted: readonly Known[]): Promise<(Actor | null)[]> {
  const nodes = [...new Set(wanted.map(({ node }) => node))].filter((node) => node !== administrator.node);
  if (nodes.length === 0) return wanted.map(() => administrator);
  const rows = await reader.query<ActorNow>(
    sql`SELECT id, name, kind FROM actor WHERE ${among(sql`id`, nodes)} AND deactivatedAt IS NULL`,
  );
  const groups = [...new Set(wanted.flatMap((known) => known.groups))];
  const ofThem = some([among(sql`g.actorId`, nodes), among(sql`g.groupName`, groups)]);
  const held = await reader.query<HeldRole & { actorId: number | null; groupName: string }>(
    sql`SELECT g.actorId, g.groupName, g.role, g.scope, r.permissions FROM role_grant g LEFT JOIN role r ON r.liveName = g.role
        WHERE g.liveKey IS NOT NULL AND ${ofThem}`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return wanted.map(({ node, groups: own }) => {
    if (node === administrator.node) return administrator;
    const found = byId.get(node);
    if (!found) return null;
    const theirs = held.filter(({ actorId, groupName }) =>
      actorId === null ? own.includes(groupName) : actorId === node,
    );
    const allowances: Allowance[] = allowancesOf(theirs);
    const standing = { allowances, limits: null, groups: own, token: null };
    return new Actor(node, found.name, found.kind, standing);
  });
}
