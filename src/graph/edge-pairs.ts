import { chunksOf, join, type Reader, type Sql, sql } from "../db/sql.ts";

const pairsPerStatement = 400; // SQLite takes 500 SELECTs in a UNION

/** Rows of `edge` that lead from one node of a pair to the other, one index lookup a pair. */
export async function edgesBetween<Row>(
  reader: Reader,
  pairs: Iterable<{ src: number; dst: number }>,
  columns: Sql,
  where: Sql,
): Promise<Row[]> {
  const each = new Map<string, Sql>();
  for (const { src, dst } of pairs) each.set(`${src} ${dst}`, sql`SELECT ${src} AS src, ${dst} AS dst`);
  const found: Row[] = [];
  for (const chunk of chunksOf([...each.values()], pairsPerStatement)) {
    // CROSS JOIN: SQLite then takes the pairs as the outer loop.
    const rows = await reader.query<Row>(
      sql`SELECT ${columns} FROM (${join(chunk, " UNION ALL ")}) AS pair
          CROSS JOIN edge WHERE edge.src = pair.src AND edge.dst = pair.dst AND ${where}`,
    );
    for (const row of rows) found.push(row);
  }
  return found;
}
