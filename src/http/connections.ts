import { createServer, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Gate } from "./gate.ts";
import { probePaths } from "./health.routes.ts";
import { pathOf } from "./request-log.ts";

/** How patient the server is with a connection; milliseconds. Who is slow on purpose is to cost little, and not for long. */
export interface ConnectionLimits {
  /** For all headers of a request to come. */
  headersMillis: number;
  /** For all of it to come, 4 MiB at most. */
  requestMillis: number;
  /** With nothing sent either way, be it that an answer is not taken. Longer than any operation may take. */
  silenceMillis: number;
  /** Between two requests. Longer than that of the usual proxies, so that none sends into a closing connection. */
  keepAliveMillis: number;
  /** How often headers and requests that do not come are looked for. */
  checkMillis: number;
  /** For requests under way when the server stops. */
  farewellMillis: number;
}

const usual: ConnectionLimits = {
  headersMillis: 10_000,
  requestMillis: 60_000,
  silenceMillis: 120_000,
  keepAliveMillis: 72_000,
  checkMillis: 2_000,
  farewellMillis: 10_000,
};

const restMillis = 50;

/** Of a request's first line and headers together. */
const largestHeadBytes = 16 * 1024;

/** The connections below Fastify. */
export class Connections {
  private readonly limits: ConnectionLimits;
  private readonly open = new Set<Socket>();
  private server: Server | null = null;

  constructor(
    private readonly gate: Gate,
    limits: Partial<ConnectionLimits> = {},
  ) {
    this.limits = { ...usual, ...limits };
  }

  /** What the gate has no room for, `answer` never hears of. */
  serve(answer: RequestListener): Server {
    const { headersMillis, requestMillis, keepAliveMillis, checkMillis, silenceMillis } = this.limits;
    const patience = {
      maxHeaderSize: largestHeadBytes,
      headersTimeout: headersMillis,
      requestTimeout: requestMillis,
      keepAliveTimeout: keepAliveMillis,
      connectionsCheckingInterval: checkMillis,
    };
    this.server = createServer(patience, (request, response) => {
      if (this.gate.isFull && !probePaths.has(pathOf(request))) this.gate.refuse(response);
      else answer(request, response);
    });
    this.server.setTimeout(silenceMillis);
    this.server.on("connection", (socket) => {
      this.gate.arrivals.note();
      this.open.add(socket);
      socket.once("close", () => this.open.delete(socket));
    });
    return this.server;
  }

  /**
   * Lets no connection keep the server from stopping: neither one over which nothing was asked yet, nor one whose last
   * answer is given. Node closes only those that rest at the moment it is told.
   */
  dismiss(): void {
    for (const socket of this.open) if (socket.bytesRead === 0) socket.destroy();
    const resting = setInterval(() => this.server?.closeIdleConnections(), restMillis);
    const farewell = setTimeout(() => this.server?.closeAllConnections(), this.limits.farewellMillis);
    this.server?.once("close", () => {
      clearInterval(resting);
      clearTimeout(farewell);
    });
  }
}
