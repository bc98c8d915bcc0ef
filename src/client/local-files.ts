import type { Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import { inOrderOfPaths, problemOfPath } from "./bundle-paths.ts";
import { FileError } from "./errors.ts";

/** A file of this machine that is to be a file of a bundle. */
export interface LocalFile {
  /** Within the bundle, NFC. */
  path: string;
  /** Absolute, on this machine. */
  source: string;
  sizeBytes: number;
  /** Epoch milliseconds, with fractions. */
  modifiedAt: number;
}

export interface LocalFiles {
  /** In order of their paths. */
  files: LocalFile[];
  /** Names that begin with a dot and were left out, as paths on this machine. */
  skipped: string[];
  /** Folders that hold no file, which a bundle cannot hold. */
  emptyFolders: string[];
}

const mostFiles = 10_000;

/**
 * Files at these paths, and those in the folders at these paths: named within the bundle by their paths below the folder,
 * a single file by its own name. Links within a folder are followed where they lead to a place within it. Throws
 * FileError that names what cannot be taken.
 */
export async function localFilesAt(
  paths: readonly string[],
  { skipHidden = false }: { skipHidden?: boolean } = {},
): Promise<LocalFiles> {
  const found: LocalFiles = { files: [], skipped: [], emptyFolders: [] };
  for (const given of paths) {
    const source = resolve(given);
    const facts = await factsOf(source);
    if (facts.isDirectory()) {
      const root = await realpath(source);
      await gather(found, { root, skipHidden }, source, "", [root]);
    } else take(found, basename(source), source, facts);
  }
  found.files = inOrderOfPaths(found.files);
  mustBeABundle(found.files, paths);
  return found;
}

interface Walk {
  /** Where no link may lead out of. */
  root: string;
  skipHidden: boolean;
}

/** `above`: real paths of the folders that lead here. */
async function gather(
  found: LocalFiles,
  walk: Walk,
  folder: string,
  path: string,
  above: readonly string[],
): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw new FileError(`${folder}: ${(error as Error).message}`);
  });
  if (entries.length === 0) found.emptyFolders.push(folder);
  for (const entry of entries) {
    const source = join(folder, entry.name);
    const within = path === "" ? entry.name : `${path}/${entry.name}`;
    if (walk.skipHidden && entry.name.startsWith(".")) {
      found.skipped.push(source);
      continue;
    }
    if (entry.isSymbolicLink()) await mustStayWithin(walk.root, source);
    const facts = await factsOf(source);
    if (!facts.isDirectory()) take(found, within, source, facts);
    else {
      const real = await realpath(source);
      if (above.includes(real)) throw new FileError(`${source}: a link that leads back to where it is`);
      await gather(found, walk, source, within, [...above, real]);
    }
  }
}

async function factsOf(source: string): Promise<Stats> {
  try {
    return await stat(source);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new FileError(`${source}: ${code === "ENOENT" ? "there is no such file or folder" : message}`);
  }
}

async function mustStayWithin(root: string, link: string): Promise<void> {
  const target = await realpath(link).catch(() => null);
  if (target === null) throw new FileError(`${link}: a link that leads nowhere`);
  const way = relative(root, target);
  if (way === ".." || way.startsWith(`..${sep}`) || resolve(root, way) !== target) {
    throw new FileError(`${link}: a link that leads out of its folder, to ${target}`);
  }
}

function take(found: LocalFiles, within: string, source: string, facts: Stats): void {
  if (!facts.isFile()) throw new FileError(`${source}: neither a file nor a folder`);
  const path = within.normalize("NFC");
  const problem = problemOfPath(path);
  if (problem) throw new FileError(`${source}: ${problem}`);
  found.files.push({ path, source, sizeBytes: facts.size, modifiedAt: facts.mtimeMs });
}

function mustBeABundle(files: readonly LocalFile[], paths: readonly string[]): void {
  if (files.length === 0) throw new FileError(`${paths.join(", ")}: no file is there`);
  if (files.length > mostFiles) {
    throw new FileError(`${paths.join(", ")}: ${files.length} files; a bundle has at most ${mostFiles}`);
  }
  const sources = new Map<string, string>();
  for (const { path, source } of files) {
    const rival = sources.get(path);
    if (rival !== undefined) throw new FileError(`${source} and ${rival} would both be ${path}`);
    sources.set(path, source);
  }
  for (const { path, source } of files) {
    for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
      const rival = sources.get(path.slice(0, at));
      if (rival !== undefined) throw new FileError(`${source} would be in a folder where ${rival} is a file`);
    }
  }
}
