import { among, chunksOf, type Reader, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { instanceOf } from "../kernel/node.ts";
import { covers } from "../kernel/scope.ts";
import { AliasProtection } from "./alias-protection.entity.ts";

const columns = sql`p.id AS nodeId, p.pattern, p.alias, p.liveKey, p.stagesText, p.revision, p.createdAt, p.updatedAt, p.deletedAt`;
const aliasesPerStatement = 900;

/** All that hold, by alias and pattern. */
export async function readProtections(reader: Reader): Promise<AliasProtection[]> {
  const rows = await reader.query<object>(
    sql`SELECT ${columns} FROM alias_protection p WHERE p.deletedAt IS NULL ORDER BY p.alias, p.pattern`,
  );
  return rows.map((row) => instanceOf(AliasProtection, row));
}

export async function findProtections(reader: Reader, ids: readonly number[]): Promise<AliasProtection[]> {
  const rows = await reader.query<object>(
    sql`SELECT ${columns} FROM alias_protection p WHERE ${among(sql`p.id`, ids)}`,
  );
  return rows.map((row) => instanceOf(AliasProtection, row));
}

export async function findProtection(tx: Transaction, liveKey: string): Promise<AliasProtection | null> {
  const [row] = await tx.query<object>(
    sql`SELECT ${columns} FROM alias_protection p WHERE p.liveKey = ${liveKey}`,
  );
  return row ? instanceOf(AliasProtection, row) : null;
}

/**
 * Those that protect these aliases of a model by any of these names; none comes or goes until commit. Lock the model row
 * before. What makes protections locks the row of the stages, which the outer join has held first.
 */
export async function heldProtections(
  tx: Transaction,
  models: readonly string[],
  aliases: readonly string[],
): Promise<AliasProtection[]> {
  const found: AliasProtection[] = [];
  for (const some of chunksOf(aliases, aliasesPerStatement)) {
    const rows = await tx.share<{ nodeId: number | null }>(
      sql`SELECT ${columns} FROM stage_set s LEFT JOIN alias_protection p
          ON p.deletedAt IS NULL AND ${among(sql`p.alias`, some)}`,
    );
    const held = rows.filter(({ nodeId }) => nodeId !== null).map((row) => instanceOf(AliasProtection, row));
    found.push(...held.filter(({ pattern }) => models.some((name) => covers(pattern, name))));
  }
  return found;
}
