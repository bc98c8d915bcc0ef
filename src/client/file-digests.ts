import { createHash, type Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { Semaphore } from "async-mutex";
import { FileError, StemmaClientError } from "./errors.ts";
import type { LocalFile } from "./local-files.ts";

const chunkBytes = 1024 * 1024;
const filesAtOnce = 4;

/** A file with the SHA-256 of its bytes, 64 hex digits. */
export type DigestedFile = LocalFile & { sha256: string };

/**
 * Reads `lengthBytes` of a file from its beginning into a hash, the next chunk while one is hashed; stops at its end.
 * Answers how many bytes it read.
 */
export async function hashInto(
  hash: Hash,
  handle: FileHandle,
  lengthBytes: number,
  onBytes: (count: number) => void = () => {},
): Promise<number> {
  const buffers = [chunkBytes, chunkBytes].map((size) => Buffer.allocUnsafe(Math.min(size, lengthBytes)));
  const readAt = (position: number) => {
    const length = Math.min(chunkBytes, lengthBytes - position);
    const buffer = buffers.shift()!;
    buffers.push(buffer);
    return length <= 0 ? null : handle.read(buffer, 0, length, position);
  };
  let position = 0;
  for (let next = readAt(0); next; ) {
    const { buffer, bytesRead } = await next;
    if (bytesRead === 0) break;
    position += bytesRead;
    next = readAt(position);
    hash.update(buffer.subarray(0, bytesRead));
    onBytes(bytesRead);
  }
  return position;
}

/** SHA-256 of a whole file, 64 hex digits, and its size. Throws what opening and reading throws. */
export async function digestOfFile(
  source: string,
  onBytes: (count: number) => void = () => {},
): Promise<{ sha256: string; sizeBytes: number }> {
  const handle = await open(source);
  try {
    const hash = createHash("sha256");
    const { size } = await handle.stat();
    const sizeBytes = await hashInto(hash, handle, size, onBytes);
    return { sha256: hash.digest("hex"), sizeBytes };
  } finally {
    await handle.close();
  }
}

/**
 * Hashes files, some at once, a few MiB of memory in all. Throws FileError where one cannot be read, StemmaClientError
 * CHANGED where one is not what it was when it was found.
 */
export function digestsOf(
  files: readonly LocalFile[],
  onBytes: (count: number) => void = () => {},
): Promise<DigestedFile[]> {
  const turns = new Semaphore(filesAtOnce);
  return Promise.all(
    files.map((file) =>
      turns.runExclusive(async () => {
        const handle = await openUnchanged(file);
        try {
          const hash = createHash("sha256");
          const read = await hashInto(hash, handle, file.sizeBytes, onBytes);
          if (read !== file.sizeBytes) throw changed(file);
          await mustBeUnchanged(file, handle);
          return { ...file, sha256: hash.digest("hex") };
        } finally {
          await handle.close();
        }
      }),
    ),
  );
}

/** A file to be read from, which is what it was when it was found. Close it. */
export async function openUnchanged(file: LocalFile): Promise<FileHandle> {
  const handle = await open(file.source).catch((error) => {
    throw new FileError(`${file.source}: ${(error as Error).message}`);
  });
  try {
    await mustBeUnchanged(file, handle);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

export async function mustBeUnchanged(file: LocalFile, handle: FileHandle): Promise<void> {
  const { size, mtimeMs } = await handle.stat();
  if (size !== file.sizeBytes || mtimeMs !== file.modifiedAt) throw changed(file);
}

export function changed({ source }: LocalFile): StemmaClientError {
  return new StemmaClientError(
    "CHANGED",
    `${source} changed while it was read; begin again once it is complete`,
  );
}
