import { isIP } from "node:net";
import { isLoopback } from "../config/reading.ts";
import { type HttpSettings } from "../config.ts";

/**
 * By which names a server may be asked. Any site can make a name of its own lead here, and browsers then let its pages
 * ask and read as if this server were that site's.
 */
export interface ServedHosts {
  /** Without authentication nothing else stands between a visitor's browser and the registry. */
  onlyLoopback: boolean;
  names: ReadonlySet<string>;
}

export function servedHosts(
  { allowedHosts, publicUrl }: Pick<HttpSettings, "allowedHosts" | "publicUrl">,
  hasAuthentication: boolean,
): ServedHosts {
  const own = publicUrl === null ? [] : [new URL(publicUrl).hostname];
  return { onlyLoopback: !hasAuthentication, names: new Set([...allowedHosts, ...own]) };
}

/** The name in a Host header: small letters, no port, no dot at its end. */
export function hostNameIn(host: string | undefined): string {
  return (host ?? "").toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}

/** Whether to answer to this name. Probes come by names of services and pods, and are told nothing of the registry. */
export function isServed(hosts: ServedHosts, name: string, isProbe: boolean): boolean {
  if (isLoopback(name)) return true;
  if (hosts.onlyLoopback) return false;
  return isProbe || isAddress(name) || hosts.names.has(name);
}

/** No site can make an address its own name. */
function isAddress(name: string): boolean {
  return isIP(/^\[(.+)\]$/.exec(name)?.[1] ?? name) !== 0;
}

/** A page of another site must not speak here in a visitor's name. Programs that are no browser send no Origin. */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  { corsOrigins, publicUrl }: Pick<HttpSettings, "corsOrigins" | "publicUrl">,
): boolean {
  if (origin === undefined || corsOrigins.includes(origin)) return true;
  if (publicUrl !== null && origin === new URL(publicUrl).origin) return true;
  // Which scheme the page came by is not known here: a proxy may speak https for this server.
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}
