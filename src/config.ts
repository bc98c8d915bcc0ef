import { isIP } from "node:net";
import { dirname, join, resolve } from "node:path";

/** All settings, read once. A wrong one stops the start and names its variable. */
export interface Config {
  http: HttpSettings;
  database: DatabaseSettings;
  auth: AuthSettings;
  limits: LimitSettings;
  log: { level: LogLevel };
}

export interface HttpSettings {
  host: string;
  port: number;
  publicUrl: string | null;
  /** Names it is asked by, besides loopback names, addresses and that of `publicUrl`; in small letters. */
  allowedHosts: readonly string[];
  /** Addresses and subnets whose forwarded headers are believed. */
  trustedProxies: readonly string[];
  /** Pages of these origins may ask, as a browser names them. */
  corsOrigins: readonly string[];
  maxConcurrentRequests: number;
  maxWaitingRequests: number;
}

/** What GraphQL operations are held to. */
export interface LimitSettings {
  executionSeconds: number;
  /** What each actor may spend, in points of cost; null for as much as it likes. */
  rate: RateSettings | null;
  /** File that lists the only documents to be run; null for any. */
  trustedDocuments: string | null;
}

export interface RateSettings {
  perSecond: number;
  burst: number;
  /** Where several processes count together; null where each counts for itself. May hold a password. */
  redisUrl: string | null;
}

/** Where the rows are. */
export type DatabaseSettings =
  | { engine: "sqlite"; path: string }
  | { engine: "mysql"; url: string; poolSize: number };

export type AuthSettings =
  /** `token: null`: mint one and keep it in `tokenFile`. */
  | { mode: "token"; token: string; tokenFile: null; oidc: OidcSettings | null }
  | { mode: "token"; token: null; tokenFile: string; oidc: OidcSettings | null }
  | { mode: "off" };

/** An identity provider (OpenID Connect) whose tokens let people in. */
export interface OidcSettings {
  /** As its tokens name it, to the letter. */
  issuer: string;
  /** Whom its tokens must be meant for. */
  audience: string;
  /** Where its keys are; null where its discovery document says so. */
  jwksUrl: string | null;
  /** What tokens may be signed by. */
  algorithms: readonly string[];
  /** How far its clock may be from ours. */
  clockToleranceSeconds: number;
  groupsClaim: string;
  /** What new actors are named by; null for the usual claims. */
  nameClaim: string | null;
}

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

/** Names the variable, what it takes, what came. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

type Environment = Readonly<Record<string, string | undefined>>;

const logLevels: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];
const shortestToken = 32;

function refuse(variable: string, expected: string, came: string): never {
  throw new ConfigError(`${variable}: expected ${expected}; got ${JSON.stringify(came)}`);
}

function numberOf(
  env: Environment,
  variable: string,
  usual: number,
  smallest: number,
  largest: number,
): number {
  const text = env[variable]?.trim();
  if (!text) return usual;
  const value = Number(text);
  if (!Number.isInteger(value) || value < smallest || value > largest) {
    refuse(variable, `a whole number ${smallest}–${largest}`, text);
  }
  return value;
}

/** What stands between commas, each as `read` makes it; null from `read` is refused. */
function listOf(
  env: Environment,
  variable: string,
  expected: string,
  read: (text: string) => string | null,
): string[] {
  const texts = (env[variable] ?? "").split(",").map((text) => text.trim());
  return texts.filter(Boolean).map((text) => read(text) ?? refuse(variable, expected, text));
}

function hostNameOf(text: string): string | null {
  const name = text.toLowerCase();
  return name.length <= 253 && /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name) ? name : null;
}

/** A prefix of 0 is refused: it would believe everybody. */
function subnetOf(text: string): string | null {
  const [address = "", prefix, ...more] = text.split("/");
  if (!isIP(address) || more.length > 0) return null;
  if (prefix === undefined) return text;
  const longest = isIP(address) === 6 ? 128 : 32;
  return /^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= longest ? text : null;
}

