// Files of a version into a folder: fetched, hashed as they come, and given their names once they are right.
import { createHash, type Hash } from "node:crypto";
import { type FileHandle, rename, rm } from "node:fs/promises";
import { Semaphore } from "async-mutex";
import { downloadUrls, type RecordedFile, type RecordedVersion } from "./bundle-listing.ts";
import { bundleDigestOf } from "./bundle-paths.ts";
import type { StemmaClient } from "./client.ts";
import type { Destination } from "./destination.ts";
import { StemmaClientError } from "./errors.ts";
import { digestOfFile, hashInto } from "./file-digests.ts";
import { type TransferOptions, transferAll } from "./paged-transfers.ts";
import { brokenOff, StoreConnections, StoreFault } from "./store-connections.ts";

export interface DownloadOptions extends TransferOptions {
  /** Replaces files that are there and are others. */
  overwrite?: boolean;
  onProgress?: (progress: DownloadProgress) => void;
}

/** How far a download has come, in bytes. */
export interface DownloadProgress {
  /** Of the whole: there already, or fetched. */
  doneBytes: number;
  /** By this process. */
  fetchedBytes: number;
}

export interface DownloadOutcome extends DownloadProgress {
  fetched: RecordedFile[];
  /** They were there, and are right. */
  present: RecordedFile[];
  /** They lie elsewhere: nothing was fetched or checked. */
  elsewhere: RecordedFile[];
}

interface Task {
  file: RecordedFile;
  url: string;
}

const filesPerPage = 100;
const filesHashedAtOnce = 4;
const batchBytes = 1024 * 1024;
/** Whatever comes wrong so often is wrong where it is stored. */
const mostAttempts = 2;

/**
 * Downloads the files of a version. What has arrived of a file is kept and goes on the next time; a file has its name once
 * its bytes are right and on disk. Throws StemmaClientError: OCCUPIED where other files are there, UNSAFE_PATH, STORE,
 * DIGEST_MISMATCH, FORBIDDEN without artifact:download; and what writing throws, such as ENOSPC.
 */
export async function downloadFiles(
  client: StemmaClient,
  version: RecordedVersion,
  destination: Destination,
  options: DownloadOptions = {},
): Promise<DownloadOutcome> {
  const fetching = new Fetching(client, destination, options);
  const outcome = await fetching.run(version);
  const found = version.files.map(({ path, sha256, id }) => ({
    path,
    sha256: fetching.found.get(id) ?? sha256,
  }));
  const isInBundle = new Set(version.files.filter(({ isEvidence }) => !isEvidence).map(({ path }) => path));
  const digest = bundleDigestOf(found.filter(({ path }) => isInBundle.has(path)));
  if (version.digest === null || digest === version.digest) return outcome;
  throw new StemmaClientError(
    "DIGEST_MISMATCH",
    `${version.uri}: expected digest ${version.digest}; got ${digest}`,
  );
}

class Fetching {
  /** Artifact's id → SHA-256 of its bytes as they are here. */
  readonly found = new Map<string, string>();
  private readonly connections: StoreConnections;
  private readonly progress: DownloadProgress = { doneBytes: 0, fetchedBytes: 0 };
  private readonly attempts = new Map<string, number>();

  constructor(
    private readonly client: StemmaClient,
    private readonly destination: Destination,
    private readonly options: DownloadOptions,
  ) {
    this.connections = new StoreConnections(options.connections ?? 6, options.signal);
  }

  async run({ files }: RecordedVersion): Promise<DownloadOutcome> {
    const elsewhere = files.filter(({ uri }) => uri !== null);
    const here = files.filter(({ uri }) => uri === null);
    await this.destination.mustTellApart(here.map(({ path }) => path));
    const present = await this.presentOf(here);
    const fetched = here.filter(({ id }) => !this.found.has(id));
    const corrupt = fetched.find(({ corruptAt }) => corruptAt !== null);
    if (corrupt)
      throw new StemmaClientError("STORE", `${corrupt.path} was found corrupt on ${corrupt.corruptAt}`);
    try {
      if (fetched.length > 0) await this.destination.makePartsFolder();
      await transferAll(
        fetched,
        {
          mostItems: filesPerPage,
          ask: async (page) => ({ tasks: await this.tasksOf(page), isCut: false }),
          act: (task: Task) => this.fetch(task),
        },
        this.options,
      );
    } finally {
      this.connections.close();
      await this.destination.settle();
    }
    return { fetched, present, elsewhere, ...this.progress };
  }

  /** Files that are there and right. Throws OCCUPIED where others are in their places. */
  private async presentOf(files: readonly RecordedFile[]): Promise<RecordedFile[]> {
    const turns = new Semaphore(filesHashedAtOnce);
    const others: string[] = [];
    const look = async (file: RecordedFile) => {
      const facts = await this.destination.factsOf(file.path);
      if (!facts) return;
      if (facts.isDirectory()) throw occupied([file.path], "a folder is");
      const isAlike = facts.isFile() && facts.size === file.sizeBytes;
      const digest = isAlike ? (await digestOfFile(this.destination.placeOf(file.path))).sha256 : null;
      if (digest === file.sha256) {
        this.found.set(file.id, digest);
        this.count(file.sizeBytes, 0);
      } else others.push(file.path);
    };
    await Promise.all(files.map((file) => turns.runExclusive(() => look(file))));
    if (others.length > 0 && !this.options.overwrite) throw occupied(others.sort(), "another file is");
    return files.filter(({ id }) => this.found.has(id));
  }

