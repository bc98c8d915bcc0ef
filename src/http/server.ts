import { randomUUID } from "node:crypto";
import helmet from "@fastify/helmet";
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { HttpSettings } from "../config.ts";
import {
  isOfMlflow,
  type Mlflow,
  type MlflowDoor,
  mlflowRoutes,
  refuse as refuseAsMlflow,
} from "../mlflow/mlflow.routes.ts";
import type { Admission } from "./admission.ts";
import { type BlobDoor, blobRoutes } from "./blobs.routes.ts";
import { requestOf } from "./callers.ts";
import { type ConnectionLimits, Connections } from "./connections.ts";
import { type GraphqlDoor, graphqlRoutes } from "./graphql.routes.ts";
import { type Health, healthRoutes, probePaths } from "./health.routes.ts";
import { readJsonWithinBounds } from "./json-body.ts";
import { errorBody, headersOfRefusals, referenceOf, refuseUnreadable, sendFault } from "./refusals.ts";
import { pathOf, RequestLog } from "./request-log.ts";
import { type ResolveDoor, resolveRoutes } from "./resolve.routes.ts";
import { securityHeaders } from "./security-headers.ts";
import { Transfers } from "./transfers.ts";
import { drain } from "./unread-body.ts";

const largestBodyBytes = 4 * 1024 * 1024;
const longestUrl = 8 * 1024; // characters
/**
 * Of bodies between MLflow's clients and an object store, in each direction. One that goes to S3 or Azure takes up to 24 MiB
 * of memory: the part that is being sent, and the next one.
 */
const proxied = { most: 16, mostOfOne: 8 };

/** What the HTTP door needs to know of the server around it. */
export interface HttpDoor extends Pick<GraphqlDoor, "endpoint" | "authenticator" | "refusals" | "gate"> {
  settings: HttpSettings;
  admission: Admission;
  health: Health;
  /** null where nothing is resolved here. */
  serving: Omit<ResolveDoor, "authenticator" | "refusals" | "gate"> | null;
  /** Null where objects are in a store of their own. */
  blobs: Pick<BlobDoor, "store" | "clock"> | null;
  /** null where this is no MLflow server. */
  mlflow: Mlflow | null;
  log: Logger;
  connections?: Partial<ConnectionLimits>;
}

/** Mounts the doors on one Fastify. */
export function httpServer(door: HttpDoor): FastifyInstance {
  const { settings, admission, health, log } = door;
  const connections = new Connections(door.gate, door.connections);
  const server = Fastify({
    serverFactory: (answer) => connections.serve(answer),
    loggerInstance: log as FastifyBaseLogger,
    bodyLimit: largestBodyBytes,
    trustProxy: admission.trust,
    logController: new RequestLog(),
    genReqId: (request) => requestIdOf(request.headers["x-request-id"]),
    // No part of a path is too long where the URL is not: the router would refuse it in its own form.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 2 * longestUrl },
    forceCloseConnections: "idle",
    frameworkErrors: (error, request, reply) => {
      reply.headers(headersOfRefusals);
      if (isOfMlflow(pathOf(request))) return refuseAsMlflow({ referenceOf }, error, request, reply);
      return sendFault(error, request, reply);
    },
    clientErrorHandler: refuseUnreadable,
  });
  server.addHook("preClose", (done) => {
    connections.dismiss();
    done();
  });
  server.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    reply.header("cache-control", "no-store");
    done();
  });
  server.register(helmet, securityHeaders(settings.publicUrl));
  server.addHook("onRequest", (request, reply, done) => {
    const refusal = admission.refusalOf(request.raw, probePaths.has(request.routeOptions.url ?? ""));
    if (refusal) return reply.code(refusal.status).send(refusal.body);
    if (request.url.length <= longestUrl) return done();
    const message = `a URL is limited to ${longestUrl} characters; ask by POST`;
    done(Object.assign(new Error(message), { statusCode: 414 }));
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
  readJsonWithinBounds(server);
  // GraphQL's own answers say what is wrong with a body of another type.
  server.addContentTypeParser("*", (_request, payload, done) => {
    payload.resume();
    payload.on("end", () => done(null, undefined));
  });
  graphqlRoutes(server, { ...door, corsOrigins: settings.corsOrigins });
  if (door.serving) resolveRoutes(server, { ...door, ...door.serving });
  if (door.blobs) blobRoutes(server, { ...door.blobs, corsOrigins: settings.corsOrigins });
  if (door.mlflow) mlflowRoutes(server, mlflowDoorOf(door, door.mlflow));
  healthRoutes(server, health);
  return server;
}

function mlflowDoorOf(door: HttpDoor, mlflow: Mlflow): MlflowDoor {
  const [received, sent] = [new Transfers(proxied), new Transfers(proxied)];
  return {
    ...mlflow,
    requestOf: (incoming, reply) => requestOf(door, incoming, reply),
    admit: (request, work) => door.gate.admit(request.life, work),
    drain: ({ raw }) => drain(raw),
    transfers: {
      receive: ({ ip }, { raw }) => received.begin(ip, raw),
      send: ({ ip }, { raw }) => sent.begin(ip, raw),
    },
    referenceOf,
  };
}

function requestIdOf(given: string | string[] | undefined): string {
  return typeof given === "string" && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
}
