import { SettingError } from "./errors.ts";

/** Where a server listens unless it was told otherwise. */
export const usualUrl = "http://127.0.0.1:4000";

/**
 * A server's address in the one form by which it is known: without `/graphql`, and without a slash at the end. Null for
 * what is no http(s) URL, or has a user name or a password in it.
 */
export function knownUrl(given: string): string | null {
  if (!/^https?:\/\//i.test(given) || !URL.canParse(given)) return null;
  const { origin, pathname, username, password } = new URL(given);
  if (username || password) return null;
  return origin + pathname.replace(/\/+$/, "").replace(/\/graphql$/, "");
}

/** The same; throws SettingError that names the field. */
export function serverUrlOf(field: string, given: string): string {
  const url = knownUrl(given);
  if (url !== null) return url;
  // What stands before an @ may be a password.
  const came = given.includes("@") ? "one with a user name" : JSON.stringify(given);
  throw new SettingError(`${field}: expected an http(s) URL such as ${usualUrl}; got ${came}`);
}

export function isOfThisMachine(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** A header can hold no other characters. */
export function isHeaderToken(token: unknown): token is string {
  return typeof token === "string" && /^[\x21-\x7e]+$/.test(token);
}

/** Throws SettingError that names the field, and does not repeat what came. */
export function headerTokenOf(field: string, given: string): string {
  if (isHeaderToken(given)) return given;
  throw new SettingError(`${field}: expected printable characters without spaces`);
}
