import { among, chunksOf, type Reader, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import type { StemmaError } from "../kernel/errors.ts";
import type { Permission } from "../kernel/permission.ts";
import { everywhere } from "../kernel/scope.ts";

const nodesPerQuery = 400;

/** What stands in an experiment or a dataset, whose scope decides. */
export interface Member {
  /** Node number of the experiment or the dataset. */
  container: number;
  /** The NOT_FOUND for who may not even read it; left out where the actor is known to read it. */
  absent?: () => StemmaError;
}

/** Throws what `actor.must` throws, for each member; asks for scopes only where it depends on them. */
export async function mustWithin(
  reader: Reader,
  actor: Actor,
  permission: Permission,
  members: readonly Member[],
): Promise<void> {
  if (actor.mayAllOver(permission, everywhere)) return;
  const scopes = await scopesOf(
    reader,
    members.map(({ container }) => container),
  );
  for (const { container, absent } of members) actor.must(permission, scopes.get(container)!, absent);
}

/** The scopes of experiments and datasets, by node number. */
export async function scopesOf(reader: Reader, containers: readonly number[]): Promise<Map<number, string>> {
  const scopes = new Map<number, string>();
  for (const some of chunksOf([...new Set(containers)], nodesPerQuery)) {
    const rows = await reader.query<{ id: number; scope: string }>(
      sql`SELECT n.id, n.scope FROM node n WHERE ${among(sql`n.id`, some)}`,
    );
    for (const { id, scope } of rows) scopes.set(id, scope);
  }
  return scopes;
}
