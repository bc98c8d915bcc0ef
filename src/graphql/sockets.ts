import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { GraphQLError, type GraphQLSchema } from "graphql";
import { CloseCode } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import type { Logger } from "pino";
import { WebSocketServer } from "ws";
import type { Authenticator } from "../access/authenticate.ts";
import type { Actor } from "../kernel/actor.ts";
import { StemmaError } from "../kernel/errors.ts";
import { Request } from "../kernel/request.ts";
import { formatError } from "./format-error.ts";

const largestPayloadBytes = 1024 * 1024;

type Extra = Record<PropertyKey, unknown> & { actor?: Actor };

/** GraphQL over WebSocket, protocol graphql-transport-ws, on the server that also speaks HTTP. */
export function mountSockets(
  server: Server,
  schema: GraphQLSchema,
  authenticator: Authenticator,
  log: Logger,
) {
  const sockets = new WebSocketServer({ server, path: "/graphql", maxPayload: largestPayloadBytes });
  // A socket that cannot be served is its client's concern, not the process's.
  sockets.on("error", (error) => log.warn({ err: error }, "a socket failed"));
  const translated = (errors: readonly GraphQLError[]) =>
    errors.map((error) => {
      const { message, extensions } = formatError(error.toJSON(), error, log);
      return new GraphQLError(message, { nodes: error.nodes, path: error.path, extensions });
    });
  const handle = useServer<{ authorization?: string }, Extra>(
    {
      schema,
      onConnect: ({ connectionParams, extra }) => {
        try {
          extra.actor = authenticator.actorOf(headerOf(connectionParams));
        } catch (error) {
          if (!(error instanceof StemmaError)) throw error;
          (extra as { socket?: { close(code: number, reason: string): void } }).socket?.close(
            CloseCode.Unauthorized,
            error.message,
          );
          return false;
        }
        return true;
      },
      // One per operation; each delivered event makes its own below.
      context: ({ extra }) => new Request(randomUUID(), extra.actor as Actor),
      onError: (_context, _id, _payload, errors) => translated(errors as readonly GraphQLError[]),
      onNext: (_context, _id, _payload, _args, result) =>
        result.errors ? { ...result, errors: translated(result.errors) } : undefined,
    },
    sockets,
  );
  return {
    /** Closes every socket with 1001 (going away): clients come back with their cursor. */
    close: async (): Promise<void> => {
      await handle.dispose();
    },
  };
}

function headerOf(
  params: { authorization?: unknown; Authorization?: unknown } | undefined,
): string | undefined {
  const given = params?.authorization ?? params?.Authorization;
  return typeof given === "string" ? given : undefined;
}
