import type { FastifyInstance, FastifyRequest } from "fastify";
import { invalid } from "../kernel/errors.ts";
import { pathPageOf } from "../kernel/path-page.ts";
import type { Request } from "../kernel/request.ts";
import type { Artifact } from "../registry/artifact.entity.ts";
import type { ArtifactLoaders } from "../registry/artifact.loaders.ts";
import type { ArtifactDownloads } from "../registry/artifact-downloads.ts";
import type { ResolveWish } from "../registry/resolve.query.ts";
import type { Marked, ResolveWatch } from "../registry/resolve-watch.ts";
import { type CallersDoor, requestOf } from "./callers.ts";
import type { Gate } from "./gate.ts";
import { errorBody, retryAfterSeconds } from "./refusals.ts";

/** What resolving for serving needs. */
export interface ResolveDoor extends CallersDoor {
  gate: Gate;
  watch: ResolveWatch;
  artifacts: ArtifactLoaders;
  downloads: ArtifactDownloads;
}

const longestWaitSeconds = 60;
/** Callers who wait at once; each costs a timer and a place in the feed. */
const mostWaiting = 1_000;

/**
 * GET /resolve/<VersionRef>: what serving needs, as plain JSON with an ETag. With If-None-Match and `?wait=30`, the
 * answer comes when there is another one, at latest after so many seconds (304 then). The ETag is weak: it tells which
 * version and bytes, not the signed URLs, which are new with each answer.
 */
export function resolveRoutes(server: FastifyInstance, door: ResolveDoor): void {
  const waits = new Set<AbortController>();
  server.addHook("preClose", (done) => {
    for (const wait of waits) wait.abort();
    done();
  });
  server.get("/resolve/*", async (incoming, reply) => {
    const request = await requestOf(door, incoming, reply);
    const wish = wishOf(incoming);
    const page = pageOf(incoming);
    const known = marksIn(incoming.headers["if-none-match"]);
    const seconds = secondsOf(incoming);
    let found = await door.gate.admit(request.life, () => door.watch.now(request, wish));
    if (found && known.includes(found.mark) && seconds > 0) {
      if (waits.size >= mostWaiting) {
        const message = "too many wait for a change; ask without wait, later";
        return reply
          .code(503)
          .header("retry-after", retryAfterSeconds)
          .send(errorBody("UNAVAILABLE", message));
      }
      found = await waitFor(door, request, wish, { mark: found.mark, seconds, waits });
    }
    if (!found) {
      return reply
        .code(404)
        .send(errorBody("NOT_FOUND", "nothing is called so, or nothing that you may read"));
    }
    reply.header("etag", `W/"${found.mark}"`).header("cache-control", "private, no-cache");
    if (known.includes(found.mark)) return reply.code(304).send();
    return door.gate.admit(request.life, () => answerOf(door, request, found, page));
  });
}

async function waitFor(
  { watch }: ResolveDoor,
  request: Request,
  wish: ResolveWish,
  { mark, seconds, waits }: { mark: string; seconds: number; waits: Set<AbortController> },
): Promise<Marked | null> {
  const wait = new AbortController();
  const end = () => wait.abort();
  const timer = setTimeout(end, seconds * 1_000);
  request.signal.addEventListener("abort", end, { once: true });
  waits.add(wait);
  try {
    return await watch.changed(request, wish, mark, wait.signal);
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener("abort", end);
    waits.delete(wait);
  }
}

async function answerOf(
  { artifacts, downloads }: ResolveDoor,
  request: Request,
  { modelVersion: version, model, uri, alias }: Marked,
  page: { first: number; after: string | null },
) {
  const isSealed = version.digest !== null;
  const files = isSealed ? await artifacts.ofVersion(request, version, { ...page, isEvidence: false }) : [];
  const last = files.at(-1);
  const isMore = last !== undefined && files.length === page.first;
  const isWhole = page.after === null && !isMore;
  const { fileCount, sizeBytes } = isWhole ? sizeOf(files) : await artifacts.sizeOf(request, version);
  return {
    model: model.name,
    version: version.number,
    id: version.id,
    stage: version.stage,
    alias,
    uri,
    digest: version.digest,
    image: version.image,
    fileCount,
    sizeBytes,
    files: await Promise.all(
      files.map(async (file) => ({
        path: file.path,
        role: file.role,
        sizeBytes: file.sizeBytes,
        sha256: file.sha256,
        contentType: file.contentType,
        uri: file.uri,
        url: await downloads.urlOf(request, file, null),
      })),
    ),
    nextAfter: isMore ? last.path : null,
  };
}

/** Of all files there are: nothing is to be asked for. */
function sizeOf(files: readonly Artifact[]) {
  return {
    fileCount: files.length,
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
  };
}

function wishOf({ params, query }: FastifyRequest): ResolveWish {
  const { requireLive, stickyKey } = query as Record<string, unknown>;
  return {
    ref: (params as { "*": string })["*"],
    requireLive: flagOf("requireLive", requireLive),
    stickyKey: textOf("stickyKey", stickyKey),
  };
}

function pageOf({ query }: FastifyRequest) {
  const { first, after } = query as Record<string, unknown>;
  return pathPageOf({ first: wholeOf("first", first) ?? 1_000, after: textOf("after", after) });
}

function secondsOf({ query }: FastifyRequest): number {
  const seconds = wholeOf("wait", (query as Record<string, unknown>).wait) ?? 0;
  if (seconds > longestWaitSeconds) throw invalid("wait", `0–${longestWaitSeconds} seconds`, seconds);
  return seconds;
}

function textOf(name: string, came: unknown): string | null {
  if (came === undefined || typeof came === "string") return came ?? null;
  throw invalid(name, "it once", came);
}

function wholeOf(name: string, came: unknown): number | null {
  const text = textOf(name, came);
  if (text === null) return null;
  if (!/^[0-9]{1,6}$/.test(text)) throw invalid(name, "a whole number", text);
  return Number(text);
}

function flagOf(name: string, came: unknown): boolean {
  const text = textOf(name, came) ?? "false";
  if (text !== "true" && text !== "false") throw invalid(name, "true or false", text);
  return text === "true";
}

/** Marks of earlier answers, weak or strong. */
function marksIn(header: string | undefined): string[] {
  return [...(header ?? "").matchAll(/(?:W\/)?"([^"]*)"/g)].map(([, mark]) => mark!).slice(0, 20);
}
