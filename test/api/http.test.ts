import { request } from "node:http";
import { auditServer } from "graphql-http";
import { beforeAll, describe, expect, it } from "vitest";
import { adminToken, startWorld, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
  return world.close;
});

const authorization = `Bearer ${adminToken}`;

async function send(
  path: string,
  init: RequestInit & { headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Headers; text: string; json: () => ReturnType<typeof JSON.parse> }> {
  const response = await fetch(world.url + path, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}

const post = (body: string, headers: Record<string, string> = {}) =>
  send("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", authorization, ...headers },
    body,
  });

const ask = (query: string, more: object = {}) => post(JSON.stringify({ query, ...more }));

describe("GraphQL over HTTP", () => {
  it("passes all 61 audits of graphql-http", async () => {
    const results = await auditServer({
      url: `${world.url}/graphql`,
      fetchFn: (url: string, init?: RequestInit) =>
        fetch(url, {
          ...init,
          headers: { authorization, "apollo-require-preflight": "yes", ...init?.headers },
        }),
    });
    expect(results.filter(({ status }) => status !== "ok").map(({ name }) => name)).toEqual([]);
    expect(results).toHaveLength(61);
  });

  it.each([
    ["cut off", '{"query": "{ viewer '],
    ["no JSON at all", "query { viewer { actor { name } } }"],
    ["empty", ""],
    ["a list", "[]"],
    ["a number", "7"],
    ["null", "null"],
    ["without a query", "{}"],
    ["with a query that is no text", '{"query": {"a": 1}}'],
    ["with variables that are no object", '{"query": "{ eventHead }", "variables": "x"}'],
  ])("refuses a body that is %s with 400 and a code", async (_, body) => {
    const { status, json } = await post(body);
    expect(status).toBe(400);
    expect(json().errors[0]).toMatchObject({
      message: expect.any(String),
      extensions: { code: expect.any(String) },
    });
  });

  it.each([
    ["{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED", 'Cannot query field "nothing"'],
    ["{ eventHead", {}, "GRAPHQL_PARSE_FAILED", "Expected Name"],
    ["{ node(id: 1.5) { id } }", {}, "GRAPHQL_VALIDATION_FAILED", "ID cannot represent"],
    [
      "query ($id: ID!) { node(id: $id) { id } }",
      { variables: { id: { a: 1 } } },
      "BAD_USER_INPUT",
      'Variable "$id" got invalid value',
    ],
    ["query ($id: ID!) { node(id: $id) { id } }", {}, "BAD_USER_INPUT", 'Variable "$id"'],
    [
      "query A { eventHead } query B { eventHead }",
      { operationName: "C" },
      "OPERATION_RESOLUTION_FAILURE",
      "operation",
    ],
    ["subscription { registryEvents { seq } }", {}, "BAD_USER_INPUT", "WebSocket"],
  ])("refuses %s with a code that says why", async (query, more, code, message) => {
    const { json } = await ask(query, more);
    const [error] = json().errors;
    expect(error.extensions.code).toBe(code);
    expect(error.message).toContain(message);
    expect(JSON.stringify(json())).not.toContain("node_modules");
  });

  it("tells of a wrong document at most five errors", async () => {
    const { json } = await ask(`{ ${Array.from({ length: 50 }, (_, index) => `wrong${index}`).join(" ")} }`);
    expect(json().errors.length).toBeLessThanOrEqual(6);
  });

  it("refuses a mutation by GET with 405, and changes nothing", async () => {
    const mutation = `mutation { createModel(input: { name: "by-get" }) { model { id } } }`;
    const { status } = await send(`/graphql?query=${encodeURIComponent(mutation)}`, {
      headers: { authorization, accept: "application/json", "apollo-require-preflight": "yes" },
    });
    expect(status).toBe(405);
    expect(await world.ask(`{ model(name: "by-get") { id } }`)).toEqual({ model: null });
  });

  it("answers a query by GET, but not to a page of another site", async () => {
    const path = `/graphql?query=${encodeURIComponent("{ viewer { actor { name } } }")}`;
    const headers = { authorization, accept: "application/json" };
    const answered = await send(path, { headers: { ...headers, "apollo-require-preflight": "yes" } });
    expect(answered.json()).toMatchObject({ data: { viewer: { actor: { name: "administrator" } } } });
    const forged = await send(path, { headers });
    expect(forged.status).toBe(400);
    const simple = await send("/graphql", {
      method: "POST",
      headers: { authorization, "content-type": "text/plain" },
      body: JSON.stringify({ query: "{ eventHead }" }),
    });
    expect(simple.status).toBeGreaterThanOrEqual(400);
  });

  it.each([
    ["no token", {}],
    ["a wrong token", { authorization: "Bearer nonsense-of-more-than-32-characters" }],
    ["another scheme", { authorization: `Basic ${Buffer.from("a:b").toString("base64")}` }],
  ])("answers 401 to %s", async (_, headers) => {
    const {
      status,
      json,
      headers: answered,
    } = await send("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers } as Record<string, string>,
      body: JSON.stringify({ query: "{ eventHead }" }),
    });
    expect(status).toBe(401);
    expect(answered.get("www-authenticate")).toMatch(/^Bearer/);
    expect(json().errors[0].extensions.code).toBe("UNAUTHENTICATED");
  });

  it("says who asked: a given request id comes back, a dangerous or missing one is replaced", async () => {
    const given = await post('{"query": "{ eventHead }"}', { "x-request-id": "ci-build:42.7" });
    expect(given.headers.get("x-request-id")).toBe("ci-build:42.7");
    const refused = await send("/graphql", { method: "POST", headers: { "x-request-id": "refused-1" } });
    expect(refused.headers.get("x-request-id")).toBe("refused-1");
    for (const strange of ["", "a b", "<script>", "x".repeat(100)]) {
      const { headers } = await post('{"query": "{ eventHead }"}', { "x-request-id": strange });
      expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});

describe("beside GraphQL", () => {
  it("answers /health, /ready and /metrics to anybody", async () => {
    expect((await send("/health")).text).toBe("OK");
    const asJson = await send("/health", { headers: { accept: "application/json" } });
    expect(asJson.json()).toEqual({ status: "ok" });
    expect((await send("/ready")).json()).toEqual({
      status: "ready",
      parts: { database: true, feed: true, objects: true },
      reasons: {},
    });
    const metrics = await send("/metrics");
    expect(metrics.headers.get("content-type")).toContain("text/plain");
    expect(metrics.text).toMatch(/^stemma_sql_statements_total \d+$/m);
    expect(metrics.text).toMatch(/^process_resident_memory_bytes \d/m);
  });

  it("opens GraphiQL for a browser, and the page fetches nothing from elsewhere", async () => {
    const { status, headers, text } = await send("/graphql", { headers: { accept: "text/html,*/*;q=0.8" } });
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("text/html");
    expect(text).toContain("GraphiQL");
    const fetched =
      text.match(/<(?:script|link|img|iframe)\b[^>]*?(?:src|href)\s*=\s*["'][^"']*["']/gi) ?? [];
    expect(fetched.filter((tag) => /["'](?:https?:)?\/\//i.test(tag))).toEqual([]);
    expect(text).not.toMatch(/@import\s+(?:url\()?["']?(?:https?:)?\/\//i);
  });

  it.each(["/", "/nothing", "/graphql/nothing", "/..%2f..%2fetc%2fpasswd", "/%00"])(
    "answers 404 or 400 at %s",
    async (path) => {
      const { status, json } = await send(path);
      expect([400, 404]).toContain(status);
      expect(json().errors[0].extensions.code).toEqual(expect.any(String));
    },
  );

  it("answers other methods with a refusal, never a fault", async () => {
    for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]) {
      const { status } = await send("/graphql", { method, headers: { authorization } });
      expect(status, method).toBeGreaterThanOrEqual(400);
      expect(status, method).toBeLessThan(500);
    }
  });

  it("closes a connection that speaks no HTTP", async () => {
    const { port, hostname } = new URL(world.url);
    const status = await new Promise((resolve) => {
      const asked = request({
        port,
        host: hostname,
        path: "/graphql",
        method: "POST",
        headers: { "content-length": "5" },
      });
      asked.on("response", (response) => resolve(response.statusCode)).on("error", () => resolve("closed"));
      asked.end("0123456789");
    });
    expect(["closed", 400, 401]).toContain(status);
  });
});
