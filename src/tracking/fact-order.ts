import { empty, every, type Sql, sql } from "../db/sql.ts";
import { SpecialValue } from "./fact.entity.ts";

// What a database sorts in place of an infinity: the largest finite double.
const largest = Number.MAX_VALUE;

/**
 * The latest value of a metric, to be sorted downwards either way, so that what has none (or NaN) comes last; of several
 * series the one that comes first.
 */
export function metricColumn(node: Sql, key: string, isDescending: boolean, dataset?: string | null): Sql {
  const value = sql`CASE f.special WHEN '' THEN f.value WHEN ${SpecialValue.POSITIVE_INFINITY} THEN ${largest}
    WHEN ${SpecialValue.NEGATIVE_INFINITY} THEN ${-largest} END`;
  const on = dataset ? sql` AND f.dataset = ${dataset}` : empty;
  const down = isDescending ? value : sql`-(${value})`;
  return sql`(SELECT MAX(${down}) FROM metric f WHERE f.nodeId = ${node} AND f.name = ${key}${on})`;
}

const sortedCharacters = 255; // of a value: cursors carry them

/** The value of a param or a tag; none has two of one key. */
export function pairColumn(node: Sql, table: Sql, key: string): Sql {
  return sql`(SELECT SUBSTR(f.value, 1, ${sortedCharacters}) FROM ${table} f WHERE f.nodeId = ${node} AND f.name = ${key})`;
}

/** Whether there is such a thing; no condition where there are no terms. */
export function exists(from: Sql, terms: Sql[]): Sql[] {
  return terms.length > 0 ? [sql`EXISTS (SELECT 1 FROM ${from} ${every(terms)})`] : [];
}
