import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import type { Logger } from "pino";
import type { Authenticator } from "../access/authenticate.ts";
import type { GraphqlEndpoint } from "../graphql/apollo.ts";
import { StemmaError } from "../kernel/errors.ts";
import { Request } from "../kernel/request.ts";
import { graphiqlPage } from "./graphiql.ts";
import type { Health } from "./health.routes.ts";
import { healthRoutes } from "./health.routes.ts";
import { pathOf, RequestLog } from "./request-log.ts";

const largestBodyBytes = 4 * 1024 * 1024;

/** Statuses of refusals that end a request before GraphQL sees it. */
const statuses: Partial<Record<string, number>> = { UNAUTHENTICATED: 401, FORBIDDEN: 403, UNAVAILABLE: 503 };

function errorBody(code: string, message: string, more: object = {}) {
  return { errors: [{ message, extensions: { code, ...more } }] };
}

/** Mounts the doors on one Fastify. */
export function httpServer(
  log: Logger,
  endpoint: GraphqlEndpoint,
  authenticator: Authenticator,
  health: Health,
): FastifyInstance {
  const server = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    bodyLimit: largestBodyBytes,
    logController: new RequestLog(),
    genReqId: (request) => requestIdOf(request.headers["x-request-id"]),
    routerOptions: { ignoreTrailingSlash: true },
    forceCloseConnections: "idle",
    frameworkErrors: (error, request, reply) => sendFault(error, request, reply),
  });
  server.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    authenticator.admit(request.headers.host);
    done();
  });
  server.setErrorHandler((error, request, reply) => sendFault(error, request, reply));
  server.setNotFoundHandler((request, reply) => {
    if (pathOf(request) === "/graphql") {
      const refusal = `${request.method} means nothing at /graphql; ask by POST, or queries by GET`;
      return reply.code(405).header("allow", "GET, POST").send(errorBody("METHOD_NOT_ALLOWED", refusal));
    }
    const refusal = `nothing is served at ${pathOf(request)}; the API is at /graphql`;
    return reply.code(404).send(errorBody("NOT_FOUND", refusal));
  });
  // GraphQL's own answers say what is wrong with a body of another type.
  server.addContentTypeParser("*", (_request, payload, done) => {
    payload.resume();
    payload.on("end", () => done(null, undefined));
  });
  server.route({
    method: ["GET", "POST"],
    url: "/graphql",
    handler: async (incoming, reply) => {
      if (wantsPage(incoming)) return reply.type("text/html; charset=utf-8").send(graphiqlPage());
      const { actor } = await authenticator.sessionOf(incoming.headers.authorization);
      const search = incoming.url.includes("?") ? incoming.url.slice(incoming.url.indexOf("?")) : "";
      const { method, headers, body } = incoming;
      const gone = new AbortController();
      reply.raw.on("close", () => {
        if (!reply.raw.writableFinished) gone.abort();
      });
      const answer = await endpoint.handle(
        { method, headers, search, body },
        new Request(incoming.id, actor, gone),
      );
      for (const [name, value] of answer.headers) reply.header(name, value);
      reply.code(answer.status);
      return reply.send(typeof answer.body === "string" ? answer.body : Readable.from(answer.body));
    },
  });
  healthRoutes(server, health);
  return server;
}

function requestIdOf(given: string | string[] | undefined): string {
  return typeof given === "string" && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
}

/** A browser that opens the endpoint, not a client that asks it. */
function wantsPage({ method, headers, url }: FastifyRequest): boolean {
  return method === "GET" && (headers.accept ?? "").includes("text/html") && !/[?&]query=/.test(url);
}

function sendFault(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof StemmaError) {
    if (error.code === "UNAUTHENTICATED") reply.header("www-authenticate", 'Bearer realm="stemma"');
    return reply.code(statuses[error.code] ?? 400).send(errorBody(error.code, error.message));
  }
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode !== undefined && statusCode < 500) {
    const code = statusCode === 413 ? "LIMIT" : "BAD_USER_INPUT";
    return reply.code(statusCode).send(errorBody(code, message ?? "bad request"));
  }
  const reference = randomUUID();
  request.log.error({ err: error, reference }, "a request failed");
  return reply
    .code(500)
    .send(
      errorBody("INTERNAL_SERVER_ERROR", `Something went wrong here; reference ${reference}`, { reference }),
    );
}
