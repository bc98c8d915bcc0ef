import type { FastifyReply, FastifyRequest } from "fastify";
import { sha256 } from "../kernel/canonical.ts";
import { Repetition } from "../kernel/repetition.ts";
import type { Endpoint } from "./endpoint.ts";

// MLflow's clients send a request again, up to seven times, after 408, 429 and 5xx and after a connection that ended
// without an answer. They name no key; but what they send again is the same, byte for byte.

/** The same for a request and its repetitions, under whichever prefix. */
export function repetitionOf({ path }: Endpoint, came: object): Repetition {
  return new Repetition(`mlflow ${path} ${sha256(JSON.stringify(came))}`);
}

/** Whether an answer that is no refusal went out, whole, to a caller who had not hung up; known once it has gone, or never will. */
export function isHeard({ raw: { socket } }: FastifyRequest, { raw }: FastifyReply): Promise<boolean> {
  // Who hangs up has ended its half of the connection, and the other one takes what is written for a while yet.
  const isThere = () => !socket.destroyed && !socket.readableEnded;
  return new Promise((resolve) => {
    if (socket.destroyed) resolve(false);
    raw.once("close", () => resolve(raw.writableFinished && raw.statusCode === 200 && isThere()));
  });
}
