import { describe, expect, inject, it, onTestFinished } from "vitest";
import { sql } from "../../src/db/sql.ts";
import { freshMysql, openDatabase } from "../support/engines.ts";
import { startMariadb } from "../support/mariadb.ts";
import { adminToken, startWorld } from "../support/world.ts";

const mostQueued = 4_096; // of statements, before one connection of a pool

describe("statements that wait for a connection", () => {
  it("are limited: those beyond are UNAVAILABLE at once, the others have their turn", async () => {
    const { settings, drop } = await freshMysql(inject("mysqlUrl"));
    onTestFinished(drop);
    const db = await openDatabase({ ...settings, poolSize: 2 } as typeof settings);
    const asked = Array.from({ length: 2 + mostQueued + 10 }, () =>
      db.read.query(sql`SELECT 1 AS one`).then(
        () => "answered",
        (error) => error,
      ),
    );
    const outcomes = await Promise.all(asked);
    const refused = outcomes.filter((outcome) => outcome !== "answered");
    expect(outcomes.slice(0, 2 + mostQueued)).toEqual(Array(2 + mostQueued).fill("answered"));
    expect(refused).toHaveLength(10);
    for (const error of refused) {
      expect(error).toMatchObject({ code: "UNAVAILABLE", message: "the database is too busy; try again" });
    }
    expect(await db.isReady()).toBe(true);
  });
});

describe("without its database the server", () => {
  it("answers 503 with Retry-After where it has nothing to tell, and 200 where it has something", async () => {
    const server = await startMariadb();
    onTestFinished(() => server.stop());
    const { settings } = await freshMysql(server.url);
    const world = await startWorld({ settings });
    onTestFinished(world.close);
    const ask = async (query: string) => {
      const response = await fetch(`${world.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${adminToken}` },
        body: JSON.stringify({ query }),
      });
      const { data, errors } = await response.json();
      const codes = errors?.map((error: { extensions: { code: string } }) => error.extensions.code);
      return { status: response.status, after: response.headers.get("retry-after"), data, codes };
    };
    const nothing = { status: 503, after: "1", codes: ["UNAVAILABLE"] };
    await ask("{ eventHead }");
    await server.kill();
    expect(await ask("{ models { totalCount } }")).toEqual({ ...nothing, data: null });
    expect(await ask('{ model(name: "a") { id } }')).toEqual({ ...nothing, data: { model: null } });
    expect(await ask('mutation { createModel(input: { name: "a" }) { userErrors { code } } }')).toMatchObject(
      nothing,
    );
    expect(await ask('{ __typename model(name: "a") { id } }')).toEqual({
      status: 200,
      after: null,
      data: { __typename: "Query", model: null },
      codes: ["UNAVAILABLE"],
    });
    await server.restart();
    expect(await ask('{ model(name: "a") { id } }')).toEqual({
      status: 200,
      after: null,
      data: { model: null },
      codes: undefined,
    });
  });
});
