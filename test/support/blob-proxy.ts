import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { DatabaseSettings } from "../../src/config.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/** A request for or with bytes, as the proxy saw it. */
export interface BlobRequest {
  method: string;
  /** Without what signs it. */
  path: string;
  range: string | undefined;
  /** From 1, of those with this method. */
  number: number;
  /** Of the answer; 0 until there is one. */
  status: number;
}

/** Passes it on; breaks it off; answers it so itself; passes it on and changes or keeps back some of what comes. */
export type Deed = "pass" | "cut" | number | "change a byte" | "stop halfway";

/** An HTTP proxy before a server that has its signed URLs lead through it. */
export interface BlobProxy {
  readonly url: string;
  /** Bytes that were asked for or sent so far. */
  readonly seen: BlobRequest[];
  /** What is done with the next ones; may do something itself first. */
  deed: (blob: BlobRequest) => Deed | Promise<Deed>;
  /** Where the server is now. */
  target: string;
}

/** Gone when the test ends. */
export async function blobProxy(): Promise<BlobProxy> {
  const counts = new Map<string, number>();
  const server = createServer((incoming, answer) => {
    incoming.on("error", () => {});
    answer.on("error", () => {});
    handle(incoming, answer).catch(() => incoming.socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const proxy: BlobProxy = { url: `http://127.0.0.1:${port}`, seen: [], deed: () => "pass", target: "" };

  async function handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = incoming;
    if (!url.startsWith("/blobs/")) return forward(incoming, answer, null, "pass");
    const number = (counts.get(method) ?? 0) + 1;
    counts.set(method, number);
    const blob = { method, path: pathOf(url), range: headers.range, number, status: 0 };
    proxy.seen.push(blob);
    const deed = await proxy.deed(blob);
    if (deed === "cut") return void incoming.socket.destroy();
    if (typeof deed !== "number") return forward(incoming, answer, blob, deed);
    incoming.resume();
    answer.writeHead(deed).end();
  }

  function forward(
    incoming: IncomingMessage,
    answer: ServerResponse,
    blob: BlobRequest | null,
    deed: Deed,
  ): void {
    const { method, url, headers } = incoming;
    const upstream = request(`${proxy.target}${url}`, { method, headers, agent: false }, (response) => {
      if (blob) blob.status = response.statusCode!;
      answer.writeHead(response.statusCode!, response.headers);
      response.on("error", () => answer.destroy());
      if (deed === "pass") return void response.pipe(answer);
      const half = Math.floor(Number(response.headers["content-length"]) / 2);
      let came = 0;
      response.on("data", (chunk: Buffer) => {
        if (deed === "change a byte" && came === 0) chunk[0]! ^= 1;
        came += chunk.length;
        answer.write(chunk);
        if (deed === "stop halfway" && came >= half) answer.destroy();
      });
      response.on("end", () => answer.end());
    });
    upstream.on("error", () => incoming.socket.destroy());
    answer.on("close", () => upstream.destroy());
    incoming.pipe(upstream);
  }
  return proxy;
}

/** Which object, and which part of it. */
function pathOf(url: string): string {
  const { pathname, searchParams } = new URL(url, "http://proxy");
  return `${pathname}#${searchParams.get("number") ?? ""}`;
}

/** A server as a process of its own, behind the proxy; again, where it was killed. */
export async function serverBehind(
  proxy: BlobProxy,
  settings: DatabaseSettings,
  env: Record<string, string> = {},
): Promise<ServerProcess> {
  const server = await startServer(settings, 0, { PUBLIC_URL: proxy.url, ...env });
  proxy.target = server.url;
  return server;
}
