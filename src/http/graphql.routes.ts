import { Readable } from "node:stream";
import cors from "@fastify/cors";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GraphqlEndpoint } from "../graphql/apollo.ts";
import { type CallersDoor, requestOf } from "./callers.ts";
import type { Gate } from "./gate.ts";
import { graphiqlPage } from "./graphiql.ts";
import { retryAfterSeconds } from "./refusals.ts";
import { headersOfPage } from "./security-headers.ts";

export interface GraphqlDoor extends CallersDoor {
  endpoint: Pick<GraphqlEndpoint, "handle">;
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
  // Only who is known here waits for a turn; strangers fill no queue.
  const request = await requestOf(door, incoming, reply);
  const answer = await door.gate.admit(request.life, async () => {
    await request.lookAgain(); // It may have waited for its turn.
    return door.endpoint.handle({ method, headers, search, body }, request);
  });
  for (const [name, value] of answer.headers) reply.header(name, value);
  if (answer.status === 503) reply.header("retry-after", retryAfterSeconds);
  reply.code(answer.status);
  return reply.send(typeof answer.body === "string" ? answer.body : Readable.from(answer.body));
}

async function sendPage(reply: FastifyReply) {
  const { html, scriptDigest } = await graphiqlPage();
  reply.helmet(headersOfPage(scriptDigest));
  return reply.type("text/html; charset=utf-8").send(html);
}

/** A browser that opens the endpoint, not a client that asks it. */
function wantsPage({ method, headers, url }: FastifyRequest): boolean {
  return method === "GET" && (headers.accept ?? "").includes("text/html") && !/[?&]query=/.test(url);
}
