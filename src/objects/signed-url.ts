import { createHmac, timingSafeEqual } from "node:crypto";
import { type Grant, grantOf, methodOf, targetOf } from "./signed-url.rules.ts";

/** A request that nothing grants (anymore). Never repeats the URL. */
export class UrlRefusal extends Error {
  override readonly name = "UrlRefusal";
}

const signed = /^([^?]+\?.+)&signature=([\w-]{43})$/;

/** Signs URLs of the local store, and knows its own. Whoever holds the key may grant anything. */
export class UrlSigner {
  constructor(
    private key: Buffer,
    /** Before `/blobs/…`, such as https://models.example. */
    private readonly base: () => string,
  ) {}

  /** From now on; what was signed with another key grants nothing. */
  signWith(key: Buffer): void {
    this.key = key;
  }

  sign(grant: Grant): string {
    const target = targetOf(grant);
    return `${this.base()}${target}&signature=${this.signatureOf(methodOf(grant.kind), target)}`;
  }

  /** What this path and query grant at `now` (epoch ms), as they came over the wire. Throws UrlRefusal. */
  grantFor(method: string, url: string, now: number): Grant {
    const [, target = "", signature = ""] = signed.exec(url) ?? [];
    const own = Buffer.from(this.signatureOf(method === "HEAD" ? "GET" : method, target));
    const shown = Buffer.from(signature);
    // Compared as text: base64url has several spellings of the same bytes.
    const isOwn = shown.length === own.length && timingSafeEqual(shown, own);
    const grant = isOwn ? grantOf(target) : null;
    if (!grant) throw new UrlRefusal("this request is not signed so");
    if (now >= grant.expiresAt) throw new UrlRefusal("this URL has expired; ask for another");
    return grant;
  }

  private signatureOf(method: string, target: string): string {
    return createHmac("sha256", this.key).update(`stemma blob\n${method}\n${target}`).digest("base64url");
  }
}
