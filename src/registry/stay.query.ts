import { type Sql, sql } from "../db/sql.ts";
import type { View } from "../journal/as-of.ts";

/** Which stays last in a view; `stay` is their table. One that ends behind the view has no end there. */
export function lasting({ seq, occurredBy }: View, stay: Sql): Sql {
  const isOpen = sql`${stay}.toSeq IS NULL OR ${stay}.toSeq > ${seq}`;
  if (occurredBy === null) return sql`${stay}.fromSeq <= ${seq} AND (${isOpen})`;
  return sql`${stay}.fromSeq <= ${seq} AND ${stay}.fromAt <= ${occurredBy} AND (${isOpen} OR ${stay}.toAt > ${occurredBy})`;
}
