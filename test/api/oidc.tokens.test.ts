import { exportJWK, exportSPKI, generateKeyPair, importJWK, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import {
  audience,
  type Forgery,
  type IdentityProvider,
  identityProvider,
} from "../support/identity-provider.ts";
import { startWorld, type World } from "../support/world.ts";

// Ahead of the provider's clock, so that what it issues while this file runs is not of the future.
const now = Math.floor(Date.now() / 1000) + 300;
const tolerance = 30; // seconds
const who =
  "{ viewer { actor { name kind } groups token { id } grants { nodes { role } } } models { totalCount } }";

let provider: IdentityProvider;
let world: World;

beforeAll(async () => {
  provider = await identityProvider();
  world = await startWorld({ oidc: provider.settings(), clock: () => now * 1000 });
  await world.ask(
    `mutation { createModel(input: { name: "risk.fraud", description: "" }) { userErrors { message } } }`,
  );
  return async () => {
    await world.close();
    await provider.stop();
  };
});

const nameBy = async (token: string) => (await world.as(token).ask(who)).viewer.actor.name;

describe("a token that the provider issued", () => {
  it("lets in a person, who is named as the provider says and sees nothing without a grant", async () => {
    const token = await provider.tokenOf("5f3c", { preferred_username: "cleo", groups: ["analysts"] });
    expect(await world.as(token).ask(who)).toEqual({
      viewer: {
        actor: { name: "cleo", kind: "PERSON" },
        groups: ["analysts"],
        token: null,
        grants: { nodes: [] },
      },
      models: { totalCount: 0 },
    });
  });

  it("lets in by the password of a Basic header, too", async () => {
    const token = await provider.tokenOf("beth");
    const authorization = `Basic ${btoa(`anybody:${token}`)}`;
    const { data } = await world.graphql(who, {}, { authorization });
    expect(data.viewer.actor.name).toBe("beth");
  });

  it("does not stand in the way of the registry's own tokens", async () => {
    expect((await world.ask(who)).viewer.actor.name).toBe("administrator");
  });
});

describe("a token lets in", () => {
  const accepted: [string, Forgery][] = [
    ["for several audiences, if this is one", { claims: { aud: ["https://elsewhere.example", audience] } }],
    ["of type JWT", { header: { typ: "JWT" } }],
    ["of type application/at+jwt", { header: { typ: "application/AT+JWT" } }],
    ["of no type", { header: { typ: undefined } }],
    ["that does not say when it was issued", { claims: { iat: undefined } }],
    ["that expired within the tolerance", { claims: { exp: now - tolerance + 1 } }],
    ["that becomes valid within the tolerance", { claims: { nbf: now + tolerance } }],
    ["that was issued by a clock ahead of ours within the tolerance", { claims: { iat: now + tolerance } }],
  ];
  it.each(accepted)("%s", async (_, forgery) => {
    expect(await nameBy(await provider.forge(forgery))).toBe("ana");
  });

  it.each(["RS256", "PS256", "ES256", "EdDSA"])("that is signed by %s", async (alg) => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    await provider.publish({ key: publicKey, alg, kid: `by ${alg}` });
    const fresh = await startWorld({ oidc: provider.settings(), clock: () => now * 1000 });
    const token = await provider.forge({ header: { alg, kid: `by ${alg}` }, key: privateKey });
    const { status } = await fresh.as(token).graphql(who);
    await fresh.close();
    expect(status).toBe(200);
  });
});