function originOf(text: string): string | null {
  const origin = text.toLowerCase();
  return /^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin ? origin : null;
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

function databaseOf(env: Environment): DatabaseSettings {
  const text = env.DATABASE_URL?.trim() || "sqlite:./data/stemma.db";
  const expected = "sqlite:<path> or mysql://user:password@host:3306/database";
  if (text.startsWith("sqlite:")) {
    const path = text.slice("sqlite:".length).replace(/^\/\/(?=\/)/, "");
    if (!path || path === ":memory:")
      refuse("DATABASE_URL", `${expected} (a file: connections must share it)`, text);
    return { engine: "sqlite", path: resolve(path) };
  }
  // The text is not repeated where it may hold a password.
  if (!/^(mysql|mariadb):\/\//.test(text) || !URL.canParse(text)) {
    refuse("DATABASE_URL", expected, `${text.split(":")[0]}:…`);
  }
  const url = new URL(text);
  if (url.pathname.length < 2)
    refuse("DATABASE_URL", `${expected}, with a database name`, `${url.protocol}//${url.host}/`);
  const poolSize = numberOf(env, "DATABASE_POOL_SIZE", 16, 2, 200);
  return { engine: "mysql", url: text.replace(/^mariadb:/, "mysql:"), poolSize };
}

/** Whether what is sent there is read by nobody on the way: https, or http within this machine. */
export function isConfidential(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}

const longestIssuer = 255; // it is part of a key in the database
const usualAlgorithms = ["RS256", "PS256", "ES256", "EdDSA"];
/** By key pairs only: whoever may verify could sign, too, where the key is a shared one. */
const soundAlgorithm = /^((RS|PS|ES)(256|384|512)|EdDSA|Ed25519)$/;

/** A URL without password and fragment, to be read by nobody on the way. */
function providerUrlOf(env: Environment, variable: string, suits = (_text: string) => true): string | null {
  const text = env[variable]?.trim();
  if (!text) return null;
  const url = /^https?:\/\/[\x21-\x7e]+$/.test(text) && URL.canParse(text) ? new URL(text) : null;
  const isPlain = url?.username === "" && url.password === "" && !text.includes("#");
  if (!url || !isPlain || !isConfidential(url) || !suits(text)) {
    const expected =
      "an https URL (http on a loopback address only) without user, fragment and, for an issuer, query (at most 255 characters)";
    refuse(variable, expected, text.replace(/\/\/.*@/, "//…@"));
  }
  return text;
}

const partsOfOidc = [
  "OIDC_AUDIENCE",
  "OIDC_JWKS_URL",
  "OIDC_ALGORITHMS",
  "OIDC_CLOCK_TOLERANCE_SECONDS",
  "OIDC_GROUPS_CLAIM",
  "OIDC_NAME_CLAIM",
];

function oidcOf(env: Environment): OidcSettings | null {
  const issuer = providerUrlOf(
    env,
    "OIDC_ISSUER",
    (text) => !text.includes("?") && text.length <= longestIssuer,
  );
  if (issuer === null) {
    const part = partsOfOidc.find((variable) => env[variable]?.trim());
    if (part) throw new ConfigError(`OIDC_ISSUER: needed with ${part}`);
    return null;
  }
  const audience = env.OIDC_AUDIENCE?.trim();
  if (!audience)
    throw new ConfigError("OIDC_AUDIENCE: needed with OIDC_ISSUER: whom tokens must be meant for");
  const algorithms = listOf(
    env,
    "OIDC_ALGORITHMS",
    "algorithms of key pairs such as RS256, PS256, ES256 or EdDSA, between commas",
    (text) => (soundAlgorithm.test(text) ? text : null),
  );
  return {
    issuer,
    audience,
    jwksUrl: providerUrlOf(env, "OIDC_JWKS_URL"),
    algorithms: algorithms.length > 0 ? algorithms : usualAlgorithms,
    clockToleranceSeconds: numberOf(env, "OIDC_CLOCK_TOLERANCE_SECONDS", 30, 0, 300),
    groupsClaim: env.OIDC_GROUPS_CLAIM?.trim() || "groups",
    nameClaim: env.OIDC_NAME_CLAIM?.trim() || null,
  };
}

function authOf(env: Environment, host: string, database: DatabaseSettings): AuthSettings {
  const mode = env.STEMMA_AUTH?.trim() || "token";
  const oidc = oidcOf(env);
  if (mode === "off") {
    if (!isLoopback(host))
      refuse("STEMMA_AUTH", '"token" unless HOST is a loopback address', `off with HOST=${host}`);
    if (oidc) refuse("STEMMA_AUTH", '"token" where OIDC_ISSUER is set', "off");
    return { mode: "off" };
  }
  if (mode !== "token") refuse("STEMMA_AUTH", '"token" or "off"', mode);
  const token = env.STEMMA_ADMIN_TOKEN?.trim();
  if (token) {
    if (token.length < shortestToken || !/^[\x21-\x7e]+$/.test(token)) {
      refuse(
        "STEMMA_ADMIN_TOKEN",
        `at least ${shortestToken} printable characters without spaces`,
        "a value that is not",
      );
    }
    return { mode: "token", token, tokenFile: null, oidc };
  }
  if (database.engine !== "sqlite") {
    throw new ConfigError(
      "STEMMA_ADMIN_TOKEN: needed with a MySQL database (any string of at least 32 characters)",
    );
  }
  return { mode: "token", token: null, tokenFile: join(dirname(database.path), "admin-token"), oidc };
}

function publicUrlOf(env: Environment): string | null {
  const text = env.PUBLIC_URL?.trim();
  if (!text) return null;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    refuse("PUBLIC_URL", "an absolute http(s) URL", text);
  return text.replace(/\/+$/, "");
}

function httpOf(env: Environment, host: string): HttpSettings {
  return {
    host,
    port: numberOf(env, "PORT", 4000, 0, 65_535),
    publicUrl: publicUrlOf(env),
    allowedHosts: listOf(env, "ALLOWED_HOSTS", "names without ports, between commas", hostNameOf),
    trustedProxies: listOf(
      env,
      "TRUSTED_PROXIES",
      "addresses or subnets such as 10.0.0.0/8, between commas",
      subnetOf,
    ),
    corsOrigins: listOf(
      env,
      "CORS_ORIGINS",
      "origins such as https://app.example, without a path, between commas",
      originOf,
    ),
    maxConcurrentRequests: numberOf(env, "MAX_CONCURRENT_REQUESTS", 64, 1, 10_000),
    maxWaitingRequests: numberOf(env, "MAX_WAITING_REQUESTS", 256, 0, 100_000),
  };
}

const dearestOperation = 100_000; // points: what may be asked must be affordable
const mostPoints = 1_000_000_000;

function rateOf(env: Environment): RateSettings | null {
  const perSecond = numberOf(env, "RATE_LIMIT_PER_SECOND", 20_000, 0, mostPoints);
  const burst = numberOf(env, "RATE_LIMIT_BURST", 1_000_000, dearestOperation, mostPoints);
  const redisUrl = env.REDIS_URL?.trim() || null;
  // The text is not repeated: it may hold a password.
  if (redisUrl && !(/^rediss?:\/\/./.test(redisUrl) && URL.canParse(redisUrl))) {
    const expected = "redis://host:6379 or rediss://user:password@host:6379";
    refuse("REDIS_URL", expected, "a value that is not");
  }
  return perSecond === 0 ? null : { perSecond, burst, redisUrl };
}

/** Which database it is, for people; never a password. */
export function databaseName(settings: DatabaseSettings): string {
  if (settings.engine === "sqlite") return `SQLite at ${settings.path}`;
  const url = new URL(settings.url);
  return `MySQL at ${url.host}${url.pathname}`;
}

/** How callers are told apart, for people. */
export function authenticationName(settings: AuthSettings): string {
  if (settings.mode === "off") return "off (loopback only)";
  return `administrator token${settings.oidc ? `, and people by OIDC at ${settings.oidc.issuer}` : ""}`;
}

/** Reads the settings. Throws ConfigError. */
export function readConfig(env: Environment = process.env): Config {
  const host = env.HOST?.trim() || "127.0.0.1";
  const database = databaseOf(env);
  const level = env.LOG_LEVEL?.trim() || "info";
  if (!logLevels.includes(level)) refuse("LOG_LEVEL", logLevels.join(", "), level);
  return {
    http: httpOf(env, host),
    database,
    auth: authOf(env, host, database),
    limits: {
      executionSeconds: numberOf(env, "EXECUTION_SECONDS", 30, 1, 3_600),
      rate: rateOf(env),
      trustedDocuments: env.STEMMA_TRUSTED_DOCUMENTS?.trim() || null,
    },
    log: { level: level as LogLevel },
  };
}
