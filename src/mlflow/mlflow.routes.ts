import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Request } from "../kernel/request.ts";
import {
  type ArtifactDoor,
  artifactRoutes,
  modelArtifactRoute,
  namedArtifactRoutes,
} from "./artifact.routes.ts";
import type { ArtifactBytes } from "./artifact-bytes.ts";
import type { Endpoint } from "./endpoint.ts";
import { type WireError, wireError, wireErrorOf } from "./errors.mapping.ts";
import { badParameter } from "./mlflow-error.ts";
import { parameterErrorOf } from "./parameters.ts";
import { isHeard, repetitionOf, whatHasComeIsRead } from "./repetition.ts";

/** MLflow's API, as it is wired. */
export interface Mlflow {
  /** Below `/api/2.0/mlflow/`. */
  endpoints: readonly Endpoint[];
  /** Below `/api/2.0/mlflow-artifacts/`. */
  artifactEndpoints: readonly Endpoint[];
  artifacts: ArtifactBytes;
  /** Whether clients send and fetch large files by requests that the object store takes. */
  isSigned(): boolean;
}

/** What the facade needs of the door it is behind. */
export interface MlflowDoor extends Mlflow, ArtifactDoor {
  /** Bounds the work in progress. */
  admit<T>(request: Request, work: () => Promise<T>): Promise<T>;
  /** Reads on what is still sent, so that the sender hears why it is refused. */
  drain(incoming: FastifyRequest): void;
  /** Keeps what went wrong here, and answers by what it is found again. */
  referenceOf(error: unknown, incoming: FastifyRequest): string;
}

/** The browser's prefix and the client's: the same endpoints under both. */
const prefixes = ["/api/2.0", "/ajax-api/2.0"];

/** Whether whoever asks for this reads refusals in MLflow's form, be there such an endpoint or not. */
export function isOfMlflow(path: string): boolean {
  return prefixes.some((prefix) => path.startsWith(`${prefix}/`));
}

/** Whether a body comes that is as long as a file: it takes as long as it takes. */
export function isArtifactPut(method: string | undefined, path: string): boolean {
  return (
    method === "PUT" && prefixes.some((prefix) => path.startsWith(`${prefix}/mlflow-artifacts/artifacts/`))
  );
}

/** The latest MLflow whose API this is: its clients choose what to send by that. */
const spokenVersion = "3.6.0";

/** What MLflow's clients ask of a server before anything else; no authentication, nothing about the registry's content. */
function introduce(server: FastifyInstance, isSigned: boolean): void {
  server.get("/version", async (_incoming, reply) =>
    reply.type("text/plain; charset=utf-8").send(spokenVersion),
  );
  server.get("/api/3.0/mlflow/server-info", async () => ({
    store_type: "SqlStore",
    workspaces_enabled: false,
    trace_archival_enabled: false,
    multipart_uploads_enabled: isSigned,
    multipart_downloads_enabled: isSigned,
  }));
}

/** MLflow's REST API: each route calls the verb or the query that GraphQL calls, and translates. */
export function mlflowRoutes(server: FastifyInstance, door: MlflowDoor): void {
  introduce(server, door.isSigned());
  const mount = (prefix: string, routesOf: (routes: FastifyInstance) => void) =>
    server.register(
      async (routes) => {
        routes.setErrorHandler((error, incoming, reply) => {
          const { raw } = incoming;
          if (raw.errored || raw.socket.destroyed) return reply.hijack(); // Nobody is there to be told.
          door.drain(incoming);
          return refuse(door, error, incoming, reply);
        });
        routesOf(routes);
      },
      { prefix },
    );
  for (const prefix of prefixes) {
    mount(`${prefix}/mlflow`, (routes) => serve(routes, door, door.endpoints));
    mount(`${prefix}/mlflow-artifacts`, (routes) => serve(routes, door, door.artifactEndpoints));
    mount(`${prefix}/mlflow-artifacts`, (routes) => artifactRoutes(routes, door));
  }
  mount("", (routes) => namedArtifactRoutes(routes, door));
  mount("/ajax-api/2.0/mlflow", (routes) => modelArtifactRoute(routes, door));
}

function serve(routes: FastifyInstance, door: MlflowDoor, endpoints: readonly Endpoint[]): void {
  routes.setNotFoundHandler((_incoming, reply) =>
    send(reply, wireError("ENDPOINT_NOT_FOUND", "there is no such endpoint")),
  );
  for (const endpoint of endpoints) {
    routes.route({
      method: [...endpoint.methods],
      url: `/${endpoint.path}`,
      handler: (incoming, reply) => answer(door, endpoint, incoming, reply),
    });
  }
}

async function answer(door: MlflowDoor, endpoint: Endpoint, incoming: FastifyRequest, reply: FastifyReply) {
  const request = await door.requestOf(incoming, reply);
  const came = { ...parametersIn(incoming), ...(incoming.params as object) };
  const parsed = endpoint.parameters.safeParse(came);
  if (!parsed.success) throw parameterErrorOf(parsed.error, came);
  const repetition = repetitionOf(endpoint, came, request);
  const work = () => endpoint.answer(request, parsed.data as never, repetition);
  const answered = endpoint.isLong ? work() : door.admit(request, work);
  if (!repetition) return answered;
  Promise.all([isHeard(incoming, reply), answered.catch(() => null)])
    .then(([heard]) => repetition.answered(heard))
    .catch((error) => door.referenceOf(error, incoming));
  const outcome = await answered;
  await whatHasComeIsRead();
  return outcome;
}

/** Of the query for GET, of the body otherwise. */
function parametersIn({ method, query, body, headers }: FastifyRequest): object {
  if (method === "GET" && Object.keys(query as object).length > 0) return query as object;
  if (method === "GET" && (body === undefined || body === null)) return {};
  const type = headers["content-type"];
  if (type === undefined && method === "POST") {
    throw badParameter("Bad Request. Content-Type header is missing.");
  }
  if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type)) {
    throw badParameter("Bad Request. Content-Type must be one of ['application/json'].");
  }
  if (body === undefined || body === null) return {};
  if (typeof body !== "object" || Array.isArray(body)) {
    throw badParameter("the body of a request is a JSON object");
  }
  return body;
}

/** Refuses in MLflow's form, whatever came of a request. */
export function refuse(
  door: Pick<MlflowDoor, "referenceOf">,
  error: unknown,
  incoming: FastifyRequest,
  reply: FastifyReply,
) {
  const told = wireErrorOf(error);
  if (told) return send(reply, told);
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message?: string };
  if (code === "FST_ERR_BAD_URL")
    return send(reply, wireError("INVALID_PARAMETER_VALUE", "this URL is none"));
  if (statusCode !== undefined && statusCode < 500) {
    return send(reply, wireError("INVALID_PARAMETER_VALUE", message ?? "bad request"));
  }
  const reference = door.referenceOf(error, incoming);
  return send(reply, wireError("INTERNAL_ERROR", `Something went wrong here; reference ${reference}`));
}

function send(reply: FastifyReply, { status, body }: WireError) {
  if (status === 401) reply.header("www-authenticate", 'Bearer realm="stemma"');
  return reply.code(status).send(body);
}
