import { request } from "node:http";
import type { SignedRequest } from "../../src/objects/object-store.ts";

/** A request as a stranger puts it on the wire: nothing is made neat on the way, as `fetch` would. */
export interface RawRequest {
  method: string;
  /** `http://127.0.0.1:…` */
  origin: string;
  /** With its query, sent letter by letter. */
  path: string;
  headers: Record<string, string>;
  /** null for none. */
  body: Buffer | null;
  /** Hang up after so many bytes of the body. */
  cutAfter?: number;
  /** Hang up then, unless it was answered before. */
  cutWhen?: Promise<unknown>;
}

export function rawOf({ method, url, headers }: SignedRequest, body: Buffer | null): RawRequest {
  const { origin } = new URL(url);
  const given = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
  const length: Record<string, string> = body ? { "content-length": String(body.length) } : {};
  return { method, origin, path: url.slice(origin.length), headers: { ...length, ...given }, body };
}

/** The status; 0 where the other side hung up. */
export function sendRaw(
  raw: RawRequest,
): Promise<{ status: number; body: Buffer; headers: Record<string, unknown> }> {
  const { hostname, port } = new URL(raw.origin);
  return new Promise((resolve) => {
    const { method, path, headers } = raw;
    const sent = request({ hostname, port, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("close", () =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks),
          headers: response.headers,
        }),
      );
      response.on("error", () => {});
    });
    // Past Node, which refuses some letters, writes one byte for each, and cuts into chunks what has no length.
    sent.path = Buffer.from(path).toString("latin1");
    sent.useChunkedEncodingByDefault = false;
    sent.on("error", () => resolve({ status: 0, body: Buffer.alloc(0), headers: {} }));
    raw.cutWhen?.then(() => sent.destroy());
    if (raw.cutAfter === undefined) {
      sent.end(raw.body ?? undefined);
    } else {
      sent.write(raw.body?.subarray(0, raw.cutAfter), () => sent.destroy());
    }
  });
}

/** The path with that part of its query changed; null leaves it out. */
export function withQuery(path: string, name: string, change: (value: string) => string | null): string {
  const [before = "", query = ""] = path.split("?");
  const entries = query.split("&").flatMap((entry) => {
    const [key = "", value = ""] = entry.split("=");
    if (key !== name) return [entry];
    const changed = change(decodeURIComponent(value));
    return changed === null ? [] : [`${key}=${encodeURIComponent(changed)}`];
  });
  return `${before}?${entries.join("&")}`;
}

/** Another text of the same length. */
export function altered(value: string): string {
  const last = value.at(-1) ?? "";
  return value.slice(0, -1) + (last === "0" ? "1" : "0");
}
