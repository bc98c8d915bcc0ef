import type { IncomingMessage, Server } from "node:http";
import { GraphQLError } from "graphql";
import {
  CloseCode,
  type Context,
  handleProtocols,
  makeServer,
  type ServerOptions,
  type SubscribePayload,
} from "graphql-ws";
import type { Logger } from "pino";
import { WebSocketServer } from "ws";
import type { RefusalLog } from "../access/refusal-log.ts";
import { type ErrorCode, overLimit, StemmaError } from "../kernel/errors.ts";
import { excessOfJson } from "../kernel/json-bounds.ts";
import type { Bounds } from "./bounds.ts";
import { deliver } from "./delivery.ts";
import { noteDenials } from "./denials.ts";
import { formatError } from "./format-error.ts";
import { type Doorkeeping, type Guest, Guests } from "./guests.ts";
import { Line, type SocketLimits } from "./line.ts";
import { refusalOf } from "./refusal.ts";
import { answerTo, argumentsOf, UnderWay, type Workplace } from "./socket-operations.ts";
import type { SocketRequest } from "./socket-request.ts";

const largestPayloadBytes = 1024 * 1024;
const farewellMillis = 2_000;
const watchMillis = 500; // a token that has ended closes its sockets within a second
const tooMany = 4429;
const tryAgainLater = 1013; // clients come back by themselves
const usualLimits: SocketLimits = {
  initMillis: 5_000,
  silenceMillis: 20_000,
  stallMillis: 15_000,
  socketsPerActor: 100,
  operationsPerSocket: 100,
};

type Parameters = { authorization?: unknown; Authorization?: unknown };
type Extra = Record<PropertyKey, unknown> & {
  line: Line;
  from: string;
  underWay: UnderWay;
  guest?: Guest;
};

/** Who may open a socket at all. */
export interface SocketAdmission {
  /** Status and body that refuse a handshake; null where it is let in. */
  refusalOfSocket(handshake: IncomingMessage): { status: number; body: object } | null;
  /** The client's address. */
  addressOf(handshake: IncomingMessage): string;
}

/** What the socket door needs to know of the server around it. */
export interface SocketSettings extends Doorkeeping, Workplace {
  log: Logger;
  refusals: RefusalLog;
  admission: SocketAdmission;
  limits?: Partial<SocketLimits>;
}

/** GraphQL over WebSocket, protocol graphql-transport-ws, on the server that also speaks HTTP. */
export function mountSockets(http: Server, settings: SocketSettings) {
  const { log } = settings;
  const limits = { ...usualLimits, ...settings.limits };
  const guests = new Guests(settings, limits.socketsPerActor, (error) =>
    log.warn({ err: error }, "a socket's token could not be looked at again"),
  );
  const protocol = makeServer<Parameters, Extra>(protocolOptions(settings, limits, guests));
  const sockets = new WebSocketServer({
    server: http,
    path: "/graphql",
    maxPayload: largestPayloadBytes,
    handleProtocols,
    verifyClient: ({ req }, done) => {
      const refusal = settings.admission.refusalOfSocket(req);
      if (!refusal) return done(true);
      done(false, refusal.status, JSON.stringify(refusal.body), { "Content-Type": "application/json" });
    },
  });
  // A socket that cannot be served is its client's concern, not the process's; a port that is taken, the start's.
  sockets.on("error", (error) => {
    if (http.listening) log.warn({ err: error }, "the socket server failed");
  });
  const lines = new Set<Line>();
  const ends = new Set<Promise<void>>();
  sockets.on("connection", (socket, request) => {
    const line = new Line(socket);
    const underWay = new UnderWay();
    const extra: Extra = { line, from: settings.admission.addressOf(request), underWay };
    lines.add(line);
    socket.on("error", (error) => log.info({ err: error }, "a socket failed"));
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => line.send(text),
        close: (code, reason) => line.close(code ?? CloseCode.InternalServerError, reason ?? ""),
        onMessage: (receive) =>
          socket.on("message", async (data: Buffer) => {
            const excess = excessOfJson(data);
            if (excess) return line.close(CloseCode.BadRequest, excess.message);
            try {
              await receive(String(data));
            } catch (error) {
              log.error({ err: error }, "a message over a socket failed");
              line.close(CloseCode.InternalServerError, "Something went wrong here");
            }
            underWay.endUnwanted();
          }),
      },
      extra,
    );
    socket.once("close", (code, reason) => {
      lines.delete(line);
      if (extra.guest) guests.leave(extra.guest);
      const end = closed(code, String(reason)).catch((error) =>
        log.warn({ err: error }, "a subscription did not end well"),
      );
      ends.add(end);
      end.finally(() => {
        ends.delete(end);
        underWay.endUnwanted();
      });
    });
  });
  const watch = setInterval(
    () => {
      guests.dismissLate();
      for (const line of lines) {
        const done = line.check(limits);
        if (done) log.info(`a socket was closed: its consumer is ${done}`);
      }
    },
    Math.min(limits.stallMillis / 4, limits.silenceMillis / 4, watchMillis),
  );
  watch.unref();
  return {
    /** Closes every socket with 1001 (going away): clients come back with their cursor. */
    close: async (): Promise<void> => {
      clearInterval(watch);
      guests.close();
      sockets.close();
      for (const line of lines) line.close(1001, "going away: resume from your last cursor");
      const farewell = setTimeout(() => {
        for (const line of lines) line.terminate();
      }, farewellMillis);
      await Promise.all([...lines].map((line) => line.closed));
      clearTimeout(farewell);
      await Promise.all(ends);
    },
  };
}

