import { expect, it } from "vitest";
import { type Sql, sql } from "../../src/db/sql.ts";
import { NodeRow } from "../../src/graph/graph.entity.ts";
import { atOnce, JournalWorld } from "../support/journal-world.ts";

const rows = 800;

/** How many of the keys that ended up in a table a poller missed that asks for what is beyond the last one it saw. */
async function missedBy(world: JournalWorld, column: Sql, table: Sql, first: number): Promise<number> {
  const seen = new Set<number>();
  let last = first;
  const ask = async (condition: Sql) => {
    const found = await world.db.read.query<{ at: number }>(
      sql`SELECT ${column} AS at FROM ${table} WHERE ${condition} ORDER BY ${column}`,
    );
    return found.map(({ at }) => at);
  };
  for (let isOver = false; !isOver; ) {
    isOver = isWritten;
    for (const at of await ask(sql`${column} > ${last}`)) {
      seen.add(at);
      last = at;
    }
  }
  return (await ask(sql`${column} > ${first}`)).filter((at) => !seen.has(at)).length;
}

let isWritten = false;

it("would be caught if it went by AUTO_INCREMENT instead of seq", async () => {
  const world = await JournalWorld.open();
  const [newest] = await world.db.read.query<{ id: number }>(sql`SELECT MAX(id) AS id FROM node`);
  const pollers = [
    missedBy(world, sql`seq`, sql`event`, 0),
    missedBy(world, sql`id`, sql`node`, newest!.id),
  ] as const;
  await atOnce(16, rows, () =>
    world.db.write(async (tx) => {
      const [subject] = await tx.insertNumbered(NodeRow, [{ kind: "RUN", label: "", container: null }]);
      await tx.query(sql`SELECT 1`); // as a verb does more between its first insert and its last
      await tx.query(sql`SELECT 1`);
      world.record(tx, { subject: subject! });
    }),
  );
  isWritten = true;
  const [bySeq, byId] = await Promise.all(pollers);
  console.info(`of ${rows} events a poll by seq missed ${bySeq}, a poll by AUTO_INCREMENT ${byId}`);
  expect(bySeq).toBe(0);
  expect(byId).toBeGreaterThan(0);
});
