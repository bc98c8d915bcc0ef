import cors from "@fastify/cors";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../kernel/clock.ts";
import { type BodyFault, BodyRefusal } from "../objects/body-refusal.ts";
import { attachment } from "../objects/disposition.rules.ts";
import type { LocalStore } from "../objects/local-store.ts";
import { ObjectStoreError, type StoreTrouble } from "../objects/object-store.ts";
import { blobsPath, type PartGrant, type ReadGrant, type WholeGrant } from "../objects/signed-url.rules.ts";
import { UrlRefusal } from "../objects/signed-url.ts";
import { names, spanOf } from "./range.rules.ts";
import { errorBody, retryAfterSeconds, sendFault } from "./refusals.ts";
import { type TransferLimits, Transfers } from "./transfers.ts";
import { drain } from "./unread-body.ts";

/** What the local store serves of itself. */
export interface BlobDoor {
  store: Pick<LocalStore, "signer" | "stat" | "read"> & { arrivals: Pick<LocalStore["arrivals"], "take"> };
  clock: Clock;
  corsOrigins: readonly string[];
  /** In each direction. */
  limits?: Partial<TransferLimits>;
}

const preflightSeconds = 600;

const answersToFaults: Record<BodyFault, { status: number; code: string }> = {
  UNSIZED: { status: 411, code: "INVALID" },
  LONG: { status: 413, code: "LIMIT" },
  SHORT: { status: 400, code: "INVALID" },
  DIGEST: { status: 422, code: "INVALID" },
  SETTLED: { status: 409, code: "CONFLICT" },
};
const answersToTrouble: Record<StoreTrouble, { status: number; code: string }> = {
  MISSING: { status: 404, code: "NOT_FOUND" },
  FULL: { status: 507, code: "INSUFFICIENT_STORAGE" },
  AWAY: { status: 503, code: "UNAVAILABLE" },
  LOCKED: { status: 409, code: "CONFLICT" },
};

/** Bytes by signed URLs, at /blobs: the signature is all that is asked for. */
export function blobRoutes(server: FastifyInstance, door: BlobDoor): void {
  const received = new Transfers(door.limits);
  const sent = new Transfers(door.limits);
  server.register(
    async (blobs) => {
      if (door.corsOrigins.length > 0) {
        await blobs.register(cors, {
          origin: [...door.corsOrigins],
          methods: ["GET", "HEAD", "PUT"],
          exposedHeaders: ["x-request-id", "retry-after", "etag", "content-range", "content-disposition"],
          maxAge: preflightSeconds,
        });
      }
      blobs.removeAllContentTypeParsers();
      // Bodies are read by who stores them.
      blobs.addContentTypeParser("*", (_request, _payload, done) => done(null));
      blobs.setErrorHandler((error, request, reply) => {
        drain(request.raw);
        return refuse(error, request, reply);
      });
      // A place is for who has a signature: without one, nobody keeps others out.
      blobs.route({
        method: "PUT",
        url: "/*",
        handler: (request, reply) => {
          const grant = grantOf(door, request) as WholeGrant | PartGrant;
          received.begin(request.ip, reply.raw);
          return receive(door, grant, request, reply);
        },
      });
      blobs.route({
        method: ["GET", "HEAD"],
        url: "/*",
        exposeHeadRoute: false,
        handler: (request, reply) => {
          const grant = grantOf(door, request) as ReadGrant;
          sent.begin(request.ip, reply.raw);
          return send(door, grant, request, reply);
        },
      });
    },
    { prefix: blobsPath.slice(0, -1) },
  );
}

function grantOf({ store, clock }: BlobDoor, { raw }: FastifyRequest) {
  return store.signer.grantFor(raw.method ?? "", raw.url ?? "", clock());
}

async function receive(
  { store }: BlobDoor,
  grant: WholeGrant | PartGrant,
  { raw }: FastifyRequest,
  reply: FastifyReply,
) {
  const { "content-type": type, "content-length": length } = raw.headers;
  if (grant.kind === "whole" && type !== grant.contentType) {
    throw new UrlRefusal("this request is not signed for such a content-type");
  }
  if (length === undefined) throw new BodyRefusal("UNSIZED", "expected a content-length");
  if (Number(length) !== grant.sizeBytes) {
    const fault = Number(length) > grant.sizeBytes ? "LONG" : "SHORT";
    throw new BodyRefusal(fault, `expected ${grant.sizeBytes} bytes; got ${length}`);
  }
  if (raw.headers.expect) reply.raw.writeContinue();
  await store.arrivals.take(grant, raw);
  return reply.code(200).send();
}

async function send(
  { store, clock }: BlobDoor,
  grant: ReadGrant,
  { raw }: FastifyRequest,
  reply: FastifyReply,
) {
  const { method, headers } = raw;
  const stored = await store.stat(grant.key);
  if (!stored) throw new ObjectStoreError("MISSING", "nothing is there (anymore)");
  const etag = `"${grant.key}"`; // What is at a key never changes.
  reply.headers({ ...headersOf(grant, clock()), etag });
  if (names(headers["if-none-match"], etag)) return reply.code(304).send();
  const isAsked = method === "GET" && [undefined, etag].includes(headers["if-range"] as string | undefined);
  const span = spanOf(isAsked ? headers.range : undefined, stored.sizeBytes);
  if (span === "outside") {
    reply.removeHeader("content-disposition").header("content-range", `bytes */${stored.sizeBytes}`);
    reply.type("application/json; charset=utf-8");
    return reply.code(416).send(errorBody("INVALID", `this object has ${stored.sizeBytes} bytes`));
  }
  if (span === "whole") {
    reply.header("content-length", stored.sizeBytes);
    return reply.send(method === "HEAD" ? undefined : await store.read(grant.key));
  }
  reply.code(206).header("content-range", `bytes ${span.start}-${span.end}/${stored.sizeBytes}`);
  reply.header("content-length", span.end - span.start + 1);
  return reply.send(await store.read(grant.key, span));
}

/** It is saved, not shown: bytes of strangers are never to run in a page of this server. */
function headersOf({ contentType, fileName, expiresAt }: ReadGrant, now: number) {
  return {
    "content-type": /^[\x20-\x7e]+$/.test(contentType) ? contentType : "application/octet-stream",
    "content-disposition": attachment(fileName),
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none';frame-ancestors 'none';sandbox",
    "cache-control": `private, no-transform, max-age=${Math.max(0, Math.floor((expiresAt - now) / 1_000))}`,
    "accept-ranges": "bytes",
  };
}

function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  if (request.raw.errored || request.raw.socket.destroyed) return reply.hijack(); // Nobody is there to be told.
  if (error instanceof UrlRefusal) return reply.code(403).send(errorBody("FORBIDDEN", error.message));
  if (error instanceof BodyRefusal) {
    const { status, code } = answersToFaults[error.fault];
    return reply.code(status).send(errorBody(code, error.message));
  }
  if (!(error instanceof ObjectStoreError)) return sendFault(error, request, reply);
  const { status, code } = answersToTrouble[error.trouble];
  if (status >= 500) request.log.error({ err: error.cause }, error.message);
  if (status === 503) reply.header("retry-after", retryAfterSeconds);
  return reply.code(status).send(errorBody(code, error.message));
}