function protocolOptions(
  { bounds, turns, log, refusals }: SocketSettings,
  limits: SocketLimits,
  guests: Guests,
): ServerOptions<Parameters, Extra> {
  return {
    connectionInitWaitTimeout: limits.initMillis,
    onConnect: async ({ connectionParams, extra }) => {
      try {
        extra.guest = await guests.admit(tokenIn(connectionParams), (reason) =>
          extra.line.close(CloseCode.Unauthorized, reason),
        );
        // It may have gone while its token was looked at.
        if (extra.line.isClosed) guests.leave(extra.guest);
        return true;
      } catch (error) {
        if (!(error instanceof StemmaError)) throw error;
        if (error.code === "UNAUTHENTICATED") refusals.failedLogin(extra.from, error.message);
        extra.line.close(closeCodes[error.code] ?? CloseCode.InternalServerError, error.message);
        return false;
      }
    },
    onSubscribe: (context, id, payload) =>
      operationOf(bounds, context, id, payload, limits.operationsPerSocket),
    execute: (args) => answerTo({ bounds, turns }, args, "hasty"),
    subscribe: (args) => deliver({ bounds, turns }, args),
    onError: (_context, _id, _payload, errors) =>
      translated(errors as readonly GraphQLError[], log).map((error) => error.toJSON()),
    onNext: (_context, _id, _payload, { contextValue }, result) => {
      if (!result.errors) return undefined;
      const request = contextValue as SocketRequest;
      noteDenials(result.errors, request, refusals);
      return { ...result, errors: translated(result.errors, log, request).map((error) => error.toJSON()) };
    },
  };
}

/** Why a client is not let in. */
const closeCodes: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: CloseCode.Unauthorized,
  LIMIT: tooMany,
  UNAVAILABLE: tryAgainLater,
};

/** What to run, or why not. */
async function operationOf(
  bounds: Bounds,
  context: Context<Parameters, Extra>,
  id: string,
  payload: SubscribePayload,
  mostOperations: number,
) {
  if (Object.keys(context.subscriptions).length > mostOperations)
    return [refusalOf(overLimit(`at most ${mostOperations} operations at once over one socket`))];
  try {
    const args = await argumentsOf(bounds, context.extra.guest!, payload);
    if (!Array.isArray(args))
      context.extra.underWay.add(args.contextValue, () => id in context.subscriptions);
    return args;
  } catch (error) {
    if (error instanceof StemmaError) return [refusalOf(error)];
    throw error;
  }
}

function tokenIn(params: Parameters | undefined): string | undefined {
  const given = params?.authorization ?? params?.Authorization;
  return typeof given === "string" ? given : undefined;
}

function translated(errors: readonly GraphQLError[], log: Logger, request?: SocketRequest): GraphQLError[] {
  return errors.map((error) => {
    // What ended a stream comes wrapped once more, without the place where it was thrown.
    const isWrapped = error.originalError && !error.path && !error.nodes;
    const thrown = isWrapped ? error.originalError! : error;
    const known = thrown instanceof GraphQLError ? thrown.toJSON() : { message: thrown.message };
    const { message, extensions, path } = formatError(known, thrown, log, request);
    return new GraphQLError(message, { nodes: error.nodes, path: path ?? error.path, extensions });
  });
}