  private async tasksOf(page: readonly RecordedFile[]): Promise<Task[]> {
    const open = page.filter(({ id }) => !this.found.has(id));
    if (open.length === 0) return [];
    const ids = open.map(({ id }) => id);
    const urls = await downloadUrls(this.client, ids, this.options);
    return open.map((file) => {
      const url = urls.get(file.id);
      if (url) return { file, url };
      throw new StemmaClientError(
        "FORBIDDEN",
        `${file.path}: it cannot be downloaded; it needs artifact:download`,
      );
    });
  }

  private async fetch({ file, url }: Task): Promise<void> {
    const { destination } = this;
    const part = destination.partOf(partNameOf(file));
    const handle = await destination.openPart(part);
    let counted = 0;
    let digest: string;
    const count = (bytes: number, isFetched: boolean) => {
      counted += bytes;
      this.count(bytes, isFetched ? bytes : 0);
    };
    try {
      digest = await this.arrived(handle, { file, url }, count);
      await handle.sync();
    } catch (error) {
      this.count(-counted, 0);
      throw error;
    } finally {
      await handle.close();
    }
    if (digest !== file.sha256) {
      await rm(part, { force: true });
      this.count(-counted, 0);
      throw this.wrong(file, digest, url);
    }
    await destination.makeWayTo(file.path);
    await rename(part, destination.placeOf(file.path));
    this.found.set(file.id, digest);
  }

  /** SHA-256 of all bytes of a file, once they are in its part. */
  private async arrived(
    handle: FileHandle,
    { file, url }: Task,
    count: (bytes: number, isFetched: boolean) => void,
  ): Promise<string> {
    const { size } = await handle.stat();
    // Otherwise it is not cut: another process may be writing the same bytes to the same places.
    if (size > file.sizeBytes) await handle.truncate(0);
    let hash = createHash("sha256");
    const length = size > file.sizeBytes ? 0 : size;
    const kept = await hashInto(hash, handle, length, (bytes) => count(bytes, false));
    if (kept === file.sizeBytes && kept > 0) return hash.digest("hex");
    const { body, isWhole } = await this.connections.get(url, kept);
    let offset = kept;
    if (isWhole && kept > 0) {
      hash = createHash("sha256");
      offset = 0;
      count(-kept, false);
    }
    const room = file.sizeBytes - offset;
    const came = await writeOut(body, { handle, hash, offset, room, url }, (bytes) => count(bytes, true));
    if (came !== room) throw brokenOff(url, new Error(`it sent ${came} bytes where ${room} were missing`));
    return hash.digest("hex");
  }

  /** Why a file has not come right: to be tried again where it may yet. */
  private wrong(file: RecordedFile, digest: string, url: string): Error {
    const attempt = (this.attempts.get(file.id) ?? 0) + 1;
    this.attempts.set(file.id, attempt);
    const said = `${file.path}: expected SHA-256 ${file.sha256}; got ${digest}`;
    if (attempt < mostAttempts) return new StoreFault(new URL(url).host, null, said);
    return new StemmaClientError("DIGEST_MISMATCH", `${said}; it was not kept`);
  }

  private count(done: number, fetched: number): void {
    this.progress.doneBytes += done;
    this.progress.fetchedBytes += fetched;
    this.options.onProgress?.(this.progress);
  }
}

interface Writing {
  handle: FileHandle;
  hash: Hash;
  /** Where to begin. */
  offset: number;
  /** No more bytes than so many. */
  room: number;
  url: string;
}

/** Writes and hashes bytes as they come, one batch while the next one is gathered; how many came. */
async function writeOut(
  body: AsyncIterable<Buffer>,
  { handle, hash, offset, room, url }: Writing,
  onBytes: (count: number) => void,
): Promise<number> {
  let came = 0;
  let batch: Buffer[] = [];
  let batched = 0;
  let position = offset;
  let writing: Promise<unknown> = Promise.resolve();
  const flush = async () => {
    await writing;
    writing = writeAll(handle, batch, position);
    writing.catch(() => {}); // Awaited before the next one, and at the end.
    position += batched;
    batch = [];
    batched = 0;
  };
  try {
    for await (const chunk of body) {
      came += chunk.length;
      if (came > room) throw new Error(`it sent more than the ${room} bytes that were missing`);
      hash.update(chunk);
      onBytes(chunk.length);
      batch.push(chunk);
      batched += chunk.length;
      if (batched >= batchBytes) await flush();
    }
  } catch (cause) {
    // What did arrive is kept, to go on from.
    if (came <= room) await flush().then(() => writing);
    throw isOfDisk(cause) ? cause : brokenOff(url, cause);
  }
  await flush();
  await writing;
  return came;
}

/** One call of the system, and more where a disk takes less than all of it. */
async function writeAll(handle: FileHandle, batch: readonly Buffer[], position: number): Promise<void> {
  const { bytesWritten } = await handle.writev(batch, position);
  let rest = Buffer.concat(bytesWritten < sizeOf(batch) ? batch : []).subarray(bytesWritten);
  for (let at = position + bytesWritten; rest.length > 0; ) {
    const more = await handle.write(rest, 0, rest.length, at);
    rest = rest.subarray(more.bytesWritten);
    at += more.bytesWritten;
  }
}

function sizeOf(batch: readonly Buffer[]): number {
  return batch.reduce((sum, { length }) => sum + length, 0);
}

function isOfDisk(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "EIO", "EROFS", "EFBIG"].includes((error as NodeJS.ErrnoException).code ?? "");
}

/** One part for each place and what belongs there: another version's file is never gone on with. */
function partNameOf({ path, sha256 }: RecordedFile): string {
  return createHash("sha256").update(`${sha256} ${path}`).digest("hex").slice(0, 40);
}

function occupied(paths: readonly string[], what: string): StemmaClientError {
  const more = paths.length > 3 ? `, and ${paths.length - 3} more` : "";
  return new StemmaClientError("OCCUPIED", `${what} in the place of ${paths.slice(0, 3).join(", ")}${more}`);
}
