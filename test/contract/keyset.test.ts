import fc from "fast-check";
import { expect, it } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { type KeysetList, nullsLast, readPage, readPages, type SortKey } from "../../src/db/keyset.ts";
import { join, sql } from "../../src/db/sql.ts";
import type { Page } from "../../src/kernel/connection.ts";
import { type PageArgs, sliceOf } from "../../src/kernel/page.ts";
import { database, engine } from "../support/engines.ts";

interface Thing {
  id: number;
  parentId: number;
  word: string;
  amount: number | null;
}

const things: Thing[] = fc
  .sample(
    fc.record({
      parentId: fc.integer({ min: 1, max: 4 }),
      word: fc.constantFrom("a", "B", "Z", "é", "日", "\uffee", "😀"),
      amount: fc.constantFrom(null, -1.5, 0, 0, 0.1, 3, 1e300),
    }),
    { numRuns: 60, seed: 11 },
  )
  .map((thing, index) => ({ id: index + 1, ...thing }));

async function loaded(): Promise<Database> {
  const db = await database();
  await db.write(async (tx) => {
    const text =
      engine() === "mysql" ? sql`varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin` : sql`varchar(9)`;
    await tx.run(sql`CREATE TABLE thing (id int PRIMARY KEY, parent int, word ${text}, amount double)`);
    const rows = things.map(
      ({ id, parentId, word, amount }) => sql`(${id}, ${parentId}, ${word}, ${amount})`,
    );
    await tx.run(sql`INSERT INTO thing VALUES ${join(rows)}`);
  });
  return db;
}

const byCodePoints = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const byId = (a: Thing, b: Thing) => a.id - b.id;

function byAmount(isDescending: boolean) {
  return (a: Thing, b: Thing) => {
    if (a.amount === null || b.amount === null)
      return Number(a.amount === null) - Number(b.amount === null) || byId(a, b);
    return (isDescending ? b.amount - a.amount : a.amount - b.amount) || byId(a, b);
  };
}

const id: SortKey = { column: sql`id`, as: "id" };
const orders: [string, SortKey[], (a: Thing, b: Thing) => number][] = [
  ["id", [id], byId],
  ["word", [{ column: sql`word`, as: "word" }, id], (a, b) => byCodePoints(a.word, b.word) || byId(a, b)],
  [
    "word, last first, then id, last first",
    [
      { column: sql`word`, as: "word", isDescending: true },
      { ...id, isDescending: true },
    ],
    (a, b) => byCodePoints(b.word, a.word) || byId(b, a),
  ],
  ["amount", [...nullsLast(sql`amount`, "amount", false), id], byAmount(false)],
  ["amount, largest first", [...nullsLast(sql`amount`, "amount", true), id], byAmount(true)],
];

function listOf(name: string, order: SortKey[]): KeysetList {
  const select = sql`id, parent AS parentId, word, amount, (amount IS NULL) AS amountIsNull`;
  return { scope: name, select, from: sql`thing`, where: [sql`id <> ${7}`], order };
}

const idOf = (row: Record<string, unknown>) => row.id as number;

/** All pages from one end to the other; checks what each says of itself. */
async function walk(
  read: (args: PageArgs) => Promise<Page<number>>,
  size: number,
  isBackward: boolean,
  total: number,
) {
  const seen: number[] = [];
  for (let cursor: string | null = null; ; ) {
    const page: Page<number> = await read(
      isBackward ? { last: size, before: cursor } : { first: size, after: cursor },
    );
    if (isBackward) seen.unshift(...page.nodes);
    else seen.push(...page.nodes);
    const { startCursor, endCursor, hasNextPage, hasPreviousPage } = page.pageInfo;
    const [hasMore, hasBefore] = isBackward ? [hasPreviousPage, hasNextPage] : [hasNextPage, hasPreviousPage];
    expect(page.edges.map(({ node }) => node)).toEqual(page.nodes);
    expect([page.edges[0]?.cursor ?? null, page.edges.at(-1)?.cursor ?? null]).toEqual([
      startCursor,
      endCursor,
    ]);
    expect([hasMore, hasBefore, await page.count()]).toEqual([seen.length < total, cursor !== null, total]);
    if (!hasMore) return seen;
    expect(page.nodes).toHaveLength(size);
    cursor = isBackward ? startCursor : endCursor;
  }
}

it.each(orders)(
  "pages both ways through a list ordered by %s, and misses and repeats nothing",
  async (name, order, compare) => {
    const db = await loaded();
    const list = listOf(name, order);
    const wanted = things
      .filter((thing) => thing.id !== 7)
      .sort(compare)
      .map((thing) => thing.id);
    for (const size of [1, 7, 100]) {
      for (const isBackward of [false, true]) {
        const read = (args: PageArgs) => readPage(db.read, list, sliceOf(args), idOf);
        expect(await walk(read, size, isBackward, wanted.length)).toEqual(wanted);
      }
    }
  },
);

it.each(orders)(
  "pages through many parents' lists at once as through each, ordered by %s",
  async (name, order, compare) => {
    const db = await loaded();
    const parents = [3, 1, 99, 2];
    for (const [index, parent] of parents.entries()) {
      const mine = things.filter(({ id, parentId }) => id !== 7 && parentId === parent);
      const wanted = mine.sort(compare).map((thing) => thing.id);
      for (const [size, isBackward] of [
        [4, false],
        [9, true],
      ] as const) {
        const read = async (args: PageArgs) => {
          const pages = await readPages(
            db.read,
            listOf(name, order),
            sql`parent`,
            parents,
            sliceOf(args),
            idOf,
          );
          expect(pages).toHaveLength(parents.length);
          return pages[index]!;
        };
        expect(await walk(read, size, isBackward, wanted.length)).toEqual(wanted);
      }
    }
  },
);

it("keeps its place while rows come and go", async () => {
  const db = await loaded();
  const read = (args: PageArgs) => readPage(db.read, listOf("id", [id]), sliceOf(args), idOf);
  const { pageInfo, nodes } = await read({ first: 10 });
  await db.write(async (tx) => {
    await tx.run(sql`DELETE FROM thing WHERE id = ${nodes[9]!}`);
    await tx.run(sql`INSERT INTO thing VALUES (0, 1, 'new', NULL)`);
  });
  expect((await read({ first: 1, after: pageInfo.endCursor })).nodes).toEqual([nodes[9]! + 1]);
});

it("reads the pages of 250 parents in three statements, and their totals in one", async () => {
  const statements: string[] = [];
  const db = await database({ onStatement: (statement) => statements.push(statement) });
  const list: KeysetList = {
    scope: "",
    select: sql`id, container AS parentId`,
    from: sql`node`,
    where: [],
    order: [id],
  };
  const parents = Array.from({ length: 250 }, (_, index) => index + 1);
  statements.length = 0;
  const pages = await readPages(db.read, list, sql`container`, parents, sliceOf({}), idOf);
  expect(statements).toHaveLength(3);
  expect(await Promise.all(pages.map((page) => page.count()))).toEqual(Array(250).fill(0));
  expect(statements).toHaveLength(4);
});
