import { among, type Reader, type Sql, sql } from "../db/sql.ts";
import { instanceOf } from "../kernel/node.ts";
import { covers } from "../kernel/scope.ts";
import { mostSpecific } from "../promotion/policy.rules.ts";
import { RetentionPolicy } from "./retention.entity.ts";

export const retentionColumns = sql`r.id AS nodeId, r.pattern, r.body, r.revision, r.updatedAt`;

/** By their patterns; those that were taken back, too, unless the condition says otherwise. */
export async function retentionsWhere(reader: Reader, where: Sql): Promise<RetentionPolicy[]> {
  const rows = await reader.query<object>(
    sql`SELECT ${retentionColumns} FROM retention r WHERE ${where} ORDER BY r.pattern`,
  );
  return rows.map((row) => instanceOf(RetentionPolicy, row));
}

export const isSet = sql`r.body IS NOT NULL`;

/** The one that holds for a model; null where files are kept for ever. */
export function retentionFor(policies: readonly RetentionPolicy[], model: string): RetentionPolicy | null {
  return mostSpecific(policies.filter((policy) => policy.isSet && covers(policy.pattern, model)));
}

export interface Hold {
  subjectId: number;
  reason: string;
  since: number;
  setById: number;
}

/** Legal holds on these models and versions themselves. */
export function holdsOn(reader: Reader, subjects: readonly number[]): Promise<Hold[]> {
  return reader.query(
    sql`SELECT h.subjectId, h.reason, h.since, h.setById FROM legal_hold h
        WHERE ${among(sql`h.subjectId`, subjects)} AND h.releasedAt IS NULL`,
  );
}

/** A version that has this blob, whose number that is, is under legal hold, itself or with its model. */
export function isHeldBlob(id: Sql): Sql {
  return sql`EXISTS (SELECT 1 FROM artifact f JOIN legal_hold h ON h.subjectId IN (f.versionId, f.modelId)
    WHERE f.blobId = ${id} AND h.releasedAt IS NULL)`;
}
