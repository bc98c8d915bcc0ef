import { expect, it } from "vitest";
import { sql } from "../../src/db/sql.ts";
import { database } from "../support/engines.ts";

/** Fractions that real training runs logged, and edges of what a double holds. */
const doubles = [
  940.1890869140625,
  0.1 + 0.2,
  1 / 3,
  -0.008498047478497028,
  1e-17,
  5e-324,
  Number.MAX_VALUE,
  123456789012345680000,
  123456789.12345679,
];

it("stores every double as it is, and finds it again by its value", async () => {
  const db = await database();
  await db.write(async (tx) => {
    for (const [step, value] of doubles.entries()) {
      await tx.run(
        sql`INSERT INTO metric_point (metricId, step, at, value, special) VALUES (1, ${step}, 0, ${value}, '')`,
      );
    }
  });
  const rows = await db.read.query<{ value: number }>(sql`SELECT value FROM metric_point ORDER BY step`);
  expect(rows.map((row) => row.value)).toEqual(doubles);
  for (const value of doubles) {
    expect(await db.read.query(sql`SELECT step FROM metric_point WHERE value = ${value}`)).toHaveLength(1);
  }
});
