import type { IncomingMessage } from "node:http";
import type { Logger } from "pino";
import type { HttpSettings } from "../config.ts";
import { shown } from "../kernel/errors.ts";
import { addressOf, hostOf, type Trust, trustIn } from "./forwarded.ts";
import { hostNameIn, isAllowedOrigin, isServed, type ServedHosts, servedHosts } from "./hosts.rules.ts";
import { errorBody } from "./refusals.ts";

/** Why a request is not let in: a status, and the body that says so. */
export interface Refusal {
  status: number;
  body: object;
}

/** Who may come in at all, by either transport: by the name that is asked for, and by the page that asks. */
export class Admission {
  readonly trust: Trust;
  private readonly hosts: ServedHosts;

  constructor(
    private readonly settings: HttpSettings,
    hasAuthentication: boolean,
    private readonly log: Logger,
  ) {
    this.trust = trustIn(settings.trustedProxies);
    this.hosts = servedHosts(settings, hasAuthentication);
  }

  /** Null where it is let in. */
  refusalOf(request: IncomingMessage, isProbe: boolean): Refusal | null {
    const name = hostNameIn(hostOf(request, this.trust));
    if (isServed(this.hosts, name, isProbe)) return null;
    const message = this.hosts.onlyLoopback
      ? "without authentication only localhost, 127.0.0.1 and [::1] are served"
      : `the name ${shown(name)} is not served here; ALLOWED_HOSTS says which are`;
    return { status: 421, body: errorBody("MISDIRECTED", message) };
  }

  /** The same for a socket. No browser asks beforehand whether a page may open one, so this is where that is decided. */
  refusalOfSocket(request: IncomingMessage): Refusal | null {
    const refusal = this.refusalOf(request, false) ?? this.refusalOfOrigin(request);
    if (refusal) {
      const { status } = refusal;
      this.log.info({ status, from: this.addressOf(request) }, "a socket was refused");
    }
    return refusal;
  }

  addressOf(request: IncomingMessage): string {
    return addressOf(request, this.trust);
  }

  private refusalOfOrigin(request: IncomingMessage): Refusal | null {
    const { origin } = request.headers;
    if (isAllowedOrigin(origin, hostOf(request, this.trust), this.settings)) return null;
    const message = `pages of ${shown(origin)} may not ask here; CORS_ORIGINS says which may`;
    return { status: 403, body: errorBody("FORBIDDEN", message) };
  }
}
