import { createServer, type RequestListener, type Server } from "node:http";
import type { Gate } from "./gate.ts";
import { probePaths } from "./health.routes.ts";

/** How patient the server is with a connection; milliseconds. Who is slow on purpose is to cost little, and not for long. */
export interface ConnectionLimits {
  /** For all headers of a request to come. */
  headersMillis: number;
  /** For all of it to come, 4 MiB at most. */
  requestMillis: number;
  /** With nothing sent either way, be it that an answer is not taken. Longer than any answer takes to begin. */
  silenceMillis: number;
  /** Between two requests. Longer than that of the usual proxies, so that none sends into a closing connection. */
  keepAliveMillis: number;
  /** How often headers and requests that do not come are looked for. */
  checkMillis: number;
}

const usual: ConnectionLimits = {
  headersMillis: 10_000,
  requestMillis: 60_000,
  silenceMillis: 120_000,
  keepAliveMillis: 72_000,
  checkMillis: 2_000,
};

/** Of a request's first line and headers together. */
const largestHeadBytes = 16 * 1024;

/** The server below Fastify. What the gate has no room for, Fastify never hears of. */
export function nodeServer(answer: RequestListener, gate: Gate, patience: Partial<ConnectionLimits>): Server {
  const limits = { ...usual, ...patience };
  const server = createServer(
    {
      maxHeaderSize: largestHeadBytes,
      headersTimeout: limits.headersMillis,
      requestTimeout: limits.requestMillis,
      keepAliveTimeout: limits.keepAliveMillis,
      connectionsCheckingInterval: limits.checkMillis,
    },
    (request, response) => {
      if (gate.isFull && !probePaths.has(request.url ?? "")) gate.refuse(response);
      else answer(request, response);
    },
  );
  server.setTimeout(limits.silenceMillis);
  return server;
}
