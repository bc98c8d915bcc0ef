// The one place outside the server that reads the environment.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

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
  const token = env.STEMMA_TOKEN?.trim() || (isOfThisMachine(url) ? keptToken(folder) : null);
  // A header can hold no other characters.
  if (token && !/^[\x21-\x7e]+$/.test(token)) {
    throw new SettingError("STEMMA_TOKEN: expected printable characters without spaces");
  }
  return { url, token };
}

function isOfThisMachine(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function keptToken(folder: string): string | null {
  try {
    return readFileSync(join(resolve(folder), "data", "admin-token"), "utf8").trim() || null;
  } catch {
    return null;
  }
}
