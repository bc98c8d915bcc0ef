import { setImmediate } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import { sha256 } from "../kernel/canonical.ts";
import { Repetition } from "../kernel/repetition.ts";
import type { Request } from "../kernel/request.ts";
import type { Endpoint } from "./endpoint.ts";

// MLflow's clients send a request again, up to seven times, after 408, 429 and 5xx and after a connection that ended
// without an answer. They name no key; but what they send again is the same, byte for byte.

/** The same for a request and its repetitions, under whichever prefix; undefined where it makes nothing. */
export function repetitionOf(
  { path, makes }: Endpoint,
  came: object,
  { life }: Request,
): Repetition | undefined {
  if (makes === undefined) return undefined;
  return new Repetition(`mlflow ${path} ${sha256(JSON.stringify(came))}`, makes, life);
}

/** Whether an answer that is no refusal went out, whole, to a caller who had not hung up; known once it has gone, or never will. */
export function isHeard({ raw: { socket } }: FastifyRequest, { raw }: FastifyReply): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = () => {
      raw.off("close", settle);
      socket.off("close", settle);
      // Who hangs up has ended its half of the connection, and the other one takes what is written for a while yet.
      const isThere = !socket.destroyed && !socket.readableEnded;
      resolve(raw.writableFinished && raw.statusCode === 200 && isThere);
    };
    raw.once("close", settle);
    // An answer behind another one on the same connection is not told of its end.
    socket.once("close", settle);
    if (socket.destroyed) settle();
  });
}

/** Waits for the end of lines that have been hung up by now: on SQLite all may be done before any of it is read. */
export async function whatHasComeIsRead(): Promise<void> {
  await setImmediate(); // The end of this turn of the event loop; the next one begins with reading.
  await setImmediate();
}
