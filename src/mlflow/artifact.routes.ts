import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Request } from "../kernel/request.ts";
import { attachment } from "../objects/disposition.rules.ts";
import type { ArtifactBytes } from "./artifact-bytes.ts";
import type { FoundFile } from "./artifact-reads.ts";
import { badParameter } from "./mlflow-error.ts";

/** What bytes that go through this server need of the door it is behind. */
export interface ArtifactDoor {
  artifacts: ArtifactBytes;
  /** Who asks, and what for. Throws UNAUTHENTICATED. */
  requestOf(incoming: FastifyRequest, reply: FastifyReply): Promise<Request>;
  /** Takes a place among the bodies under way until the response is closed. Throws ObjectStoreError, AWAY. */
  transfers: { receive: Begin; send: Begin };
}

type Begin = (incoming: FastifyRequest, reply: FastifyReply) => void;
type Find = (request: Request, query: Record<string, string>) => Promise<FoundFile>;

const usualType = "application/octet-stream";

/** `…/mlflow-artifacts/artifacts/*`: the bytes of files. Bodies are read by who stores them. */
export function artifactRoutes(routes: FastifyInstance, door: ArtifactDoor): void {
  routes.removeAllContentTypeParsers();
  routes.addContentTypeParser("*", (_request, _payload, done) => done(null));
  routes.put("/artifacts/*", (incoming, reply) => receive(door, incoming, reply));
  routes.get("/artifacts/*", { exposeHeadRoute: false }, (incoming, reply) =>
    send(door, incoming, reply, (request) => door.artifacts.at(request, pathIn(incoming))),
  );
}

/** The same by what they belong to, as MLflow's user interface asks for them. */
export function namedArtifactRoutes(routes: FastifyInstance, door: ArtifactDoor): void {
  const ways: Record<string, Find> = {
    "/get-artifact": (request, query) =>
      door.artifacts.ofRun(request, told(query, "run_id", "run_uuid"), told(query, "path")),
    "/model-versions/get-artifact": (request, query) =>
      door.artifacts.ofVersion(request, told(query, "name"), told(query, "version"), told(query, "path")),
  };
  for (const [url, find] of Object.entries(ways)) {
    routes.get(url, { exposeHeadRoute: false }, (incoming, reply) =>
      send(door, incoming, reply, (request) => find(request, incoming.query as Record<string, string>)),
    );
  }
}

/** The bytes of a logged model's file, as MLflow's user interface asks for them. */
export function modelArtifactRoute(routes: FastifyInstance, door: ArtifactDoor): void {
  routes.get("/logged-models/:model_id/artifacts/files", { exposeHeadRoute: false }, (incoming, reply) =>
    send(door, incoming, reply, (request) => {
      const { model_id: modelId } = incoming.params as { model_id: string };
      const path = told(incoming.query as Record<string, string>, "artifact_file_path");
      return door.artifacts.ofModel(request, modelId, path);
    }),
  );
}

function pathIn({ params }: FastifyRequest): string {
  return (params as { "*": string })["*"];
}

/** Under any of these names. */
function told(query: Record<string, string>, ...names: string[]): string {
  for (const name of names) {
    const value = query[name];
    if (typeof value === "string" && value !== "") return value;
  }
  throw badParameter(`Missing value for required parameter '${names[0]}'.`);
}

async function receive(door: ArtifactDoor, incoming: FastifyRequest, reply: FastifyReply) {
  const request = await door.requestOf(incoming, reply);
  door.transfers.receive(incoming, reply);
  const { raw } = incoming;
  const type = raw.headers["content-type"];
  // What the client guesses by the file's name; what is none does no harm.
  const contentType = type !== undefined && /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : usualType;
  const welcome = () => {
    if (raw.headers.expect) reply.raw.writeContinue();
  };
  await door.artifacts.take(request, pathIn(incoming), { bytes: raw, contentType, welcome });
  return reply.send({});
}

/** It is saved, not shown: bytes of strangers are never to run in a page of this server. */
async function send(
  door: ArtifactDoor,
  incoming: FastifyRequest,
  reply: FastifyReply,
  find: (request: Request) => Promise<FoundFile>,
) {
  const file = await find(await door.requestOf(incoming, reply));
  door.transfers.send(incoming, reply);
  const bytes = await door.artifacts.read(file);
  reply.headers({
    "content-type": file.contentType,
    "content-length": file.sizeBytes,
    "content-disposition": attachment(file.path),
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none';frame-ancestors 'none';sandbox",
  });
  return reply.send(bytes);
}
