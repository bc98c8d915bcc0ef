// Requests to object stores, as they were signed. What is in a signed URL is a secret: no message repeats it.
import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { pipeline } from "node:stream/promises";
import { reasonOf, StemmaClientError } from "./errors.ts";
import { changed, mustBeUnchanged, openUnchanged } from "./file-digests.ts";
import type { LocalFile } from "./local-files.ts";

/** Without a byte for so long, a request has failed; a store may take its time to write what it got to disk. */
const silenceMillis = 120_000;
const chunkBytes = 512 * 1024;
const mostTold = 4_096;

/** An object store that does not take or give bytes. */
export class StoreFault extends StemmaClientError {
  constructor(
    host: string,
    /** Null where there was no answer. */
    readonly status: number | null,
    said: string,
    options: ErrorOptions = {},
    retryAfterMillis = 0,
  ) {
    const what = status === null ? `does not answer` : `answers ${status}`;
    super(
      "STORE",
      `the object store at ${host} ${what}${said ? `: ${said}` : ""}`,
      [],
      options,
      retryAfterMillis,
    );
  }

  /** Whether the URL may have expired: another one is to be asked for. */
  get isRefusal(): boolean {
    return this.status !== null && [400, 401, 403, 404, 409, 410, 412, 422].includes(this.status);
  }

  /** Whether the same may go well later. A full store (507) does not pass by itself. */
  get mayPass(): boolean {
    const { status } = this;
    return status === null || status === 408 || status === 429 || (status >= 500 && status !== 507);
  }
}

/** A signed request to send bytes. */
export interface SignedPut {
  url: string;
  headers: readonly { name: string; value: string }[];
}

/** Bytes of a file that are to be sent. */
export interface Stretch {
  file: LocalFile;
  offsetBytes: number;
  sizeBytes: number;
}

/** Connections to object stores, kept open between requests. */
export class StoreConnections {
  private readonly agents: { http: HttpAgent; https: HttpsAgent };

  /** `most`: at once, to each host. */
  constructor(
    most: number,
    private readonly signal?: AbortSignal,
  ) {
    const options = { keepAlive: true, maxSockets: most };
    this.agents = { http: new HttpAgent(options), https: new HttpsAgent(options) };
  }

  /**
   * Sends bytes as they are read. `onBytes` is told of each chunk on its way. Throws StoreFault; CHANGED where the file is
   * not what it was; FileError where it cannot be read.
   */
  async put({ url, headers }: SignedPut, stretch: Stretch, onBytes: (count: number) => void): Promise<void> {
    const told = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
    const options = { method: "PUT", headers: { ...told, "content-length": stretch.sizeBytes } };
    const { request, answer } = this.begin(url, options);
    let failure: unknown = null;
    const sent = pipeline(bytesOf(stretch, onBytes), request).catch((error) => {
      failure = error;
      request.destroy();
    });
    try {
      const response = await answer;
      if (isDone(response)) response.resume();
      else throw await faultOf(url, response);
      await sent;
    } catch (error) {
      request.destroy();
      await sent;
      // A file that changed is why nothing came back, not the store.
      throw failure instanceof Error && !isOfConnection(failure) ? failure : error;
    }
  }

  /**
   * Bytes of an object from `offsetBytes` on. `isWhole` where the store answers with all of it nevertheless. Throws
   * StoreFault; what breaks the body off is thrown by reading it.
   */
  async get(url: string, offsetBytes: number): Promise<{ body: IncomingMessage; isWhole: boolean }> {
    const headers = offsetBytes > 0 ? { range: `bytes=${offsetBytes}-` } : {};
    const { request, answer } = this.begin(url, { method: "GET", headers });
    request.end();
    const body = await answer;
    if (!isDone(body)) throw await faultOf(url, body);
    const isPartial = body.statusCode === 206;
    if (isPartial && !body.headers["content-range"]?.startsWith(`bytes ${offsetBytes}-`)) {
      request.destroy();
      throw new StoreFault(hostOf(url), null, "it sent other bytes than were asked for");
    }
    return { body, isWhole: !isPartial };
  }

  close(): void {
    this.agents.http.destroy();
    this.agents.https.destroy();
  }

  private begin(url: string, options: RequestOptions) {
    const { signal } = this;
    const isSecure = url.startsWith("https:");
    const request = isSecure
      ? httpsRequest(url, { ...options, agent: this.agents.https, signal })
      : httpRequest(url, { ...options, agent: this.agents.http, signal });
    request.setTimeout(silenceMillis, () => request.destroy(new Error("silent for too long")));
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      request.on("response", resolve);
      request.on("error", (cause) => reject(brokenOff(url, cause)));
      request.on("close", () => reject(brokenOff(url, new Error("the connection was closed"))));
    });
    answer.catch(() => {}); // Told to whoever waits for it; nobody does where reading the file fails first.
    return { request, answer };
  }
}

/** A connection that ended too early. */
export function brokenOff(url: string, cause: unknown): StoreFault {
  const why = reasonOf(cause) ?? (cause as Error).message ?? "";
  return new StoreFault(hostOf(url), null, why, { cause });
}

async function* bytesOf({ file, offsetBytes, sizeBytes }: Stretch, onBytes: (count: number) => void) {
  const handle = await openUnchanged(file);
  try {
    for (let sent = 0; sent < sizeBytes; ) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, sizeBytes - sent));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offsetBytes + sent);
      if (bytesRead === 0) throw changed(file);
      sent += bytesRead;
      yield buffer.subarray(0, bytesRead);
      onBytes(bytesRead);
    }
    await mustBeUnchanged(file, handle);
  } finally {
    await handle.close();
  }
}

/** Of the stream or the socket, not of the file. */
function isOfConnection(error: Error): boolean {
  return !(error instanceof StemmaClientError) && error.name !== "FileError";
}

function isDone({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "an address that is none";
}

async function faultOf(url: string, response: IncomingMessage): Promise<StoreFault> {
  let text = "";
  try {
    for await (const chunk of response.setEncoding("utf8")) {
      text += chunk;
      if (text.length > mostTold) break;
    }
  } catch {
    // The status says enough.
  }
  const waitMillis = Number(response.headers["retry-after"]) * 1_000 || 0;
  return new StoreFault(hostOf(url), response.statusCode ?? null, saidIn(text), {}, waitMillis);
}

/** Of this registry's own store JSON, of S3 and Azure XML. */
function saidIn(text: string): string {
  const xml = /<Message>([^<]{1,200})/.exec(text)?.[1];
  if (xml) return xml.trim();
  try {
    return String(JSON.parse(text).errors[0].message);
  } catch {
    return "";
  }
}
