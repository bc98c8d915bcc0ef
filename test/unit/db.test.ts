import { describe, expect, it } from "vitest";
import { mysqlDialect, sqliteDialect } from "../../src/db/dialect.ts";
import { mostAttempts } from "../../src/db/retry.ts";
import { among, chunksOf, every, join, some, sql } from "../../src/db/sql.ts";
import { StemmaError } from "../../src/kernel/errors.ts";

/** As TypeORM wraps what a driver threw. */
const wrapped = (driverError: object) => Object.assign(new Error("query failed"), { driverError });

describe("an error of MySQL", () => {
  const { meaningOf } = mysqlDialect("mariadb");

  it.each([
    ["retry", { errno: 1213, code: "ER_LOCK_DEADLOCK" }],
    ["retry", { errno: 1205 }],
    ["retry", { errno: 1020 }],
    ["retry", { errno: 9999, sqlState: "40001" }],
    ["duplicate", { errno: 1062 }],
    ["full", { errno: 1021 }],
    ["full", { errno: 1114 }],
    ["gone", { errno: 1053 }],
    ["gone", { errno: 1040 }],
    ["gone", { errno: 1927 }],
    ["gone", { errno: -111, code: "ECONNREFUSED" }],
    ["gone", { code: "PROTOCOL_CONNECTION_LOST" }],
    ["gone", { code: "ECONNRESET" }],
    [null, { errno: 1064, code: "ER_PARSE_ERROR" }],
    [null, { errno: 1406, code: "ER_DATA_TOO_LONG" }],
    [null, { errno: 4025 }],
    [null, {}],
  ])("means %j where it is %j, wrapped or not", (meaning, error) => {
    expect(meaningOf(wrapped(error))).toBe(meaning);
    expect(meaningOf(Object.assign(new Error("bare"), error))).toBe(meaning);
  });

  it("may be told in words only", () => {
    expect(meaningOf(new Error("Can't add new command when connection is in closed state"))).toBe("gone");
    expect(meaningOf(new Error("Pool is closed."))).toBe("gone");
  });
});

describe("an error of SQLite", () => {
  it.each([
    ["retry", 5],
    ["retry", 517],
    ["retry", 6],
    ["duplicate", 2067],
    ["duplicate", 1555],
    ["full", 13],
    ["gone", 14],
    ["gone", 266],
    [null, 275],
    [null, 1],
  ])("means %j where its code is %i", (meaning, errcode) => {
    expect(sqliteDialect.meaningOf(wrapped({ errcode }))).toBe(meaning);
  });
});

it("means nothing to either engine where it is none of theirs", () => {
  for (const { meaningOf } of [mysqlDialect("mysql"), sqliteDialect]) {
    for (const error of [new Error("ours"), new StemmaError("CONFLICT", "no"), "text", undefined, null, 7]) {
      expect(meaningOf(error)).toBeNull();
    }
  }
});

it("leaves time for a deadlock storm to pass", () => {
  expect(mostAttempts).toBeGreaterThanOrEqual(12);
});

describe("a statement", () => {
  it("holds values as parameters, never as text", () => {
    const name = "x' OR 1=1 --";
    const statement = sql`SELECT * FROM model WHERE ${every([sql`name = ${name}`, among(sql`id`, [1, 2])])}`;
    expect(statement.sql).toBe("SELECT * FROM model WHERE (name = ? AND id IN (?,?))");
    expect(statement.values).toEqual([name, 1, 2]);
  });

  it("knows what all, any and one of nothing are", () => {
    expect([every([]).sql, some([]).sql, among(sql`id`, []).sql]).toEqual(["1 = 1", "1 = 0", "1 = 0"]);
    expect(some([sql`a`, every([sql`b`, sql`c`])]).sql).toBe("(a OR (b AND c))");
    expect(join([1, 2]).values).toEqual([1, 2]);
  });

  it("is split where there are too many values for one", () => {
    expect([...chunksOf([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]]);
    expect([...chunksOf([], 2)]).toEqual([]);
  });
});
