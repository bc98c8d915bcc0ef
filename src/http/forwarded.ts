// What proxies say of whom they ask for. Anybody can send such headers: only those of TRUSTED_PROXIES are believed.
import type { IncomingMessage } from "node:http";
import proxyAddress from "@fastify/proxy-addr";

/** Whether the peer of this address is believed; `hop` counts from this server outwards. */
export type Trust = (address: string, hop: number) => boolean;

export function trustIn(proxies: readonly string[]): Trust {
  return proxyAddress.compile([...proxies]);
}

/** The address of the caller: the first that is no trusted proxy. */
export function addressOf(request: IncomingMessage, trust: Trust): string {
  return proxyAddress(request, trust);
}

/** The host the caller asked for, with its port. Of several values the last counts: it is the proxy's own. */
export function hostOf({ headers, socket }: IncomingMessage, trust: Trust): string | undefined {
  const forwarded = headers["x-forwarded-host"];
  if (forwarded === undefined || !trust(socket.remoteAddress ?? "", 0)) return headers.host;
  return String(forwarded).split(",").at(-1)?.trim();
}
