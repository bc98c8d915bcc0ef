import { isIP } from "node:net";
import { dirname, join, resolve } from "node:path";
import { type InferenceSettings, inferenceOf } from "./config/inference.ts";
import { type ObjectSettings, objectsOf } from "./config/objects.ts";
import { type OidcSettings, oidcOf } from "./config/oidc.ts";
import {
  ConfigError,
  type Environment,
  isLoopback,
  listOf,
  numberOf,
  originOf,
  refuse,
} from "./config/reading.ts";

/** All settings, read once. A wrong one stops the start and names its variable. */
export interface Config {
  http: HttpSettings;
  database: DatabaseSettings;
  objects: ObjectSettings;
  auth: AuthSettings;
  limits: LimitSettings;
  /** Params and tags that lineage edges are inferred from. */
  inference: readonly InferenceSettings[];
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

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

const logLevels: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];
const shortestToken = 32;

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
    objects: objectsOf(env, database.engine === "sqlite" ? dirname(database.path) : "data"),
    auth: authOf(env, host, database),
    limits: {
      executionSeconds: numberOf(env, "EXECUTION_SECONDS", 30, 1, 3_600),
      rate: rateOf(env),
      trustedDocuments: env.STEMMA_TRUSTED_DOCUMENTS?.trim() || null,
    },
    inference: inferenceOf(env),
    log: { level: level as LogLevel },
  };
}
