import fc from "fast-check";
import { expect, it } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { conditionsOf, numberTerms, textTerms } from "../../src/db/filter.ts";
import { every, type Sql, sql } from "../../src/db/sql.ts";
import type { FloatFilter, StringFilter } from "../../src/kernel/filter.ts";
import { database, engine } from "../support/engines.ts";

const texts = [
  "",
  " ",
  "a",
  "a ",
  " a",
  "ab",
  "A",
  "á",
  "a\u0301",
  "a%",
  "a_b",
  "a\\b",
  "a'b",
  'a"b',
  "😀",
  "😀b",
  "ﬀ",
  "z\u{10ffff}",
];
const numbers = [
  0,
  -1,
  0.1,
  0.1 + 0.2,
  1e300,
  -1e-300,
  2 ** 53,
  1e-16,
  1e-17,
  2.3e-16,
  1 - 1e-16,
  1.7976931348623157e308,
  5e-324,
];

async function table<T>(values: T[]): Promise<Database> {
  const db = await database();
  await db.write(async (tx) => {
    const text = engine() === "mysql" ? sql`text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin` : sql`text`;
    await tx.run(sql`CREATE TABLE thing (id int PRIMARY KEY, word ${text}, amount double)`);
    for (const [id, value] of values.entries()) {
      const [word, amount] = typeof value === "string" ? [value, null] : [null, value as number];
      await tx.run(sql`INSERT INTO thing (id, word, amount) VALUES (${id}, ${word}, ${amount})`);
    }
    await tx.run(sql`INSERT INTO thing (id) VALUES (${values.length})`);
  });
  return db;
}

async function found<T>(db: Database, values: T[], terms: Sql[]): Promise<T[]> {
  const rows = await db.read.query<{ id: number }>(
    sql`SELECT id FROM thing WHERE ${every(terms)} ORDER BY id`,
  );
  return rows.map(({ id }) => values[id]!);
}

it("compares texts exactly, as JavaScript does, spaces and all", async () => {
  const db = await table(texts);
  const meanings: [keyof StringFilter, (text: string, value: string) => boolean][] = [
    ["eq", (text, value) => text === value],
    ["ne", (text, value) => text !== value],
    ["startsWith", (text, value) => text.startsWith(value)],
    ["contains", (text, value) => text.includes(value)],
  ];
  for (const [name, means] of meanings) {
    for (const value of texts) {
      const terms = textTerms(sql`word`, { [name]: value }, "text");
      const wanted = texts.filter((text) => means(text, value));
      expect([name, value, await found(db, texts, [...terms, sql`word IS NOT NULL`])]).toEqual([
        name,
        value,
        wanted,
      ]);
    }
  }
  for (const values of [[], ["a"], ["a ", "b", "😀"], texts]) {
    const wanted = texts.filter((text) => values.includes(text));
    expect(await found(db, texts, textTerms(sql`word`, { in: values }, "text"))).toEqual(wanted);
  }
});

it("compares numbers as they are, to the last digit", async () => {
  const db = await table(numbers);
  const meanings: [keyof FloatFilter, (number: number, value: number) => boolean][] = [
    ["eq", (number, value) => number === value],
    ["ne", (number, value) => number !== value],
    ["lt", (number, value) => number < value],
    ["lte", (number, value) => number <= value],
    ["gt", (number, value) => number > value],
    ["gte", (number, value) => number >= value],
  ];
  for (const [name, means] of meanings) {
    for (const value of numbers) {
      const wanted = numbers.filter((number) => means(number, value));
      expect([name, value, await found(db, numbers, numberTerms(sql`amount`, { [name]: value }))]).toEqual([
        name,
        value,
        wanted,
      ]);
    }
  }
});

it("keeps numbers to the last digit", async () => {
  const bits = new BigUint64Array(1);
  const random = fc.sample(fc.bigInt(0n, 2n ** 64n - 1n), { numRuns: 500, seed: 7 }).map((bit) => {
    bits[0] = bit;
    return new Float64Array(bits.buffer)[0]!;
  });
  const values = random.filter((value) => Number.isFinite(value) && value !== 0);
  const db = await table(values);
  const rows = await db.read.query<{ amount: number }>(
    sql`SELECT amount FROM thing WHERE amount IS NOT NULL ORDER BY id`,
  );
  expect(rows.map(({ amount }) => amount)).toEqual(values);
});

it("finds a name however its accents are composed", async () => {
  const names = ["Caf\u00e9", "Cafe"];
  const db = await table(names);
  for (const filter of [
    { eq: "Cafe\u0301" },
    { in: ["Cafe\u0301"] },
    { startsWith: "Cafe\u0301" },
    { contains: "e\u0301" },
  ]) {
    expect(await found(db, names, textTerms(sql`word`, filter))).toEqual(["Caf\u00e9"]);
  }
});

interface Filter {
  word?: StringFilter;
  and?: Filter[];
  or?: Filter[];
  not?: Filter;
}

it("combines conditions, and takes `not` as the opposite where nothing is known", async () => {
  const values = ["a", "b", "c"];
  const db = await table<string | undefined>(values);
  const of = (filter: Filter) =>
    found(
      db,
      [...values, null],
      conditionsOf(filter, ({ word }) => textTerms(sql`word`, word)),
    );
  const [a, b] = [{ word: { eq: "a" } }, { word: { eq: "b" } }];
  expect(await of({})).toEqual(["a", "b", "c", null]);
  expect(await of({ or: [a, b] })).toEqual(["a", "b"]);
  expect(await of({ or: [] })).toEqual([]);
  expect(await of({ and: [] })).toEqual(["a", "b", "c", null]);
  expect(await of({ and: [a, b] })).toEqual([]);
  expect(await of({ not: a })).toEqual(["b", "c", null]);
  expect(await of({ not: { not: a } })).toEqual(["a"]);
  expect(await of({ ...a, or: [a, b], not: b })).toEqual(["a"]);
  expect(await of({ not: { or: [a, b] } })).toEqual(["c", null]);
});

it("is bounded in depth and in number of conditions", () => {
  const nested = (depth: number): Filter => (depth === 0 ? {} : { not: nested(depth - 1) });
  const wide = (count: number): Filter => ({ or: Array(count).fill({}) });
  const read = (filter: Filter) => conditionsOf(filter, ({ word }) => textTerms(sql`word`, word));
  expect(read(nested(7))).toHaveLength(1);
  expect(read(wide(100))).toHaveLength(1);
  for (const filter of [nested(8), nested(5_000), wide(101), { word: { in: Array(101).fill("a") } }]) {
    expect(() => read(filter)).toThrow(expect.objectContaining({ code: "LIMIT" }));
  }
});
