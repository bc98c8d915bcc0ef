import { LRUCache } from "lru-cache";
import type { Database } from "../db/database.ts";
import { among, type Reader, sql } from "../db/sql.ts";
import type { Allowance } from "../kernel/actor.ts";
import type { AccessChanges } from "./access-changes.ts";
import { builtInRoles, permissionsOfRow } from "./role.rules.ts";

const mostKept = 10_000;

export interface HeldRole {
  role: string;
  scope: string;
  /** Null for a built-in role, and for one that is deleted. */
  permissions: string | null;
}

/** What actors may do by their roles, kept in memory until rights change. */
export class Standings {
  private readonly kept = new LRUCache<string, { revision: number; allowances: readonly Allowance[] }>({
    max: mostKept,
  });

  constructor(
    private readonly db: Database,
    private readonly changes: AccessChanges,
  ) {}

  /** The allowances of an actor and of the groups it is in. */
  async of(actor: number, groups: readonly string[]): Promise<readonly Allowance[]> {
    const key = JSON.stringify([actor, ...groups]);
    const kept = this.kept.get(key);
    const { revision } = this.changes;
    if (kept?.revision === revision) return kept.allowances;
    const allowances = await heldBy(this.db.read, actor, groups);
    this.kept.set(key, { revision, allowances });
    return allowances;
  }
}

async function heldBy(reader: Reader, actor: number, groups: readonly string[]): Promise<Allowance[]> {
  const ofGroups = groups.length === 0 ? sql`1 = 0` : among(sql`g.groupName`, groups);
  const held = await reader.query<HeldRole>(
    sql`SELECT g.role, g.scope, r.permissions FROM role_grant g LEFT JOIN role r ON r.liveName = g.role
        WHERE g.liveKey IS NOT NULL AND (g.actorId = ${actor} OR ${ofGroups})`,
  );
  return allowancesOf(held);
}

/** What roles allow, each on its scope. */
export function allowancesOf(held: readonly HeldRole[]): Allowance[] {
  return held.map(({ role, scope, permissions }) => ({
    permissions: permissionsOf(role, permissions),
    scope,
    role,
  }));
}

function permissionsOf(role: string, text: string | null): ReadonlySet<string> {
  return new Set(builtInRoles.get(role) ?? (text === null ? [] : permissionsOfRow(text)));
}
