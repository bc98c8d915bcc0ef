import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import {
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from "jose";
import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import type { OidcSettings } from "../../src/config/oidc.ts";
import { readConfig } from "../../src/config.ts";

/** A real identity provider over HTTP. */
export interface IdentityProvider {
  readonly issuer: string;
  /** Paths it was asked for, in order. */
  readonly asked: readonly string[];
  /** As a server is told of it. */
  settings(more?: Record<string, string>): OidcSettings;
  /** A token that it issues to this person, asked for over HTTP; `told` are more claims. */
  tokenOf(subject: string, told?: JWTPayload): Promise<string>;
  /** A token that it would never issue, signed by its present key unless another is given. */
  forge(wrong: Forgery): Promise<string>;
  /** The public half of its present key. */
  publicKey(): JWK;
  /** The other half, for another algorithm of the same kind of key. */
  privateKey(alg: string): Promise<CryptoKey>;
  /** Publishes a key that it does not sign by itself. */
  publish(foreign: { key: CryptoKey; alg: string; kid: string }): Promise<void>;
  /** From here on it signs by a new key, and publishes the old ones only where told so. */
  rotate(options?: { keepsOld: boolean }): Promise<void>;
  /** Answers these paths instead of the provider; nobody is answered who calls no method of the response. */
  intercept(path: string, answer: RequestListener): void;
  stop(): Promise<void>;
  /** On the same port as before. */
  start(): Promise<void>;
}

export interface Forgery {
  /** Over those of a good token of `ana`; those that are undefined are left out. */
  claims?: Record<string, unknown>;
  header?: Partial<JWTHeaderParameters>;
  key?: CryptoKey | Uint8Array;
}

export const audience = "https://stemma.example/graphql";
export const keysPath = "/jwks";
export const discoveryPath = "/.well-known/openid-configuration";
const client = { id: "laboratory", secret: "a-secret-of-a-client-for-tests-only" };
const grantType = "urn:example:person";
const lifetimeSeconds = 3_600;

interface SigningKey {
  privateKey: CryptoKey;
  jwk: JWK & { kid: string };
  publicJwk: JWK;
}

let keysMade = 0;

async function newKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const about = { alg: "RS256", use: "sig", kid: `key-${++keysMade}` };
  const [jwk, publicJwk] = await Promise.all([exportJWK(privateKey), exportJWK(publicKey)]);
  return { privateKey, jwk: { ...jwk, ...about }, publicJwk: { ...publicJwk, ...about } };
}

/** What it would say at the console: that production needs another store, and a newer Node. */
async function withoutNotices<T>(work: () => Promise<T>): Promise<T> {
  const { warn, info } = console;
  Object.assign(console, { warn: () => {}, info: () => {} });
  try {
    return await work();
  } finally {
    Object.assign(console, { warn, info });
  }
}

/** Issues JWTs for the audience to whoever names a person: how people prove who they are is not what is tested. */
function providerAt(issuer: string, keys: readonly SigningKey[]): Promise<Provider> {
  return withoutNotices(async () => {
    const { Provider } = await import("oidc-provider");
    const resource = {
      scope: "",
      audience,
      accessTokenFormat: "jwt" as const,
      jwt: { sign: { alg: "RS256" as const } },
    };
    const told = (context: KoaContextWithOIDC) => context.oidc.params as Record<string, string>;
    const provider = new Provider(issuer, {
      jwks: { keys: keys.map(({ jwk }) => jwk) as never },
      clients: [
        {
          client_id: client.id,
          client_secret: client.secret,
          grant_types: [grantType],
          response_types: [],
          redirect_uris: [],
        },
      ],
      ttl: { AccessToken: lifetimeSeconds },
      extraTokenClaims: (context) => JSON.parse(told(context).told!),
      features: {
        devInteractions: { enabled: false },
        resourceIndicators: { enabled: true, getResourceServerInfo: () => resource },
      },
    });
    provider.registerGrantType(
      grantType,
      async (context) => {
        const token = new provider.AccessToken({
          accountId: told(context).person!,
          client: context.oidc.client!,
          gty: grantType,
          grantId: "",
          claims: {},
        } as never);
        token.resourceServer = new provider.ResourceServer(audience, resource);
        context.body = { access_token: await token.save(), token_type: "Bearer" };
      },
      ["person", "told"],
    );
    return provider;
  });
}

/** Starts one on a free port of this machine; stop it when it is done. */
export async function identityProvider(): Promise<IdentityProvider> {
  const asked: string[] = [];
  const intercepted = new Map<string, RequestListener>();
  let keys = [await newKey()];
  let answer: RequestListener;
  let server: Server;
  const listen = async (port: number) => {
    server = createServer((request, response) => {
      const path = new URL(request.url!, "http://provider").pathname;
      asked.push(path);
      response.setHeader("connection", "close"); // or a client would find its connection dead after a stop
      (intercepted.get(path) ?? answer)(request, response);
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as { port: number }).port;
  };
  const stop = async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  const port = await listen(0);
  const issuer = `http://127.0.0.1:${port}`;
  const begin = async () => {
    answer = (await providerAt(issuer, keys)).callback();
  };
  await begin();
  return {
    issuer,
    asked,
    settings: (more = {}) => settingsWith({ OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, ...more }),
    async tokenOf(subject, told = {}) {
      const response = await fetch(`${issuer}/token`, {
        method: "POST",
        headers: { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` },
        body: new URLSearchParams({ grant_type: grantType, person: subject, told: JSON.stringify(told) }),
      });
      if (!response.ok) throw new Error(`the provider answered ${response.status}: ${await response.text()}`);
      return (await response.json()).access_token;
    },
    forge({ claims = {}, header = {}, key = keys[0]!.privateKey }) {
      const now = Math.floor(Date.now() / 1000);
      const usual = { iss: issuer, aud: audience, sub: "ana", iat: now, exp: now + lifetimeSeconds };
      const { alg, kid } = keys[0]!.publicJwk;
      return new SignJWT({ ...usual, ...claims })
        .setProtectedHeader({ alg: alg!, kid, typ: "at+jwt", ...header } as JWTHeaderParameters)
        .sign(key);
    },
    publicKey: () => keys[0]!.publicJwk,
    privateKey: async (alg) => (await importJWK({ ...keys[0]!.jwk, alg }, alg)) as CryptoKey,
    async publish({ key, ...about }) {
      const foreign = { ...(await exportJWK(key)), ...about, use: "sig" };
      intercepted.set(keysPath, (_request, response) => {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ keys: [...keys.map(({ publicJwk }) => publicJwk), foreign] }));
      });
    },
    async rotate({ keepsOld } = { keepsOld: false }) {
      keys = [await newKey(), ...(keepsOld ? keys : [])];
      await begin();
    },
    intercept: (path, listener) => void intercepted.set(path, listener),
    stop,
    start: async () => void (await listen(port)),
  };
}

function settingsWith(env: Record<string, string>): OidcSettings {
  const { auth } = readConfig(env);
  if (auth.mode === "off" || !auth.oidc) throw new Error("these settings name no identity provider");
  return auth.oidc;
}
