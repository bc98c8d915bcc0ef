import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { changeRows, type Person, person } from "../support/access.ts";
import { freshDatabase } from "../support/engines.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { rowsOf } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let administrator: Registry;
/** What the clock of the world says. */
let now = Date.parse("2026-03-01T09:30:00.000Z");
let made = 0;

beforeAll(async () => {
  world = await startWorld({ clock: () => now });
  administrator = registryOf(world);
  return world.close;
});

const days = (count: number) => count * 24 * 3600 * 1000;
const somebody = (more: Parameters<typeof person>[2] = {}): Promise<Person> =>
  person(world, `person ${++made}`, { grants: [["VIEWER", "risk.*"]], ...more });
const who = "{ viewer { actor { name } token { id } } }";

/** Status and message of a question by this header. */
async function by(authorization: string): Promise<[number, string | undefined]> {
  const { status, errors } = await world.graphql(who, {}, { authorization });
  return [status, errors?.[0]?.message];
}

const bearer = (token: string) => by(`Bearer ${token}`);
const basic = (pair: string) => by(`Basic ${Buffer.from(pair).toString("base64")}`);

describe("the secret of a token", () => {
  it("is shown once, and only its SHA-256 is kept", async () => {
    const ann = await somebody();
    expect(ann.token).toMatch(/^stm_[0-9A-Za-z]{36}$/);
    const [row] = await rowsOf(
      world.settings,
      `SELECT * FROM access_token WHERE id = ${ann.tokenId.slice(4)}`,
    );
    expect(row!.digest).toBe(createHash("sha256").update(ann.token).digest("hex"));
    const tables = ["access_token", "event", "event_text", "idempotency", "node"];
    for (const table of tables) {
      const rows = JSON.stringify(await rowsOf(world.settings, `SELECT * FROM ${table}`));
      expect(rows.includes(ann.token), table).toBe(false);
      expect(rows.includes(String(row!.digest)), table).toBe(table === "access_token");
    }
  });

  it("is told by no answer of an idempotency key that is used again", async () => {
    const { name } = await somebody();
    const input = { actor: name, name: "again", idempotencyKey: `again ${name}` };
    const first = await administrator.mutate("createToken", input);
    const second = await administrator.mutate("createToken", input);
    expect(first.secret).toMatch(/^stm_/);
    expect(second).toEqual({ ...first, secret: null });
  });

  it("with a wrong check digit is refused without a question to the database", async () => {
    const { token } = await somebody();
    const wrong = token.slice(0, -1) + (token.endsWith("0") ? "1" : "0");
    let answer: unknown;
    const statements = await world.statementsOf(async () => {
      answer = await bearer(wrong);
    });
    expect(answer).toEqual([401, "this token is not known here"]);
    expect(statements).toEqual([]);
  });

  it("is shown as Bearer, or as the password of any name", async () => {
    const { token } = await somebody();
    for (const authorization of [`Bearer ${token}`, `bearer   ${token}`]) {
      expect(await by(authorization)).toEqual([200, undefined]);
    }
    expect(await basic(`any:${token}`)).toEqual([200, undefined]);
    expect(await basic(`:${token}`)).toEqual([200, undefined]);
    expect(await basic(`${token}:`)).toEqual([401, expect.stringContaining("as the password")]);
    expect(await basic(token)).toEqual([401, expect.stringContaining("as the password")]);
    expect(await basic(`a:b:${token}`)).toEqual([401, "this token is not known here"]);
    for (const wrong of ["", "Bearer", `Token ${token}`, token, `Bearer ${token} x`]) {
      expect(await by(wrong), wrong).toEqual([401, expect.stringContaining("send a token")]);
    }
  });
});