/** What a token must not be, with what the refusal says. */
const refused: [string, string, () => Promise<string> | string][] = [
  [
    "of another issuer",
    "of another issuer",
    () => provider.forge({ claims: { iss: "https://evil.example" } }),
  ],
  ["of no issuer", "of another issuer", () => provider.forge({ claims: { iss: undefined } })],
  [
    "for another audience",
    "another audience",
    () => provider.forge({ claims: { aud: "https://elsewhere.example" } }),
  ],
  ["for no audience", "another audience", () => provider.forge({ claims: { aud: undefined } })],
  ["that has expired", "has expired", () => provider.forge({ claims: { exp: now - tolerance } })],
  ["that never expires", "when it expires", () => provider.forge({ claims: { exp: undefined } })],
  ["whose end is a word", "when it expires", () => provider.forge({ claims: { exp: "never" } })],
  ["not valid yet", "not valid yet", () => provider.forge({ claims: { nbf: now + tolerance + 1 } })],
  ["of the future", "issued in the future", () => provider.forge({ claims: { iat: now + tolerance + 1 } })],
  ["of nobody", "whose it is", () => provider.forge({ claims: { sub: undefined } })],
  ["of a number", "the subject of this token", () => provider.forge({ claims: { sub: 7 } })],
  ["of an empty subject", "the subject of this token", () => provider.forge({ claims: { sub: "" } })],
  ["of a padded subject", "the subject of this token", () => provider.forge({ claims: { sub: "ana " } })],
  ["of a decomposed one", "the subject of this token", () => provider.forge({ claims: { sub: "e\u0301" } })],
  ["of a long one", "the subject of this token", () => provider.forge({ claims: { sub: "a".repeat(256) } })],
  ["for a logout", "a type that lets nobody in", () => provider.forge({ header: { typ: "logout+jwt" } })],
  ["by an unknown key", "does not publish", () => provider.forge({ header: { kid: "of-nobody" } })],
  [
    "by another's key that it brings along",
    "not signed by its issuer",
    async () => {
      const { privateKey, publicKey } = await generateKeyPair("RS256");
      const jwk = await exportJWK(publicKey);
      return provider.forge({ header: { jwk, jku: "https://evil.example/jwks" }, key: privateKey });
    },
  ],
  [
    "by an algorithm that is not allowed",
    "an algorithm that is not allowed",
    async () => provider.forge({ header: { alg: "RS512" }, key: await provider.privateKey("RS512") }),
  ],
  [
    "by nothing: algorithm none",
    "an algorithm that is not allowed",
    () => new UnsecuredJWT({ iss: provider.issuer, aud: audience, sub: "ana", exp: now + 60 }).encode(),
  ],
  [
    "by the public key as if it were a shared secret",
    "an algorithm that is not allowed",
    async () => {
      const key = (await importJWK(provider.publicKey(), "RS256", { extractable: true })) as CryptoKey;
      return provider.forge({
        header: { alg: "HS256" },
        key: new TextEncoder().encode(await exportSPKI(key)),
      });
    },
  ],
  ["whose claims were changed", "changed since", () => altered(1, (text) => text.replace('"ana"', '"bob"'))],
  ["whose header was changed", "changed since", () => altered(0, (text) => text.replace("at+jwt", "JWT"))],
  [
    "whose signature was changed",
    "changed since",
    async () =>
      (await provider.forge({})).replace(/\.(.)(?=[^.]*$)/, (_, sign) => (sign === "A" ? ".B" : ".A")),
  ],
  ["without its signature", "changed since", async () => (await provider.forge({})).replace(/[^.]+$/, "")],
  ["that only looks like one", "cannot be read", () => "aGVsbG8.aGVsbG8.aGVsbG8"],
  [
    "of 501 groups",
    "more than 500 groups",
    () => provider.forge({ claims: { groups: Array(501).fill("g") } }),
  ],
  ["of groups that are numbers", "no list of names", () => provider.forge({ claims: { groups: [1] } })],
  ["of groups in an object", "no list of names", () => provider.forge({ claims: { groups: { a: true } } })],
];

/** A good token, one part of which was changed on the way. */
async function altered(part: number, change: (text: string) => string): Promise<string> {
  const parts = (await provider.forge({})).split(".");
  const text = change(Buffer.from(parts[part]!, "base64url").toString());
  return parts.with(part, Buffer.from(text).toString("base64url")).join(".");
}

describe("a token is refused, with what is wrong and nothing of the token,", () => {
  it.each(refused)("%s", async (_, reason, make) => {
    const token = await make();
    const { status, errors } = await world.as(token).graphql(who);
    expect({ status, errors }).toEqual({
      status: 401,
      errors: [{ message: expect.stringContaining(reason), extensions: { code: "UNAUTHENTICATED" } }],
    });
    const secrets = [...token.split("."), "evil", "elsewhere", "ana", "of-nobody"];
    for (const secret of secrets.filter(Boolean)) expect(errors![0]!.message).not.toContain(secret);
    await expect(
      world.as(token).subscribe("subscription { registryEvents { seq } }").next(),
    ).rejects.toMatchObject({
      code: 4401,
      reason: errors![0]!.message,
    });
  });

  it("of more than 16 KiB, over a socket: no header takes one", async () => {
    const token = await provider.forge({ claims: { padding: "x".repeat(16 * 1024) } });
    const refusal = world.as(token).subscribe("subscription { registryEvents { seq } }").next();
    await expect(refusal).rejects.toMatchObject({ code: 4401, reason: "a token is limited to 16 KiB" });
    expect((await world.as(token).graphql(who)).status).toBe(431);
  });
});

it("asks the provider nothing for a token of another issuer, and no more than once for keys that nobody has", async () => {
  const fresh = await startWorld({ oidc: provider.settings(), clock: () => now * 1000 });
  const before = provider.asked.length;
  await fresh.as(await provider.forge({ claims: { iss: "https://evil.example" } })).graphql(who);
  expect(provider.asked.slice(before)).toEqual([]);
  for (let stranger = 0; stranger < 20; stranger++) {
    await fresh.as(await provider.forge({ header: { kid: `made-up-${stranger}` } })).graphql(who);
  }
  await fresh.close();
  expect(provider.asked.slice(before)).toEqual(["/.well-known/openid-configuration", "/jwks", "/jwks"]);
});
