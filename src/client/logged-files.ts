// Files of runs and of logged models: listed, and fetched one after another through a temporary folder.
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { StemmaClient } from "./client.ts";
import { gql } from "./document.ts";
import { StemmaClientError } from "./errors.ts";
import { type TransferOptions, transferAll } from "./paged-transfers.ts";
import { type PatienceOptions, patiently } from "./patience.ts";
import { brokenOff, StoreConnections } from "./store-connections.ts";

export const loggedFilesDocument = gql`
  query LoggedFiles($id: ID!, $first: Int!, $after: String, $withUrls: Boolean!) {
    node(id: $id) {
      ... on Run {
        loggedFiles(first: $first, after: $after) {
          path
          sizeBytes
          sha256
          purgedAt
          downloadUrl @include(if: $withUrls)
        }
      }
      ... on LoggedModel {
        loggedFiles(first: $first, after: $after) {
          path
          sizeBytes
          sha256
          purgedAt
          downloadUrl @include(if: $withUrls)
        }
      }
    }
  }
`;

/** A file that a run or a logged model left. */
export interface LoggedFile {
  path: string;
  sizeBytes: number;
  /** 64 hex digits. */
  sha256: string;
  /** When its bytes were let go, RFC 3339. */
  purgedAt: string | null;
  /** Where URLs were asked for; null where it cannot be got. */
  downloadUrl?: string | null;
}

interface ListOptions extends PatienceOptions {
  /** Only those after this path. */
  after?: string | null;
  withUrls?: boolean;
}

const filesPerPage = 100;

/** Files of a run or logged model, by its id (not its run id), in order of their paths; none where it is not there. */
export async function* loggedFilesOf(
  client: StemmaClient,
  id: string,
  { after = null, withUrls = false, ...options }: ListOptions = {},
): AsyncGenerator<LoggedFile> {
  for (let last = after, isMore = true; isMore; ) {
    const variables = { id, first: filesPerPage, after: last, withUrls };
    const { node } = await patiently(options, () =>
      client.query<{ node: { loggedFiles?: LoggedFile[] } | null }>(loggedFilesDocument, variables),
    );
    const files = node?.loggedFiles ?? [];
    for (const file of files) yield { ...file, sizeBytes: Number(file.sizeBytes) };
    last = files.at(-1)?.path ?? null;
    isMore = files.length === filesPerPage;
  }
}

/**
 * Fetches files that were listed, a few at once, each to a temporary file that `use` finds complete and right, and that is
 * gone afterwards. Throws CHANGED where one is no longer what was listed, DIGEST_MISMATCH, STORE, and what `use` throws.
 */
export async function fetchLoggedFiles(
  client: StemmaClient,
  id: string,
  files: readonly LoggedFile[],
  use: (file: LoggedFile, source: string) => Promise<void>,
  options: TransferOptions,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "stemma-files-"));
  const connections = new StoreConnections(options.connections ?? 6, options.signal);
  const before = new Map(files.map(({ path }, index) => [path, files[index - 1]?.path ?? null]));
  const done = new Set<string>();
  const act = async (file: LoggedFile) => {
    const source = join(folder, createHash("sha256").update(file.path).digest("hex"));
    try {
      await fetchTo(source, file, connections);
      await use(file, source);
      done.add(file.path);
    } finally {
      await rm(source, { force: true });
    }
  };
  const ask = async (page: readonly LoggedFile[]) => {
    const open = page.filter(({ path }) => !done.has(path));
    const after = before.get(page[0]!.path) ?? null;
    return { tasks: await signedAnew(client, id, open, { ...options, after }), isCut: false };
  };
  try {
    await transferAll(files, { mostItems: filesPerPage, ask, act }, options);
  } finally {
    connections.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same files with URLs that were just signed. */
async function signedAnew(
  client: StemmaClient,
  id: string,
  files: readonly LoggedFile[],
  options: ListOptions,
): Promise<LoggedFile[]> {
  const wanted = new Map(files.map((file) => [file.path, file]));
  const signed: LoggedFile[] = [];
  if (wanted.size === 0) return signed;
  for await (const file of loggedFilesOf(client, id, { ...options, withUrls: true })) {
    if (wanted.get(file.path)?.sha256 !== file.sha256 || !file.downloadUrl) continue;
    signed.push(file);
    wanted.delete(file.path);
    if (wanted.size === 0) return signed;
  }
  const [path] = wanted.keys();
  throw new StemmaClientError("CHANGED", `${path} changed while files were fetched; begin again`);
}

async function fetchTo(
  target: string,
  { path, sha256, downloadUrl }: LoggedFile,
  connections: StoreConnections,
): Promise<void> {
  const url = downloadUrl!;
  const hash = createHash("sha256");
  const { body } = await connections.get(url, 0);
  const hashed = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(body, hashed, createWriteStream(target)).catch((cause: NodeJS.ErrnoException) => {
    throw cause.syscall === "write" || cause.syscall === "open" ? cause : brokenOff(url, cause);
  });
  const digest = hash.digest("hex");
  if (digest === sha256) return;
  throw new StemmaClientError("DIGEST_MISMATCH", `${path}: expected SHA-256 ${sha256}; got ${digest}`);
}