describe("a token", () => {
  it("says what it is, and which one is shown", async () => {
    const ann = await somebody({ scopes: ["registry:read@risk.*", "VIEWER@risk.*", "VIEWER@risk.*"] });
    const { viewer } = await ann.ask(`{ viewer { token {
      id name scopes createdAt expiresAt lastUsedAt revokedAt actor { name } createdBy { name } } } }`);
    expect(viewer.token).toEqual({
      id: ann.tokenId,
      name: "for tests",
      scopes: ["VIEWER@risk.*", "registry:read@risk.*"],
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + days(90)).toISOString(),
      lastUsedAt: null,
      revokedAt: null,
      actor: { name: ann.name },
      createdBy: { name: "administrator" },
    });
  });

  it("is good until its last millisecond, and not in the next", async () => {
    const expiresAt = now + days(1);
    const { token } = await somebody({ expiresAt: new Date(expiresAt).toISOString() });
    now = expiresAt - 1;
    expect(await bearer(token)).toEqual([200, undefined]);
    now = expiresAt;
    expect(await bearer(token)).toEqual([401, "this token has expired"]);
  });

  it("lasts for at most 365 days, and does not end before it begins", async () => {
    const { name } = await somebody();
    const input = (at: number) => ({ actor: name, name: "x", expiresAt: new Date(at).toISOString() });
    for (const at of [now + 1, now + days(365)]) {
      const { token } = await administrator.mutate("createToken", input(at));
      expect(token.expiresAt).toBe(new Date(at).toISOString());
    }
    for (const at of [now, now - 1, now + days(365) + 1]) {
      expect(await administrator.refusal("createToken", input(at))).toMatchObject({
        code: "INVALID",
        path: ["input", "expiresAt"],
        message: expect.stringContaining(new Date(now + days(365)).toISOString()),
      });
    }
  });

  it("that is rotated is known by its new secret at once, and no more by the old", async () => {
    const ann = await somebody();
    expect(await bearer(ann.token)).toEqual([200, undefined]);
    now += days(30);
    const { token, secret } = await ann.mutate("rotateToken", { token: ann.tokenId });
    expect(token).toEqual({ id: ann.tokenId, expiresAt: new Date(now + days(90)).toISOString() });
    expect(await bearer(ann.token)).toEqual([401, "this token is not known here"]);
    expect(await bearer(secret)).toEqual([200, undefined]);
  });

  it("that is revoked is good no more at once, stays on record and comes back in no way", async () => {
    const ann = await somebody();
    expect(await bearer(ann.token)).toEqual([200, undefined]);
    const { token } = await ann.mutate("revokeToken", { token: ann.tokenId });
    expect(token.revokedAt).toBe(new Date(now).toISOString());
    expect(await bearer(ann.token)).toEqual([401, "this token has been revoked"]);
    expect(await administrator.refusal("rotateToken", { token: ann.tokenId })).toMatchObject({
      code: "CONFLICT",
      path: ["input", "token"],
    });
    const tokens = `query ($actor: String!, $ended: Boolean) { actor(actor: $actor) {
      tokens(includeEnded: $ended) { totalCount nodes { id revokedAt } } } }`;
    const listed = async (ended: boolean) => (await world.ask(tokens, { actor: ann.id, ended })).actor.tokens;
    expect(await listed(false)).toEqual({ totalCount: 0, nodes: [] });
    expect((await listed(true)).nodes).toEqual([{ id: ann.tokenId, revokedAt: token.revokedAt }]);
  });

  it("needs a name, and an actor who is there and may act", async () => {
    const { name } = await somebody();
    await administrator.mutate("deactivateActor", { actor: name });
    for (const [input, code, field] of [
      [{ actor: name, name: "x" }, "CONFLICT", "actor"],
      [{ actor: "no such actor", name: "x" }, "NOT_FOUND", "actor"],
      [{ actor: `${name} `, name: "x" }, "NOT_FOUND", "actor"],
      [{ name: "x" }, "CONFLICT", "actor"],
      [{ actor: name, name: "" }, "INVALID", "name"],
      [{ actor: name, name: "x", scopes: [] }, "INVALID", "scopes"],
    ] as const) {
      const refusal = await administrator.refusal("createToken", input);
      expect(refusal, JSON.stringify(input)).toMatchObject({ code, path: ["input", field] });
    }
    expect(await administrator.refusal("revokeToken", { token: "tok_4000000" })).toMatchObject({
      code: "NOT_FOUND",
    });
    expect(await administrator.refusal("revokeToken", { token: "mdl_1" })).toMatchObject({ code: "INVALID" });
  });

  it("is made at most 1,000 times for one actor at once", async () => {
    const { id, name } = await somebody();
    const rows = Array.from({ length: 998 }, (_, at) => {
      const node = 3_000_000_000 + at;
      return `(${node}, ${id.slice(4)}, 'n', 'digest ${node}', '["*"]', 0, 1, ${now + days(1)})`;
    });
    const columns = "id, actorId, name, digest, scopesText, createdAt, createdById, expiresAt";
    await changeRows(world, `INSERT INTO access_token (${columns}) VALUES ${rows.join(", ")}`);
    const { token } = await administrator.mutate("createToken", { actor: name, name: "the 1,000th" });
    const another = () => administrator.refusal("createToken", { actor: name, name: "the 1,001st" });
    expect(await another()).toMatchObject({ code: "LIMIT", path: ["input", "actor"] });
    await administrator.mutate("revokeToken", { token: token.id });
    await administrator.mutate("createToken", { actor: name, name: "the 1,000th" });
  });
});

it("the last use of a token is written once for many uses, at the latest when the server stops", async () => {
  const { settings, drop } = await freshDatabase();
  onTestFinished(drop);
  const first = await startWorld({ settings, clock: () => now });
  const ann = await person(first, "ann");
  for (let use = 0; use < 20; use++) {
    now += 100;
    await ann.ask(who);
  }
  const used = now;
  const statements = await first.statementsOf(() => first.close());
  expect(statements.filter((text) => text.includes("lastUsedAt"))).toHaveLength(1);
  now += 1_000;
  const second = await startWorld({ settings, clock: () => now });
  onTestFinished(second.close);
  const { actor } = await second.ask('{ actor(actor: "ann") { tokens { nodes { lastUsedAt } } } }');
  expect(actor.tokens.nodes).toEqual([{ lastUsedAt: new Date(used).toISOString() }]);
});
