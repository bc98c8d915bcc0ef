import { randomUUID } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { lstat, mkdir, open, realpath, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { FileError, StemmaClientError } from "./errors.ts";

/** Beside what is complete, so that renaming moves no bytes. */
const partsFolder = ".stemma-parts";

/** A folder that files are written into, and nothing outside of it. */
export class Destination {
  private readonly made = new Set<string>();
  private readonly touched = new Set<string>();

  private constructor(readonly root: string) {}

  /** Makes the folder where it is not there. Throws FileError. */
  static async open(folder: string): Promise<Destination> {
    try {
      await mkdir(folder, { recursive: true });
      return new Destination(await realpath(folder));
    } catch (error) {
      throw new FileError(`${folder}: ${(error as Error).message}`);
    }
  }

  /** Where a file of a bundle goes. */
  placeOf(path: string): string {
    return join(this.root, ...path.split("/"));
  }

  /** Where what has arrived of a file is kept until it is complete; `name` tells one file from another. */
  partOf(name: string): string {
    return join(this.root, partsFolder, `${name}.part`);
  }

  /** What is at the place of a file; a link is not followed. Throws UNSAFE_PATH where one is on the way there. */
  async factsOf(path: string): Promise<Stats | null> {
    await this.mustNotLeave(path);
    return lstat(this.placeOf(path)).catch(nullWhereAbsent);
  }

  /** Makes the folders that lead to a file. Throws UNSAFE_PATH where one of them is a link, or a file. */
  async makeWayTo(path: string): Promise<void> {
    const segments = path.split("/").slice(0, -1);
    let folder = this.root;
    for (const segment of segments) {
      folder = join(folder, segment);
      if (this.made.has(folder)) continue;
      await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
      });
      this.made.add(folder);
      this.touched.add(dirname(folder));
    }
    await this.mustNotLeave(path);
    this.touched.add(folder);
  }

  async makePartsFolder(): Promise<void> {
    await mkdir(join(this.root, partsFolder), { recursive: true });
    const facts = await lstat(join(this.root, partsFolder));
    if (!facts.isDirectory()) throw unsafe(partsFolder, "a link is in its place");
  }

  /** Opens what has arrived of a file; never through a link. */
  openPart(part: string) {
    return open(part, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o666);
  }

  /** Writes the names of files to disk, and clears away what is not needed anymore. */
  async settle(): Promise<void> {
    await rmdir(join(this.root, partsFolder)).catch(() => {}); // Something is in it, or it never was.
    for (const folder of this.touched) {
      const handle = await open(folder).catch(() => null); // Windows opens no folders.
      await handle?.sync().catch(() => {});
      await handle?.close();
    }
  }

  /**
   * Throws UNSAFE_PATH where two of these paths are one file or folder here: spelled unlike each other, on a file system
   * that takes them for the same.
   */
  async mustTellApart(paths: readonly string[]): Promise<void> {
    const pairs = lookalikes(paths);
    if (pairs.length === 0) return;
    const probe = join(this.root, `${partsFolder}-${randomUUID()}`);
    await mkdir(probe);
    try {
      for (const [one, other] of pairs) {
        const file = join(probe, one.at(-1)!);
        await writeFile(file, "");
        const rival = await lstat(join(probe, other.at(-1)!)).catch(nullWhereAbsent);
        await rm(file);
        if (rival) throw unsafe(other.join("/"), `here it would be the same as ${one.join("/")}`);
      }
    } finally {
      await rm(probe, { recursive: true, force: true });
    }
  }

  private async mustNotLeave(path: string): Promise<void> {
    let folder = this.root;
    for (const segment of path.split("/").slice(0, -1)) {
      folder = join(folder, segment);
      const facts = await lstat(folder).catch(nullWhereAbsent);
      if (!facts) return;
      if (!facts.isDirectory()) throw unsafe(path, `${folder} is no folder`);
    }
    if (resolve(this.placeOf(path)) !== this.placeOf(path)) throw unsafe(path, "it leads elsewhere");
  }
}

function unsafe(path: string, why: string): StemmaClientError {
  return new StemmaClientError("UNSAFE_PATH", `${path} cannot be written: ${why}`);
}

function nullWhereAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
  throw error;
}

/** Pairs of files or folders, in one folder as far as some file systems are concerned, whose last names look alike. */
function lookalikes(paths: readonly string[]): [string[], string[]][] {
  const spelled = new Map<string, string[]>();
  const pairs: [string[], string[]][] = [];
  for (const path of paths) {
    const segments = path.split("/");
    for (let depth = 1; depth <= segments.length; depth++) {
      const way = segments.slice(0, depth);
      const folded = way.join("/").normalize("NFKC").toUpperCase().toLowerCase();
      const known = spelled.get(folded);
      if (!known) spelled.set(folded, way);
      else if (known.at(-1) !== way.at(-1)) pairs.push([known, way]);
    }
  }
  return pairs;
}
