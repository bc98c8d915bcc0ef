import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { type RawAnswer, type SendOptions, send, serverWith } from "../support/open-server.ts";
import { adminToken, startWorld, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
  return world.close;
});

const asking = { authorization: `Bearer ${adminToken}`, "content-type": "application/json" };
const page: SendOptions = { headers: { accept: "text/html,*/*;q=0.8" } };
const post = (body: string, headers: Record<string, string> = asking): SendOptions => ({
  method: "POST",
  headers,
  body,
});

/** Every way an answer comes about: routes, refusals of each layer, faults of the request. */
const answers: [string, string, SendOptions][] = [
  ["an answer", "/graphql", post('{"query": "{ eventHead }"}')],
  ["an answer with errors", "/graphql", post('{"query": "{ nothing }"}')],
  ["the page", "/graphql", page],
  ["a refused login", "/graphql", post("{}", { "content-type": "application/json" })],
  ["a body that is no JSON", "/graphql", post("{")],
  ["another method", "/graphql", { method: "DELETE" }],
  ["a preflight", "/graphql", { method: "OPTIONS", headers: { origin: "https://a.example" } }],
  ["/health", "/health", {}],
  ["/ready", "/ready", {}],
  ["/metrics", "/metrics", {}],
  ["nothing", "/", {}],
  ["another name", "/graphql", { headers: { host: "evil.example" } }],
  ["too long an address", `/${"x".repeat(9_000)}`, {}],
];

const cookiesOf = ({ headers }: RawAnswer) => headers["set-cookie"];
const everyAnswer = (check: (answer: RawAnswer) => void) =>
  it.each(answers)("%s", async (_, path, options) => check(await send(new URL(world.url), path, options)));

describe("no cookie is set, so no browser has a login to lend, by", () => {
  everyAnswer((answer) => expect(cookiesOf(answer)).toBeUndefined());
});

describe("a browser is told to take it for what it is, to frame it nowhere and to keep it to itself: ", () => {
  everyAnswer(({ headers }) => {
    expect(headers).toMatchObject({
      "content-security-policy": expect.stringMatching(
        /^default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'(;script-src|$)/,
      ),
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    });
    expect(headers).not.toHaveProperty("x-powered-by");
    expect(headers).not.toHaveProperty("server");
    expect(headers).not.toHaveProperty("strict-transport-security");
  });
});

it("is told so, too, of an address that cannot be read", async () => {
  const { status, headers, body } = await send(new URL(world.url), "/%zz");
  expect(status).toBe(400);
  expect(headers).toMatchObject({
    "content-security-policy": "default-src 'none';frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  });
  expect(JSON.parse(body).errors[0].extensions.code).toBe("BAD_USER_INPUT");
});

it("is told so in MLflow's form of such an address of its API", async () => {
  for (const path of ["/api/2.0/mlflow/runs/%zz", "/ajax-api/2.0/mlflow/%zz?token=stm_secret"]) {
    const { status, headers, body } = await send(new URL(world.url), path);
    expect([status, headers["cache-control"]]).toEqual([400, "no-store"]);
    expect(JSON.parse(body)).toEqual({ error_code: "INVALID_PARAMETER_VALUE", message: "this URL is none" });
  }
});

describe("the page", () => {
  it("runs its own script and no other, and asks this server only", async () => {
    const { headers, body } = await send(new URL(world.url), "/graphql", page);
    const scripts = [...body.matchAll(/<script>([\s\S]*)<\/script>/g)].map(([, script]) => script!);
    expect(scripts).toHaveLength(1);
    const digest = createHash("sha256").update(scripts[0]!).digest("base64");
    expect(String(headers["content-security-policy"]).split(";")).toEqual([
      "default-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      `script-src 'sha256-${digest}'`,
      "worker-src blob:",
      "style-src 'unsafe-inline'",
      "font-src data:",
      "img-src data:",
      "connect-src 'self'",
    ]);
  });

  it("is not what a program gets", async () => {
    for (const accept of ["*/*", "application/json", "application/graphql-response+json"]) {
      const { status, headers, body } = await send(new URL(world.url), "/graphql", { headers: { accept } });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(headers["content-type"]).toContain("json");
      expect(body).not.toContain("GraphiQL");
    }
  });
});

describe("https", () => {
  it.each([
    ["https://stemma.example", "max-age=15552000"],
    ["http://stemma.example", undefined],
    [null, undefined],
  ])("is insisted on where PUBLIC_URL says so: %s", async (publicUrl, policy) => {
    const url = await serverWith({ publicUrl });
    const { headers } = await send(url, "/health");
    expect(headers["strict-transport-security"]).toBe(policy);
  });
});
