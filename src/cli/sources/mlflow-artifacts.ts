// Files of versions, runs and logged models as an MLflow server gives them: through itself, wherever it keeps them.
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { problemOfPath } from "../../client/bundle-paths.ts";
import { StemmaClientError } from "../../client/errors.ts";
import { downloadUri, fileList } from "../../client/mlflow-answers.ts";
import { paged } from "../../client/mlflow-lists.ts";
import { type MlflowServer, urlPathOf } from "../../client/mlflow-server.ts";
import { type PatienceOptions, patiently } from "../../client/patience.ts";
import { loggedModelIdOf } from "./mlflow-model.mapping.ts";
import { artifactPathOf } from "./mlflow-model-file.ts";
import type { RawVersion } from "./mlflow-store.ts";

type Asked = [path: string, parameters: Record<string, string | undefined>];

/** Where a server lists and gives the files of one version, run or logged model; paths are relative to its root. */
export interface Place {
  list(folder: string): Asked;
  file(path: string): Asked;
}

const deepest = 32;
const mostFiles = 10_000;
export const proxyPath = "/api/2.0/mlflow-artifacts/artifacts";
const restPath = "/api/2.0/mlflow/";

type Placed = Pick<RawVersion, "model" | "version" | "source" | "runId" | "modelId">;

/** The place of a version's files; a text that says why where the server has none. */
export async function placeOf(server: MlflowServer, version: Placed): Promise<Place | string> {
  const { model: name, version: number, runId } = version;
  const { artifact_uri: uri } = await server.get(
    "model-versions/get-download-uri",
    { name, version: number },
    downloadUri,
  );
  const proxied = proxiedPathOf(uri, server.url);
  if (proxied !== null) return proxyPlace(proxied);
  const modelId = loggedModelIdOf(version);
  if (modelId !== undefined) return loggedModelPlace(modelId);
  const path = runId ? artifactPathOf(version.source, runId) : undefined;
  if (path !== undefined) return runPlace(runId!, path);
  return "its files lie where the server does not give them from";
}

/** Fetches all files at a place into a folder that is there and empty; answers how many. Throws UNSAFE_PATH. */
export async function fetchAll(
  server: MlflowServer,
  place: Place,
  folder: string,
  options: PatienceOptions,
): Promise<number> {
  let count = 0;
  for await (const { path } of filesAt(server, place)) {
    if (++count > mostFiles)
      throw new StemmaClientError("INVALID", `more than ${mostFiles} files; a bundle has at most as many`);
    const target = join(folder, ...path.split("/"));
    await mkdir(dirname(target), { recursive: true });
    await fetchFile(server, place, path, target, options);
  }
  return count;
}

/** Fetches one file at a place to a file of this machine. */
export async function fetchFile(
  server: MlflowServer,
  place: Place,
  path: string,
  target: string,
  options: PatienceOptions,
): Promise<void> {
  await patiently(options, async () => {
    const bytes = await server.bytes(...place.file(path));
    if (!bytes)
      throw new StemmaClientError("MLFLOW_UNREADABLE", `${server.url} lists ${path} and does not give it`);
    await pipeline(bytes, createWriteStream(target)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.syscall !== undefined) throw cause; // of the disk
      throw new StemmaClientError("UNREACHABLE", `${server.url} broke off in ${path}`, [], { cause });
    });
  });
}

/** A file that a server lists, with the size that it tells. */
export interface ListedFile {
  path: string;
  sizeBytes: number;
}

/** All files at a place. Throws UNSAFE_PATH. */
export async function* filesAt(
  server: MlflowServer,
  place: Place,
  folder = "",
  depth = 0,
): AsyncGenerator<ListedFile> {
  const [path, parameters] = place.list(folder);
  const entries = paged(
    (page_token) => server.getAt(path, { ...parameters, page_token }, fileList),
    ({ files }) => files,
  );
  for await (const entry of entries) {
    // Of what it says only the last name counts, so that no path leads anywhere else.
    const name = entry.path.split("/").at(-1)!;
    const within = folder === "" ? name : `${folder}/${name}`;
    const problem = depth > deepest ? `more than ${deepest} folders deep` : problemOfPath(within);
    if (problem) throw new StemmaClientError("UNSAFE_PATH", `${JSON.stringify(entry.path)}: ${problem}`);
    if (entry.is_dir) yield* filesAt(server, place, within, depth + 1);
    // MLflow leaves out the size of a file that is empty.
    else yield { path: within, sizeBytes: Number(entry.file_size ?? 0) };
  }
}

/** The path below the server's own store to which a URI leads; null where it leads elsewhere. */
export function proxiedPathOf(uri: string, serverUrl: string): string | null {
  if (!URL.canParse(uri)) return null;
  const { protocol, host, pathname } = new URL(uri);
  if (protocol !== "mlflow-artifacts:" || (host !== "" && host !== new URL(serverUrl).host)) return null;
  try {
    const path = decodeURIComponent(pathname).replace(/^\/+|\/+$/g, "");
    return problemOfPath(path) === null ? path : null;
  } catch {
    return null; // A percent sign that stands for nothing.
  }
}

const joined = (...parts: string[]) => parts.filter((part) => part !== "").join("/");

function proxyPlace(root: string): Place {
  return {
    list: (folder) => [proxyPath, { path: joined(root, folder) }],
    file: (path) => [`${proxyPath}/${urlPathOf(joined(root, path))}`, {}],
  };
}

/** `root`: a folder of the run, or all of it where empty. */
export function runPlace(runId: string, root: string): Place {
  return {
    list: (folder) => [
      `${restPath}artifacts/list`,
      { run_id: runId, path: joined(root, folder) || undefined },
    ],
    file: (path) => ["/get-artifact", { run_uuid: runId, path: joined(root, path) }],
  };
}

export function loggedModelPlace(modelId: string): Place {
  const path = `mlflow/logged-models/${encodeURIComponent(modelId)}/artifacts`;
  return {
    list: (folder) => [`/api/2.0/${path}/directories`, { artifact_directory_path: folder || undefined }],
    file: (file) => [`/ajax-api/2.0/${path}/files`, { artifact_file_path: file }],
  };
}
