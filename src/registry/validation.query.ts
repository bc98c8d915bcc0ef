import { among, every, type Reader, raw, type Sql, sql } from "../db/sql.ts";
import { instanceOf } from "../kernel/node.ts";
import { Validation } from "./validation.entity.ts";

const columns =
  "versionId validator organisation scope reportUri reportDigest expiresAt createdAt createdById".split(" ");

const validationColumns = sql`d.id AS nodeId, ${raw(columns.map((name) => `d.${name}`).join(", "))}`;

/** Validations of these versions, the oldest first, in one statement; with conditions on `model_version v`. */
export async function validationsWhere(reader: Reader, conditions: readonly Sql[]): Promise<Validation[]> {
  const rows = await reader.query<object>(
    sql`SELECT ${validationColumns} FROM validation d JOIN model_version v ON v.id = d.versionId
        WHERE ${every(conditions)} ORDER BY d.id`,
  );
  return rows.map((row) => instanceOf(Validation, row));
}

/**
 * For gates: the validations on record of these versions, the oldest first, expired ones, too; whoever decides on a
 * version may know of them. Within a transaction, read them after the model's lock: none is recorded without it.
 */
export function validationsOf(reader: Reader, versionIds: readonly number[]): Promise<Validation[]> {
  return validationsWhere(reader, [among(sql`d.versionId`, versionIds)]);
}
