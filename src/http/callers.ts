import type { FastifyReply, FastifyRequest } from "fastify";
import type { Authenticator } from "../access/authenticate.ts";
import type { RefusalLog } from "../access/refusal-log.ts";
import { StemmaError } from "../kernel/errors.ts";
import { Life } from "../kernel/life.ts";
import { Request } from "../kernel/request.ts";

/** What it takes to know who asks. */
export interface CallersDoor {
  authenticator: Authenticator;
  refusals: RefusalLog;
}

/** What is asked for, by whom; its life ends when the caller is gone. Throws UNAUTHENTICATED, of which it keeps count. */
export async function requestOf(
  door: CallersDoor,
  incoming: FastifyRequest,
  reply: FastifyReply,
): Promise<Request> {
  const life = new Life();
  reply.raw.on("close", () => {
    if (!reply.raw.writableFinished) life.end();
  });
  const { authorization } = incoming.headers;
  const { actor } = await sessionOf(door, incoming);
  const look = async () => (await door.authenticator.sessionOf(authorization)).actor;
  return new Request(incoming.id, actor, life, look);
}

async function sessionOf({ authenticator, refusals }: CallersDoor, { headers, ip }: FastifyRequest) {
  try {
    return await authenticator.sessionOf(headers.authorization);
  } catch (error) {
    if (error instanceof StemmaError && error.code === "UNAUTHENTICATED")
      refusals.failedLogin(ip, error.message);
    throw error;
  }
}
