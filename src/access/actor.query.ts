import { textTerms } from "../db/filter.ts";
import type { KeysetList } from "../db/keyset.ts";
import { type Sql, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { notFound } from "../kernel/errors.ts";
import { readId } from "../kernel/ids.ts";
import { nfc } from "../kernel/names.ts";
import { instanceOf } from "../kernel/node.ts";
import { ActorRow } from "./actor.entity.ts";
import type { ActorFilter } from "./actor.inputs.ts";

export const actorColumns = sql`a.id AS nodeId, a.name, a.kind, a.createdAt, a.deactivatedAt`;

export function actorOfRow(row: object): ActorRow {
  return instanceOf(ActorRow, row);
}

/** By name. */
export function actorList(filter: ActorFilter | null | undefined): KeysetList {
  const { name, kind, isActive } = filter ?? {};
  const where: Sql[] = textTerms(sql`a.name`, name);
  if (kind != null) where.push(sql`a.kind = ${kind}`);
  if (isActive != null) {
    where.push(isActive ? sql`a.deactivatedAt IS NULL` : sql`a.deactivatedAt IS NOT NULL`);
  }
  return {
    scope: "actors",
    select: actorColumns,
    from: sql`actor a`,
    where,
    order: [{ column: sql`a.name`, as: "name" }],
  };
}

/** The actor that an input names by id or name, locked. Throws NOT_FOUND that names the field. */
export async function lockActor(tx: Transaction, named: string, field = "actor"): Promise<ActorRow> {
  const id = readId(named);
  const isId = id?.kind === "ACTOR";
  const name = nfc(named);
  const which = isId ? sql`a.id = ${id.node}` : sql`a.name = ${name}`;
  const [row] = await tx.lock<ActorRow>(sql`SELECT ${actorColumns} FROM actor a WHERE ${which}`);
  // MySQL pads what it compares.
  if (!row || !(isId || row.name === name)) throw notFound(`actor ${named}`, field);
  return actorOfRow(row);
}
