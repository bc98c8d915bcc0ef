// The one place where the right to read becomes SQL. A container (model, experiment, dataset) keeps its scope in its row
// of `node`; a member stands under its container's, so a rename or a change of scope touches one row.
import type { Actor } from "../kernel/actor.ts";
import type { Request } from "../kernel/request.ts";
import { everywhere, type ScopePattern } from "../kernel/scope.ts";
import { join, type Sql, some, sql } from "./sql.ts";

/** The scope is covered by one of these patterns. `.` and `/` are neighbours in ASCII, so a prefix is a range. */
export function scopeTerm(column: Sql, patterns: readonly ScopePattern[]): Sql {
  return some(
    patterns.map((pattern) => {
      if (pattern === everywhere) return sql`${column} IS NOT NULL`;
      if (!pattern.endsWith(".*")) return sql`${column} = ${pattern}`;
      const stem = pattern.slice(0, -2);
      return sql`(${column} = ${stem} OR (${column} >= ${`${stem}.`} AND ${column} < ${`${stem}/`}))`;
    }),
  );
}

/**
 * Conditions that leave only what the actor may read of rows that belong to a model, an experiment or a dataset:
 * `container` is its node number. None where the actor may read everything.
 */
export function readable(actor: Actor, container: Sql): Sql[] {
  if (actor.readsEverything) return [];
  const within = scopeTerm(sql`guarded.scope`, actor.readableScopes);
  return [sql`EXISTS (SELECT 1 FROM node guarded WHERE guarded.id = ${container} AND ${within})`];
}

const momentMillis = 250;

/**
 * When this request last found by a container's own row that the caller may read it, by `performance.now()`: its members
 * need no guard of their own for a moment. No longer, since a request may last, and a rename in the meantime may hide them.
 */
export function justRead(request: Request): Map<number, number> {
  // By the actor, since rights that are looked up again make another one.
  return request.once(request.actor, () => new Map());
}

/** As `readable`, for members of these containers only: no conditions where all were found readable just now. */
export function readableIn(request: Request, container: Sql, among: readonly number[]): Sql[] {
  if (request.actor.readsEverything) return [];
  const found = justRead(request);
  const now = performance.now();
  const isOpen = (id: number) => now - (found.get(id) ?? Number.NEGATIVE_INFINITY) < momentMillis;
  return among.every(isOpen) ? [] : readable(request.actor, container);
}

/** Conditions on a container's own row, by its scope: that is quicker than a look at `node`. */
export function readableScope(actor: Actor, scope: Sql): Sql[] {
  return actor.readsEverything ? [] : [scopeTerm(scope, actor.readableScopes)];
}

/** A commit has no scope: whoever may read anything may read it. */
export function readableCommits(actor: Actor): Sql[] {
  return actor.readableScopes.length > 0 ? [] : [sql`1 = 0`];
}

/** The same for nodes of the lineage graph, whatever their kind. */
export function readableNodes(actor: Actor, node: Sql): Sql[] {
  if (actor.readsEverything) return [];
  if (actor.readableScopes.length === 0) return [sql`1 = 0`];
  const within = scopeTerm(sql`COALESCE(holding.scope, guarded.scope)`, actor.readableScopes);
  return [
    sql`EXISTS (SELECT 1 FROM node guarded LEFT JOIN node holding ON holding.id = guarded.container
        WHERE guarded.id = ${node} AND (guarded.kind = 'COMMIT' OR ${within}))`,
  ];
}

/** Whether no event is hidden from the actor. */
export function readsWholeJournal(actor: Actor): boolean {
  return actor.readsEverything && actor.mayAllOver("access:read", everywhere);
}

const ofAccess = join(["ACTOR", "TOKEN", "ROLE", "GRANT"]);

/** What has no scope, and is told to whoever may read anything: a commit, and the stages. */
const ofEverybody = join(["COMMIT", "STAGE_SET"]);

/**
 * The same for events, by their subject. Those about actors, tokens, roles and grants are read by who holds access:read
 * everywhere, and by the actor they are about.
 */
export function readableEvents(actor: Actor, subject: Sql): Sql[] {
  if (readsWholeJournal(actor)) return [];
  const readsAccess = actor.mayAllOver("access:read", everywhere);
  const isOfAccess = sql`guarded.kind IN (${ofAccess})`;
  const isOwn = sql`(guarded.id = ${actor.node} OR guarded.container = ${actor.node})`;
  const access = readsAccess ? isOfAccess : sql`(${isOfAccess} AND ${isOwn})`;
  const within = actor.readsEverything
    ? sql`NOT ${isOfAccess}`
    : some([
        ...(actor.readableScopes.length > 0 ? [sql`guarded.kind IN (${ofEverybody})`] : []),
        scopeTerm(sql`COALESCE(holding.scope, guarded.scope)`, actor.readableScopes),
      ]);
  return [
    sql`EXISTS (SELECT 1 FROM node guarded LEFT JOIN node holding ON holding.id = guarded.container
        WHERE guarded.id = ${subject} AND ${some([access, within])})`,
  ];
}
