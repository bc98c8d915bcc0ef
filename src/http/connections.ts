import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import { isArtifactPut } from "../mlflow/mlflow.routes.ts";
import { blobsPath } from "../objects/signed-url.rules.ts";
import type { Gate } from "./gate.ts";
import { probePaths } from "./health.routes.ts";
import { pathOf } from "./request-log.ts";

/** How patient the server is with a connection; milliseconds. Who is slow on purpose is to cost little, and not for long. */
export interface ConnectionLimits {
  /** For all headers of a request to come. */
  headersMillis: number;
  /** For all of it to come, 4 MiB at most. */
  requestMillis: number;
  /** For bytes of an object to come. */
  uploadMillis: number;
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
  uploadMillis: 12 * 3_600_000,
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
    const { headersMillis, keepAliveMillis, checkMillis, silenceMillis } = this.limits;
    const patience = {
      maxHeaderSize: largestHeadBytes,
      headersTimeout: headersMillis,
      requestTimeout: 0, // It knows one time for all requests: see `hurry`.
      keepAliveTimeout: keepAliveMillis,
      connectionsCheckingInterval: checkMillis,
    };
    const take: RequestListener = (request, response) => {
      this.hurry(request);
      const isFree = probePaths.has(pathOf(request)) || isOfBlobs(request);
      if (this.gate.isFull && !isFree) this.gate.refuse(request, response);
      else answer(request, response);
    };
    this.server = createServer(patience, take);
    // Who waits for leave to send an object is given it only where the object will be taken.
    this.server.on("checkContinue", (request, response) => {
      if (!isOfBlobs(request) && !isArtifactPut(request.method, pathOf(request))) response.writeContinue();
      take(request, response);
    });
    this.server.setTimeout(silenceMillis);
    this.server.on("connection", (socket) => {
      this.gate.arrivals.note();
      this.open.add(socket);
      socket.once("close", () => this.open.delete(socket));
    });
    return this.server;
  }

  /** Ends a connection over which a body is sent for too long. */
  private hurry(request: IncomingMessage): void {
    const { "content-length": length = "0", "transfer-encoding": encoding } = request.headers;
    if (length === "0" && encoding === undefined) return;
    const giveUp = () => {
      const late = Object.assign(new Error("a request did not come in time"), {
        code: "ERR_HTTP_REQUEST_TIMEOUT",
      });
      if (!this.server?.emit("clientError", late, request.socket)) request.socket.destroy();
    };
    const { uploadMillis, requestMillis } = this.limits;
    const isTransfer = isOfBlobs(request) || isArtifactPut(request.method, pathOf(request));
    const timer = setTimeout(giveUp, isTransfer ? uploadMillis : requestMillis);
    request.once("end", () => clearTimeout(timer)).once("close", () => clearTimeout(timer));
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

/** They have bounds of their own. */
function isOfBlobs(request: IncomingMessage): boolean {
  return pathOf(request).startsWith(blobsPath);
}
