// What the scanner graphql-cop looks for, asked as it asks, by a caller who has a token: a stranger gets 401 to all of it.
import { beforeAll, describe, expect, it } from "vitest";
import { type RawAnswer, send } from "../support/open-server.ts";
import { adminToken, startWorld, type World } from "../support/world.ts";

let world: World;
let url: URL;

beforeAll(async () => {
  world = await startWorld();
  url = new URL(world.url);
  return world.close;
});

const authorization = `Bearer ${adminToken}`;

async function post(body: unknown): Promise<{ status: number; answer: ReturnType<typeof JSON.parse> }> {
  const headers = { authorization, "content-type": "application/json" };
  const { status, body: text } = await send(url, "/graphql", {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return { status, answer: JSON.parse(text) };
}

const ask = (query: string) => post({ query });

const answered = ({ body }: RawAnswer) => JSON.parse(body).data ?? null;

/** A refusal, with nothing answered beside it. */
async function expectRefused(query: string): Promise<ReturnType<typeof JSON.parse>> {
  const { answer } = await ask(query);
  expect(answer.data ?? null).toBeNull();
  expect(answer.errors).not.toHaveLength(0);
  return answer.errors;
}

describe("denial of service", () => {
  it("alias overloading: 101 aliases of one field are refused", async () => {
    const aliases = Array.from({ length: 101 }, (_, index) => `alias${index}: __typename`);
    const [error] = await expectRefused(`query cop { ${aliases.join(" \n")} }`);
    expect(error.extensions.code).toBe("LIMIT");
  });

  it("array-based batching: ten queries in one request are refused", async () => {
    const { status, answer } = await post(Array.from({ length: 10 }, () => ({ query: "{ __typename }" })));
    expect(status).toBe(400);
    expect(answer.errors).toHaveLength(1);
    expect(answer).not.toHaveProperty("data");
  });

  it("directive overloading: ten of one field are not told of one by one", async () => {
    const errors = await expectRefused(`query cop { __typename ${"@aa".repeat(10)} }`);
    expect(errors.length).toBeLessThan(10);
  });

  it("directive overloading: five hundred that exist are refused, too", async () => {
    await expectRefused(`query cop { __typename ${"@include(if: true) ".repeat(500)} }`);
  });

  it("circular introspection: types of fields of types of fields are refused", async () => {
    await expectRefused(
      "query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }",
    );
  });

  it("circular fragments are refused", async () => {
    await expectRefused(
      "query cop { __schema { ...A } } fragment A on __Schema { __typename ...B } fragment B on __Schema { ...A }",
    );
  });

  it("field duplication: one field five hundred times is refused", async () => {
    await expectRefused(`query cop { ${"__typename \n".repeat(500)} }`);
  });
});

describe("forgery", () => {
  const address = (query: string) => `/graphql?query=${encodeURIComponent(query)}`;

  it("a mutation by GET is refused", async () => {
    const asked = await send(url, address("mutation cop {__typename}"), { headers: { authorization } });
    expect([asked.status, answered(asked)]).toEqual([400, null]);
  });

  it("a query by GET is refused without a header that makes a browser ask first", async () => {
    const asked = await send(url, address("query cop {__typename}"), { headers: { authorization } });
    expect([asked.status, answered(asked)]).toEqual([400, null]);
  });

  it("a query in a form is refused", async () => {
    const headers = { authorization, "content-type": "application/x-www-form-urlencoded" };
    for (const [path, body] of [
      ["/graphql", "query=query+cop+%7B__typename%7D"],
      [address("query cop {__typename}"), ""],
    ] as const) {
      const asked = await send(url, path, { method: "POST", headers, body });
      expect([asked.status, answered(asked)]).toEqual([400, null]);
    }
  });
});

describe("what is told of the inside", () => {
  it.each([
    ["a field", "query cop { __schema { directive } }"],
    ["a field of our own", "query cop { modelz { totalCount } }"],
    ["an argument", "query cop { models(firs: 1) { totalCount } }"],
    ["a type", "query cop { node(id: 1) { ... on Modell { name } } }"],
    ["an enum value", "query cop { models(orderBy: { field: NAMES }) { totalCount } }"],
    ["a field of an input", "query cop { models(filter: { nam: 1 }) { totalCount } }"],
  ])(
    "field suggestions: a wrong name of %s is refused without a guess at the right one",
    async (_, query) => {
      const errors = await expectRefused(query);
      expect(JSON.stringify(errors)).not.toMatch(/did you mean/i);
    },
  );

  it("field suggestions: nor are there guesses at what variables hold", async () => {
    const query = "query cop ($order: ModelOrder) { models(orderBy: $order) { totalCount } }";
    for (const order of [{ field: "NAMES" }, { fields: "NAME" }]) {
      const { answer } = await post({ query, variables: { order } });
      expect(answer.errors).not.toHaveLength(0);
      expect(JSON.stringify(answer)).not.toMatch(/did you mean/i);
    }
  });

  it("trace mode: neither stacks nor timings are told", async () => {
    for (const query of ["query cop { __typename }", "query cop { nothing }", "query cop {"]) {
      const { answer } = await ask(query);
      expect(JSON.stringify(answer)).not.toMatch(/stacktrace|tracing|exception|node_modules/i);
    }
  });

  it("unhandled errors: what is no GraphQL is refused in GraphQL's own form", async () => {
    const { answer } = await ask("qwerty cop { abc }");
    expect(answer.errors).toEqual([
      {
        message: expect.stringContaining("Syntax Error"),
        locations: [{ line: 1, column: 1 }],
        extensions: { code: "GRAPHQL_PARSE_FAILED" },
      },
    ]);
  });

  it("GraphiQL is there for people with a browser, at one address, and shows nothing without a token", async () => {
    for (const path of ["/graphql", "/graphiql", "/playground", "/console"]) {
      const { body } = await send(url, path, { headers: { authorization, accept: "*/*" } });
      expect(body).not.toMatch(/graphiql\.min\.css|GraphQL Playground|GraphiQL|graphql-playground/);
    }
    const page = await send(url, "/graphql", { headers: { accept: "text/html" } });
    expect(page.body).toContain("GraphiQL");
    expect(page.body).not.toContain("registerModelVersion");
  });

  it("introspection is on for those who have a token, as clients and their generators need it; for nobody else", async () => {
    const query = "query cop { __schema { queryType { name } } }";
    expect((await ask(query)).answer.data).toEqual({ __schema: { queryType: { name: "Query" } } });
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ query });
    const stranger = await send(url, "/graphql", { method: "POST", headers, body });
    expect([stranger.status, answered(stranger)]).toEqual([401, null]);
  });
});
