import { Readable } from "node:stream";
import cors from "@fastify/cors";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Authenticator } from "../access/authenticate.ts";
import type { RefusalLog } from "../access/refusal-log.ts";
import type { GraphqlEndpoint } from "../graphql/apollo.ts";
import { StemmaError } from "../kernel/errors.ts";
import { Life } from "../kernel/life.ts";
import { Request } from "../kernel/request.ts";
import type { Gate } from "./gate.ts";
import { graphiqlPage } from "./graphiql.ts";
import { retryAfterSeconds } from "./refusals.ts";
import { headersOfPage } from "./security-headers.ts";

export interface GraphqlDoor {
  endpoint: Pick<GraphqlEndpoint, "handle">;
  authenticator: Authenticator;
  refusals: RefusalLog;
  gate: Gate;
  corsOrigins: readonly string[];
}

const preflightSeconds = 600;

/** GraphQL, and a page to ask it by; both at /graphql. */
export function graphqlRoutes(server: FastifyInstance, door: GraphqlDoor): void {
  server.register(
    async (graphql) => {
      if (door.corsOrigins.length > 0) {
        // No credentials: a browser has none to add by itself, as there are no cookies.
        await graphql.register(cors, {
          origin: [...door.corsOrigins],
          methods: ["GET", "POST"],
          exposedHeaders: ["x-request-id", "retry-after"],
          maxAge: preflightSeconds,
        });
      }
      graphql.route({
        method: ["GET", "POST"],
        url: "/",
        handler: async (incoming, reply) => {
          return wantsPage(incoming) ? sendPage(reply) : sendAnswer(door, incoming, reply);
        },
      });
    },
    { prefix: "/graphql" },
  );
}

async function sendAnswer(door: GraphqlDoor, incoming: FastifyRequest, reply: FastifyReply) {
  const { method, headers, body, url } = incoming;
  const search = url.includes("?") ? url.slice(url.indexOf("?")) : "";
  const life = new Life();
  reply.raw.on("close", () => {
    if (!reply.raw.writableFinished) life.end();
  });
  // Only who is known here waits for a turn; strangers fill no queue.
  const { actor } = await sessionOf(door, incoming);
  const look = async () => (await door.authenticator.sessionOf(headers.authorization)).actor;
  const request = new Request(incoming.id, actor, life, look);
  const answer = await door.gate.admit(life, async () => {
    await request.lookAgain(); // It may have waited for its turn.
    return door.endpoint.handle({ method, headers, search, body }, request);
  });
  for (const [name, value] of answer.headers) reply.header(name, value);
  if (answer.status === 503) reply.header("retry-after", retryAfterSeconds);
  reply.code(answer.status);
  return reply.send(typeof answer.body === "string" ? answer.body : Readable.from(answer.body));
}

async function sessionOf({ authenticator, refusals }: GraphqlDoor, { headers, ip }: FastifyRequest) {
  try {
    return await authenticator.sessionOf(headers.authorization);
  } catch (error) {
    if (error instanceof StemmaError && error.code === "UNAUTHENTICATED")
      refusals.failedLogin(ip, error.message);
    throw error;
  }
}

function sendPage(reply: FastifyReply) {
  const { html, scriptDigest } = graphiqlPage();
  reply.helmet(headersOfPage(scriptDigest));
  return reply.type("text/html; charset=utf-8").send(html);
}

/** A browser that opens the endpoint, not a client that asks it. */
function wantsPage({ method, headers, url }: FastifyRequest): boolean {
  return method === "GET" && (headers.accept ?? "").includes("text/html") && !/[?&]query=/.test(url);
}
