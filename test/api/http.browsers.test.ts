import { beforeAll, describe, expect, it } from "vitest";
import { handshake, type SendOptions, send, serverWith } from "../support/open-server.ts";
import { adminToken, startWorld, type World } from "../support/world.ts";

const authorization = `Bearer ${adminToken}`;
const app = "https://app.example";
const question = JSON.stringify({ query: "{ eventHead }" });
const asking = { authorization, "content-type": "application/json" };

describe("a page of another origin", () => {
  const preflight = (origin: string): SendOptions => ({
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type",
    },
  });
  const asks = (origin: string): SendOptions => ({
    method: "POST",
    headers: { ...asking, origin },
    body: question,
  });

  it("is allowed nothing where CORS_ORIGINS is empty", async () => {
    const url = await serverWith({});
    const asked = await send(url, "/graphql", preflight(app));
    expect(asked.status).toBe(405);
    for (const answer of [asked, await send(url, "/graphql", asks(app))]) {
      expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
    expect((await handshake(url, { origin: app }))[0]).toBe(403);
  });

  it("may ask where CORS_ORIGINS names it exactly, with a token it holds itself", async () => {
    const url = await serverWith({ corsOrigins: [app, "http://localhost:5173"] });
    for (const origin of [app, "http://localhost:5173"]) {
      const allowed = await send(url, "/graphql", preflight(origin));
      expect(allowed.status).toBe(204);
      expect(allowed.headers).toMatchObject({
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "authorization,content-type",
        vary: expect.stringContaining("Origin"),
      });
      const answered = await send(url, "/graphql", asks(origin));
      expect(answered.status).toBe(200);
      expect(answered.headers).toMatchObject({
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "x-request-id, retry-after",
        vary: expect.stringContaining("Origin"),
      });
      for (const { headers } of [allowed, answered]) {
        expect(headers).not.toHaveProperty("access-control-allow-credentials");
      }
      expect((await handshake(url, { origin }))[0]).toBe(101);
    }
  });

  it("may read what refuses it, so that it can tell its user why", async () => {
    const url = await serverWith({ corsOrigins: [app] });
    const headers = { origin: app, "content-type": "application/json" };
    const refused = await send(url, "/graphql", { method: "POST", headers, body: question });
    expect(refused.status).toBe(401);
    expect(refused.headers["access-control-allow-origin"]).toBe(app);
  });

  it.each([
    "https://app.example.evil.example",
    "https://sub.app.example",
    "http://app.example",
    "https://app.example:8443",
    "null",
  ])("from %s is told that nothing is allowed, though another is", async (origin) => {
    const url = await serverWith({ corsOrigins: [app] });
    for (const asked of [preflight(origin), asks(origin)]) {
      const { headers } = await send(url, "/graphql", asked);
      expect(headers).not.toHaveProperty("access-control-allow-origin");
    }
    expect((await handshake(url, { origin }))[0]).toBe(403);
  });

  it("is allowed nothing beside /graphql", async () => {
    const url = await serverWith({ corsOrigins: [app] });
    for (const path of ["/health", "/metrics", "/nothing", "/"]) {
      for (const asked of [preflight(app), { headers: { origin: app } }]) {
        const { headers } = await send(url, path, asked);
        expect([path, headers["access-control-allow-origin"]]).toEqual([path, undefined]);
      }
    }
  });
});

describe("what a page can make a browser send without asking first", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    return world.close;
  });
  const mutation = `mutation { createModel(input: { name: "forged" }) { userErrors { code } } }`;
  const form = `query=${encodeURIComponent(mutation)}`;
  const multipart = `--b\r\ncontent-disposition: form-data; name="query"\r\n\r\n${mutation}\r\n--b--\r\n`;

  it.each([
    ["text", "text/plain", JSON.stringify({ query: mutation })],
    ["text that says it is JSON, too", "text/plain; application/json", JSON.stringify({ query: mutation })],
    ["a form", "application/x-www-form-urlencoded", form],
    ["a form of parts", "multipart/form-data; boundary=b", multipart],
    ["nothing it names", "", JSON.stringify({ query: mutation })],
  ])("is refused: %s", async (_, type, body) => {
    const headers = { authorization, ...(type ? { "content-type": type } : {}) };
    const { status } = await send(new URL(world.url), "/graphql", { method: "POST", headers, body });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(await world.ask(`{ model(name: "forged") { id } }`)).toEqual({ model: null });
  });

  it("is refused: a query in an address, unless a header shows that no page sent it", async () => {
    const path = `/graphql?query=${encodeURIComponent("{ eventHead }")}`;
    const ask = (more: Record<string, string>) =>
      send(new URL(world.url), path, { headers: { authorization, ...more } });
    expect((await ask({})).status).toBe(400);
    expect((await ask({ accept: "text/html" })).status).toBe(400);
    for (const shown of ["apollo-require-preflight", "x-apollo-operation-name"]) {
      expect((await ask({ [shown]: "yes" })).status).toBe(200);
    }
  });

  it("is refused: a mutation in an address, whatever header it brings", async () => {
    const path = `/graphql?query=${encodeURIComponent(mutation)}`;
    const headers = { authorization, "apollo-require-preflight": "yes" };
    expect((await send(new URL(world.url), path, { headers })).status).toBe(405);
    expect(await world.ask(`{ model(name: "forged") { id } }`)).toEqual({ model: null });
  });
});
