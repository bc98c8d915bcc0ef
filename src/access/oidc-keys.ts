// What an identity provider publishes, and for how long that is believed.
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import type { Logger } from "pino";
import type { OidcSettings } from "../config/oidc.ts";
import { isConfidential } from "../config/reading.ts";
import type { Clock } from "../kernel/clock.ts";
import { StemmaError, shown } from "../kernel/errors.ts";

const freshMillis = 10 * 60_000; // keys older than this are asked for again
const lastingMillis = 24 * 3600_000; // and are believed for so long where nobody answers
const searchMillis = 30_000; // between two searches for a key that is missing: anybody can make up the name of one
const restMillis = 5_000; // between two attempts that fail
const answerMillis = 5_000; // for both documents together
const largestBytes = 512 * 1024;

type Keys = ReturnType<typeof createLocalJWKSet>;

/** The keys a provider signs by: fetched when first needed, kept, fetched anew when they are old or when one is missing. */
export class ProviderKeys {
  private known: { keys: Keys; fetchedAt: number } | null = null;
  private fetching: Promise<void> | null = null;
  private searchedAt = Number.NEGATIVE_INFINITY;
  private failedAt = Number.NEGATIVE_INFINITY;
  /** Where the keys are, once that is known. */
  private place: string | null;

  constructor(
    private readonly settings: Pick<OidcSettings, "issuer" | "jwksUrl">,
    private readonly clock: Clock,
    private readonly log: Logger,
    /** Called when the provider publishes a key no more: what was signed by it is to be looked at again. */
    private readonly onWithdrawal: () => void,
    private readonly mostMillis = answerMillis,
  ) {
    this.place = settings.jwksUrl;
  }

  /** The key that a token's header names. Throws UNAVAILABLE where none are known, JWKSNoMatchingKey where this one is not. */
  readonly of: JWTVerifyGetKey = async (header, token) => {
    try {
      return await (await this.current())(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    await this.search();
    return (await this.current())(header, token);
  };

  private async current(): Promise<Keys> {
    if (!this.isYoungerThan(freshMillis)) await this.fetch();
    if (this.known && this.isYoungerThan(lastingMillis)) return this.known.keys;
    throw new StemmaError("UNAVAILABLE", "the identity provider does not tell its keys now; try again");
  }

  private isYoungerThan(millis: number): boolean {
    return this.known !== null && this.clock() < this.known.fetchedAt + millis;
  }

  private async search(): Promise<void> {
    if (!this.fetching) {
      if (this.clock() < this.searchedAt + searchMillis) return;
      this.searchedAt = this.clock();
    }
    await this.fetch();
  }

  /** One attempt for all who wait. A failure is logged: whoever waits goes on with what is known. */
  private async fetch(): Promise<void> {
    if (!this.fetching && this.clock() < this.failedAt + restMillis) return;
    this.fetching ??= this.attempt().finally(() => {
      this.fetching = null;
    });
    await this.fetching;
  }

  private async attempt(): Promise<void> {
    try {
      const keys = await this.published();
      const earlier = this.known?.keys;
      this.known = { keys, fetchedAt: this.clock() };
      if (earlier && isMissingIn(keys, earlier)) this.onWithdrawal();
    } catch (error) {
      this.failedAt = this.clock();
      this.place = this.settings.jwksUrl;
      this.log.warn(
        { err: error, issuer: this.settings.issuer },
        "the keys of the identity provider could not be fetched",
      );
    }
  }

  private async published(): Promise<Keys> {
    const signal = AbortSignal.timeout(this.mostMillis);
    this.place ??= await discovered(this.settings.issuer, signal);
    return createLocalJWKSet((await documentAt(this.place, signal)) as JSONWebKeySet);
  }
}

/** Where the provider's own description says that its keys are. */
async function discovered(issuer: string, signal: AbortSignal): Promise<string> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const told = (await documentAt(url, signal)) as Record<string, unknown> | null;
  if (told?.issuer !== issuer) {
    throw new Error(`OIDC_ISSUER: ${url} is of ${shown(told?.issuer)}, not of ${issuer}`);
  }
  const place = told.jwks_uri;
  if (typeof place !== "string" || !URL.canParse(place) || !isConfidential(new URL(place))) {
    throw new Error(`${url} names no https jwks_uri`);
  }
  return place;
}

async function documentAt(url: string, signal: AbortSignal): Promise<unknown> {
  // Who may redirect us may send us anywhere within our network.
  const response = await fetch(url, { redirect: "error", signal, headers: { accept: "application/json" } });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url} answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > largestBytes) throw new Error(`${url} answered more than ${largestBytes} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

function isMissingIn(newer: Keys, earlier: Keys): boolean {
  const there = new Set(newer.jwks().keys.map((key) => JSON.stringify(key)));
  return earlier.jwks().keys.some((key) => !there.has(JSON.stringify(key)));
}
