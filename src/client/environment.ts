// The one place outside the server that reads the environment.
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Where the server is, and what to show it. */
export interface ClientSettings {
  /** Without `/graphql` and without a slash at the end. */
  url: string;
  /** Null where there is none: only a server without authentication takes that. */
  token: string | null;
}

/** A setting that cannot be used; one line that names its variable. */
export class SettingError extends Error {
  override readonly name = "SettingError";
}

type Environment = Readonly<Record<string, string | undefined>>;

const usualUrl = "http://127.0.0.1:4000";

/**
 * `STEMMA_URL` (http://127.0.0.1:4000) and `STEMMA_TOKEN`. Without a token, the one that a server started in this
 * folder keeps in ./data/admin-token; that one is shown to a server of this machine only. Throws SettingError.
 */
export function readClientSettings(
  env: Environment = process.env,
  folder: string = process.cwd(),
): ClientSettings {
  const given = env.STEMMA_URL?.trim() || usualUrl;
  if (!/^https?:\/\//.test(given) || !URL.canParse(given)) {
    throw new SettingError(
      `STEMMA_URL: expected an http(s) URL such as ${usualUrl}; got ${JSON.stringify(given)}`,
    );
  }
  const url = given.replace(/\/+$/, "").replace(/\/graphql$/, "");
  const token = env.STEMMA_TOKEN?.trim() || (isOfThisMachine(url) ? keptToken(join(folder, "data")) : null);
  // A header can hold no other characters.
  if (token && !/^[\x21-\x7e]+$/.test(token)) {
    throw new SettingError("STEMMA_TOKEN: expected printable characters without spaces");
  }
  return { url, token };
}

/** Where the demo looks for a server, and what it starts one with where none answers. */
export interface DemoSettings {
  url: string;
  /** Whether a server could be started at `url`. */
  isOfThisMachine: boolean;
  /** Environment of a server to start. */
  environment: Record<string, string | undefined>;
  /** Where a server started here keeps its token, if it has to mint one. */
  tokenFile: string;
  /** The token as of now: a server mints one at its first start. */
  token(): string | null;
}

/**
 * `STEMMA_URL`, else `HOST` and `PORT`; the database is one of the demo's own unless `DATABASE_URL` says otherwise.
 * Throws SettingError.
 */
export function readDemoSettings(
  env: Environment = process.env,
  folder: string = process.cwd(),
): DemoSettings {
  const host = env.HOST?.trim() || "127.0.0.1";
  const isAnyHost = host === "0.0.0.0" || host === "::";
  const address = `http://${isAnyHost ? "127.0.0.1" : urlHost(host)}:${env.PORT?.trim() || "4000"}`;
  const given = env.STEMMA_URL?.trim();
  const { url } = readClientSettings({ STEMMA_URL: given || address }, folder);
  const { hostname, port } = new URL(url);
  const database = env.DATABASE_URL?.trim() || "sqlite:./data/demo.db";
  const dataFolder = database.startsWith("sqlite:") ? dirname(database.slice("sqlite:".length)) : "./data";
  const isHere = isOfThisMachine(url);
  return {
    url,
    isOfThisMachine: isHere,
    environment: {
      ...env,
      HOST: given ? hostname.replace(/^\[|\]$/g, "") : host,
      PORT: port || "80",
      DATABASE_URL: database,
      LOG_LEVEL: env.LOG_LEVEL?.trim() || "warn",
    },
    tokenFile: join(dataFolder, "admin-token"),
    token: () => {
      const told = env.STEMMA_TOKEN?.trim() || env.STEMMA_ADMIN_TOKEN?.trim();
      const kept = isHere ? keptToken(resolve(folder, dataFolder)) : null;
      return readClientSettings({ STEMMA_URL: url, STEMMA_TOKEN: told || kept || undefined }, folder).token;
    },
  };
}

const urlHost = (host: string) => (host.includes(":") ? `[${host}]` : host);

function isOfThisMachine(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function keptToken(dataFolder: string): string | null {
  try {
    return readFileSync(join(resolve(dataFolder), "admin-token"), "utf8").trim() || null;
  } catch {
    return null;
  }
}
