// How this door says no: a status, and GraphQL's own form of an error.
import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import { StemmaError } from "../kernel/errors.ts";

/** Statuses of refusals that end a request before GraphQL sees it. */
const statuses: Partial<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  UNAVAILABLE: 503,
  TIMEOUT: 504,
};

/** Seconds after which to come again to a server that has too much to do, or no database. */
export const retryAfterSeconds = "1";

/** Of refusals for which no hook of Fastify has run. */
export const headersOfRefusals = {
  "content-type": "application/json; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none';frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
};

export function errorBody(code: string, message: string, more: object = {}) {
  return { errors: [{ message, extensions: { code, ...more } }] };
}

export function sendFault(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof StemmaError) {
    if (error.code === "UNAUTHENTICATED") reply.header("www-authenticate", 'Bearer realm="stemma"');
    if (error.code === "UNAVAILABLE") reply.header("retry-after", retryAfterSeconds);
    return reply.code(statuses[error.code] ?? 400).send(errorBody(error.code, error.message));
  }
  const {
    statusCode,
    code: cause,
    message,
  } = error as { statusCode?: number; code?: string; message?: string };
  // Fastify repeats the URL, and what it is signed with.
  if (cause === "FST_ERR_BAD_URL")
    return reply.code(400).send(errorBody("BAD_USER_INPUT", "this URL is none"));
  if (statusCode !== undefined && statusCode < 500) {
    const code = statusCode === 413 || statusCode === 414 ? "LIMIT" : "BAD_USER_INPUT";
    return reply.code(statusCode).send(errorBody(code, message ?? "bad request"));
  }
  const reference = referenceOf(error, request);
  return reply
    .code(500)
    .send(
      errorBody("INTERNAL_SERVER_ERROR", `Something went wrong here; reference ${reference}`, { reference }),
    );
}

/** Keeps a fault of ours in the log; the caller is told only by what it is found there. */
export function referenceOf(error: unknown, request: FastifyRequest): string {
  const reference = randomUUID();
  request.log.error({ err: error, reference }, "a request failed");
  return reference;
}

interface Unreadable {
  status: string;
  code: string;
  message: string;
}

const unreadable: Record<string, Unreadable> = {
  HPE_HEADER_OVERFLOW: {
    status: "431 Request Header Fields Too Large",
    code: "LIMIT",
    message: "the headers of a request, its URL with them, are limited to 16 KiB",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: "408 Request Timeout",
    code: "TIMEOUT",
    message: "the request did not come in time",
  },
};

const noHttp: Unreadable = { status: "400 Bad Request", code: "BAD_USER_INPUT", message: "this is not HTTP" };

/** Answers, as far as that is still possible, what Node could not read as a request. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (socket.writable && error.code !== "ECONNRESET") {
    const { status, code, message } = unreadable[error.code ?? ""] ?? noHttp;
    const body = JSON.stringify(errorBody(code, message));
    const headers = { ...headersOfRefusals, "content-length": body.length, connection: "close" };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${status}\r\n${lines.join("")}\r\n${body}`);
  }
  socket.destroySoon();
}
