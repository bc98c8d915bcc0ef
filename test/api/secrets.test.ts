import { pino } from "pino";
import { beforeAll, describe, expect, it } from "vitest";
import { newToken } from "../../src/access/token.rules.ts";
import { person } from "../support/access.ts";
import { type IdentityProvider, identityProvider } from "../support/identity-provider.ts";
import { registryOf } from "../support/registry.ts";
import { rowCounts, rowsOf } from "../support/row-counts.ts";
import { adminToken, askOver, socketClient, startWorld, type World } from "../support/world.ts";

/** All that the server says to its log, in one text. */
let logged = "";
/** All that it answers, bar the two answers that tell a new secret. */
let answered = "";
/** Whatever must stay between a caller and the server: real tokens, and wrong ones that may be nearly right. */
const secrets = new Map<string, string>([["the administrator's token", adminToken]]);
const wrong = newToken();
const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl";

function take(line: string): void {
  logged += line;
}

let world: World;
let provider: IdentityProvider;

async function ask(query: string, headers: Record<string, string>, variables?: object) {
  const answer = await askOver(world.url, query, variables, headers);
  answered += JSON.stringify(answer);
  return answer;
}

async function visit(path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(`${world.url}${path}`, init);
  answered += JSON.stringify([...response.headers]) + (await response.text());
  return response;
}

/** A handshake with this token; how its socket closes. */
async function knock(token: string): Promise<void> {
  const client = socketClient(world.url, token);
  try {
    for await (const answer of client.iterate({ query: "{ viewer { actor { name } } }" })) {
      answered += JSON.stringify(answer);
    }
  } catch (closed) {
    const { code, reason } = closed as { code: number; reason: string };
    answered += `${code} ${reason}`;
  }
  await client.dispose();
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (token: string) => ({
  authorization: `Basic ${Buffer.from(`me:${token}`).toString("base64")}`,
});

beforeAll(async () => {
  const log = pino({ level: "trace" }, { write: take });
  provider = await identityProvider();
  world = await startWorld({ log, oidc: provider.settings() });
  const administrator = registryOf(world);
  const ann = await person(world, "ann", { grants: [["VIEWER", "*"]] });
  secrets.set("a token", ann.token);
  const rotated = await administrator.mutate("rotateToken", { token: ann.tokenId });
  secrets.set("a rotated token", rotated.secret);
  secrets.set("a wrong token", wrong).set("a token of another issuer", jwt);
  await administrator.mutate("grantRole", { group: "analysts", role: "VIEWER", scope: "*" });
  const good = await provider.tokenOf("canary", { groups: ["analysts"] });
  const ended = await provider.forge({ claims: { exp: Math.floor(Date.now() / 1000) - 3_600 } });
  secrets.set("a provider's token", good).set("a provider's token that has ended", ended);
  expect((await ask("{ viewer { groups } }", bearer(good))).data).toEqual({
    viewer: { groups: ["analysts"] },
  });
  for (const token of [...secrets.values(), "nonsense-nonsense-nonsense"]) {
    for (const headers of [bearer(token), basic(token), { authorization: `Token ${token}` }]) {
      await ask("{ viewer { actor { name } token { id name scopes } } eventHead }", headers);
      await ask("{ nothing like this }", headers);
      await ask('mutation { createModel(input: { name: "a/b" }) { userErrors { message } } }', headers);
    }
    await visit(`/graphql?query=${encodeURIComponent("{ eventHead }")}&access_token=${token}`, {
      headers: { "apollo-require-preflight": "1", ...bearer(token) },
    });
    await visit(`/${token}`);
    await knock(token);
  }
  await ask("{ actors { nodes { name tokens { nodes { id name scopes } } } } }", bearer(adminToken));
  await ask(
    `{ registryEvents(first: 100) { nodes { type body header payload texts { text salt } attributedTo } } }`,
    bearer(adminToken),
  );
  await visit("/metrics");
  await visit("/ready");
  await visit("/graphql", { headers: { accept: "text/html" } });
  // A signature is as good as the rest of it is guessable.
  for (const name of ["a provider's token", "a provider's token that has ended"])
    secrets.set(`${name}: its signature`, secrets.get(name)!.split(".")[2]!);
  return async () => {
    await world.close();
    await provider.stop();
  };
});

async function everyRow(): Promise<string> {
  const tables = Object.keys(await rowCounts(world.settings));
  const rows = await Promise.all(tables.map((table) => rowsOf(world.settings, `SELECT * FROM ${table}`)));
  return JSON.stringify(rows);
}

const names = [
  "the administrator's token",
  "a token",
  "a rotated token",
  "a wrong token",
  "a token of another issuer",
  "a provider's token",
  "a provider's token: its signature",
  "a provider's token that has ended",
  "a provider's token that has ended: its signature",
];

describe.each(names)("%s", (name) => {
  it("is in no log line", () => {
    expect(logged).toContain("a login failed");
    // What was asked for as a path is the caller's own to tell.
    const lines = logged.split("\n").filter((line) => !line.includes(`"path":"/${secrets.get(name)}"`));
    expect(lines.join("\n")).not.toContain(secrets.get(name));
  });

  it("is in no answer, event or metric", () => {
    expect(answered).toContain("token.created");
    const elsewhere = answered.replaceAll(`nothing is served at /${secrets.get(name)}`, "");
    expect(elsewhere).not.toContain(secrets.get(name));
  });

  it("is in no row of the database", async () => {
    const rows = await everyRow();
    expect(rows).toContain('"ann"');
    expect(rows).not.toContain(secrets.get(name));
  });
});

it("no field of the schema tells a secret but the answer of the mutation that makes it", async () => {
  const { __schema } = await world.ask("{ __schema { types { name fields { name } } } }");
  const types: { name: string; fields: { name: string }[] | null }[] = __schema.types;
  const fields = types.flatMap(({ name, fields }) => (fields ?? []).map((field) => `${name}.${field.name}`));
  expect(fields.filter((field) => /[.]\w*(secret|password)/i.test(field))).toEqual([
    "TokenSecretPayload.secret",
  ]);
  expect(fields.filter((field) => /^Token[.]\w*(digest|hash|value)/i.test(field))).toEqual([]);
});
