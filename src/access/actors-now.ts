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
 * were in, hold in this transaction. Who has been deactivated is not among them.
 */
export async function actorsNow(reader: Reader, wanted: readonly Known[]): Promise<Map<number, Actor>> {
  const byNode = new Map(wanted.map((known) => [known.node, known]));
  const found = new Map<number, Actor>();
  if (byNode.delete(administrator.node)) found.set(administrator.node, administrator);
  if (byNode.size === 0) return found;
  const nodes = [...byNode.keys()];
  const rows = await reader.query<ActorNow>(
    sql`SELECT id, name, kind FROM actor WHERE ${among(sql`id`, nodes)} AND deactivatedAt IS NULL`,
  );
  const groups = [...new Set([...byNode.values()].flatMap((known) => known.groups))];
  const ofThem = some([among(sql`g.actorId`, nodes), among(sql`g.groupName`, groups)]);
  const held = await reader.query<HeldRole & { actorId: number | null; groupName: string }>(
    sql`SELECT g.actorId, g.groupName, g.role, g.scope, r.permissions FROM role_grant g LEFT JOIN role r ON r.liveName = g.role
        WHERE g.liveKey IS NOT NULL AND ${ofThem}`,
  );
  for (const { id, name, kind } of rows) {
    const own = byNode.get(id)!.groups;
    const theirs = held.filter(({ actorId, groupName }) =>
      actorId === null ? own.includes(groupName) : actorId === id,
    );
    const allowances: Allowance[] = allowancesOf(theirs);
    found.set(id, new Actor(id, name, kind, { allowances, limits: null, groups: own, token: null }));
  }
  return found;
}
