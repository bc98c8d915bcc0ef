// Re-hashes what was recorded: where it is stored, or what is in a folder.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { Semaphore } from "async-mutex";
import { downloadUrls, type RecordedFile, type RecordedVersion } from "./bundle-listing.ts";
import { bundleDigestOf } from "./bundle-paths.ts";
import type { StemmaClient } from "./client.ts";
import { digestOfFile } from "./file-digests.ts";
import { type TransferOptions, transferAll } from "./paged-transfers.ts";
import { brokenOff, StoreConnections, StoreFault } from "./store-connections.ts";

/** What was found of one file. */
export interface FileFinding {
  file: RecordedFile;
  /** SHA-256 of the bytes that were found; null where they could not be had, or lie elsewhere. */
  sha256: string | null;
  /** null where they are as recorded, or lie elsewhere and were not looked at. */
  problem: string | null;
}

export interface CheckOutcome {
  /** In order of their paths. */
  findings: FileFinding[];
  /** Of the bundle as it was found, 64 hex digits; null where not all of it could be read. */
  digest: string | null;
  hashedBytes: number;
}

export interface CheckOptions extends TransferOptions {
  /** Bytes hashed so far, of all. */
  onProgress?: (hashedBytes: number) => void;
}

const filesPerPage = 100;
const filesHashedAtOnce = 4;

/** Hashes the files of a version in a folder, where they lie by their paths. */
export async function checkFolder(
  { files }: RecordedVersion,
  folder: string,
  { onProgress }: CheckOptions = {},
): Promise<CheckOutcome> {
  let hashedBytes = 0;
  const turns = new Semaphore(filesHashedAtOnce);
  const look = async (file: RecordedFile): Promise<FileFinding> => {
    if (file.uri !== null) return { file, sha256: null, problem: null };
    try {
      const found = await digestOfFile(join(folder, ...file.path.split("/")), (count) => {
        hashedBytes += count;
        onProgress?.(hashedBytes);
      });
      return findingOf(file, found);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return { file, sha256: null, problem: code === "ENOENT" ? "missing" : message };
    }
  };
  const findings = await Promise.all(files.map((file) => turns.runExclusive(() => look(file))));
  return { findings, digest: digestFound(findings), hashedBytes };
}

/** Downloads the files of a version and hashes them, without keeping them. Throws STORE where the store is away. */
export async function checkStored(
  client: StemmaClient,
  { files }: RecordedVersion,
  options: CheckOptions = {},
): Promise<CheckOutcome> {
  const findings = new Map<string, FileFinding>();
  const connections = new StoreConnections(options.connections ?? 6, options.signal);
  let hashedBytes = 0;
  const settle = (file: RecordedFile, sha256: string | null, problem: string | null) =>
    findings.set(file.id, { file, sha256, problem });

  const ask = async (page: readonly RecordedFile[]) => {
    const open = page.filter(({ id }) => !findings.has(id));
    const ids = open.map(({ id }) => id);
    const urls = ids.length === 0 ? new Map() : await downloadUrls(client, ids, options);
    const tasks: { file: RecordedFile; url: string }[] = [];
    for (const file of open) {
      const url = urls.get(file.id);
      if (url) tasks.push({ file, url });
      else
        settle(
          file,
          null,
          file.corruptAt ? `found corrupt on ${file.corruptAt}` : "it needs artifact:download",
        );
    }
    return { tasks, isCut: false };
  };
  const act = async ({ file, url }: { file: RecordedFile; url: string }) => {
    const hash = createHash("sha256");
    let sizeBytes = 0;
    try {
      const { body } = await connections.get(url, 0);
      for await (const chunk of body) {
        sizeBytes += chunk.length;
        hash.update(chunk);
        hashedBytes += chunk.length;
        options.onProgress?.(hashedBytes);
      }
    } catch (error) {
      hashedBytes -= sizeBytes;
      if (error instanceof StoreFault && error.status === 404)
        return void settle(file, null, "missing from the store");
      throw error instanceof StoreFault ? error : brokenOff(url, error);
    }
    const found = findingOf(file, { sha256: hash.digest("hex"), sizeBytes });
    settle(file, found.sha256, found.problem);
  };
  for (const file of files) if (file.uri !== null) settle(file, null, null);
  try {
    await transferAll(files, { mostItems: filesPerPage, ask, act }, options);
  } finally {
    connections.close();
  }
  const all = files.map(({ id }) => findings.get(id)!);
  return { findings: all, digest: digestFound(all), hashedBytes };
}

function findingOf(file: RecordedFile, found: { sha256: string; sizeBytes: number }): FileFinding {
  const { sha256, sizeBytes } = found;
  if (sizeBytes !== file.sizeBytes) {
    return { file, sha256, problem: `expected ${file.sizeBytes} bytes; got ${sizeBytes}` };
  }
  const problem = sha256 === file.sha256 ? null : `expected SHA-256 ${file.sha256}; got ${sha256}`;
  return { file, sha256, problem };
}

/** What lies elsewhere is taken to be as recorded. */
function digestFound(findings: readonly FileFinding[]): string | null {
  const inBundle = findings.filter(({ file }) => !file.isEvidence);
  if (inBundle.length === 0 || inBundle.some(({ sha256, file }) => sha256 === null && file.uri === null))
    return null;
  return bundleDigestOf(
    inBundle.map(({ file, sha256 }) => ({ path: file.path, sha256: sha256 ?? file.sha256 })),
  );
}
