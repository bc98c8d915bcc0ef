import { randomBytes, randomUUID } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { link, lstat, mkdir, open, readdir, realpath, rename, rm, rmdir, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isErrno } from "./file-trouble.ts";
import { isKey } from "./key.rules.ts";
import { ObjectStoreError } from "./object-store.ts";

const signingKeyBytes = 32;
const probeBytes = 4_096; // a block of most file systems: fewer might find room where nothing else does
const mostKept = 10_000;
const mode = { folder: 0o700, file: 0o600 };

/**
 * Where the local store keeps what.
 *
 *     <folder>/
 *       signing-key                 32 random bytes: whoever reads it may sign URLs
 *       arriving/<random>           a body while it is sent; also what is about to be deleted
 *       incoming/<key, / as _>/     an object that is not committed
 *         00001 00002 …             its parts that have arrived: whole, on disk, never written again
 *       objects/.registry           the mark of the registry whose objects these are; no key begins so
 *       objects/<key>               a committed object that was sent in one request
 *       objects/<key>_parts/        one that was sent in parts
 *         00001 00002 …
 *
 * A body is written under a name nobody knows and given its own by link(2), which never replaces anything; so nobody
 * holds a file open for writing that has arrived, let alone one that is committed. Several servers may share a folder.
 */
export class LocalFolder {
  /** Folders whose own names are known to survive, so that those above need not be written again for each object. */
  private readonly kept = new Set<string>();

  private constructor(private readonly root: string) {}

  /** Makes what is not there yet. */
  static async open(path: string): Promise<LocalFolder> {
    await mkdir(path, { recursive: true, mode: mode.folder });
    const root = await realpath(path);
    for (const name of ["arriving", "incoming", "objects"]) {
      await mkdir(join(root, name), { recursive: true, mode: mode.folder });
      const made = await lstat(join(root, name));
      if (!made.isDirectory()) throw new Error(`${name} in it is not a folder`);
    }
    return new LocalFolder(root);
  }

  readonly objects = () => join(this.root, "objects");
  readonly objectOf = (key: string) => join(this.root, "objects", sound(key));
  readonly partsOf = (key: string) => join(this.root, "objects", `${sound(key)}_parts`);
  readonly incomingOf = (key: string) => join(this.root, "incoming", sound(key).replaceAll("/", "_"));
  private readonly markPath = () => join(this.root, "objects", ".registry");
  readonly arriving = () => join(this.root, "arriving", randomUUID());

  partOf(folder: string, number: number): string {
    return join(folder, String(number).padStart(5, "0"));
  }

  /** What is there itself, reached over no symbolic link below the folder. Null where nothing is. */
  async look(path: string): Promise<Stats | null> {
    return (await this.lookFor([path]))[0]!;
  }

  /** The same of several that lie side by side; what comes after the first that is there is not looked for. */
  async lookFor(paths: readonly [string, ...string[]]): Promise<(Stats | null)[]> {
    const found: (Stats | null)[] = paths.map(() => null);
    const folder = dirname(paths[0]);
    if ((await unlessAbsent(realpath(folder))) !== folder) return found;
    for (const [at, path] of paths.entries()) {
      found[at] = await unlessAbsent(lstat(path));
      if (found[at]) break;
    }
    return found;
  }

  /** Of a folder that may not be there. */
  async namesIn(path: string): Promise<string[]> {
    if (!(await this.look(path))?.isDirectory()) return [];
    return readdir(path).catch((error) => {
      if (isErrno(error, "ENOENT")) return [];
      throw error;
    });
  }

  /** A new file nobody else has, for writing. */
  async create(path: string) {
    return open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode.file);
  }

  /** Takes a file's name away, if it has it. */
  async forget(path: string): Promise<void> {
    await unlink(path).catch((error) => {
      if (!isErrno(error, "ENOENT")) throw error;
    });
  }

  /** Makes a folder and those above it. Throws AWAY where a symbolic link leads elsewhere. */
  async makeFolder(path: string): Promise<void> {
    await this.makeOne(path).catch(async (error) => {
      if (!isErrno(error, "ENOENT") || path === this.root) throw error;
      await this.makeFolder(dirname(path));
      await this.makeOne(path);
    });
    if ((await realpath(path)) !== path) {
      throw new ObjectStoreError(
        "AWAY",
        "the folder of objects has a symbolic link where a folder should be",
      );
    }
  }

  /** Not by `recursive`, which tells of ENOENT whatever it was that the system refused. */
  private async makeOne(path: string): Promise<void> {
    try {
      await mkdir(path, { mode: mode.folder });
      this.kept.delete(path);
    } catch (error) {
      if (!isErrno(error, "EEXIST")) throw error;
    }
  }

  /** Gives a file a second name. False where something has that name already. */
  async name(path: string, to: string): Promise<boolean> {
    try {
      await link(path, to);
      return true;
    } catch (error) {
      if (isErrno(error, "EEXIST")) return false;
      throw error;
    }
  }

  /** What names are in a folder, and in those above it, survives a loss of power. */
  async keepNames(path: string): Promise<void> {
    const synced: string[] = [];
    for (let folder = path; ; folder = dirname(folder)) {
      const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
      synced.push(folder);
      if (this.kept.has(folder) || folder === this.root || folder === dirname(folder)) break;
    }
    if (this.kept.size > mostKept) this.kept.clear();
    for (const folder of synced) this.kept.add(folder);
  }

  /** Takes a file or a folder away: all of it at once, even where deleting takes long. False where it is not there. */
  async discard(path: string): Promise<boolean> {
    const rest = this.arriving();
    try {
      await rename(path, rest);
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR")) return false;
      throw error;
    }
    await rm(rest, { recursive: true, force: true });
    return true;
  }

  /** Discards a folder of what has arrived; cheaply where it is one file, as it mostly is. */
  async clear(path: string): Promise<void> {
    try {
      await unlink(this.partOf(path, 1));
      await rmdir(path);
    } catch {
      // More is in it, or nothing at all.
      await this.discard(path);
    }
  }

  /** Discards what lies in `arriving` or `incoming` and was not touched since (epoch ms); how many. */
  async discardOld(name: "arriving" | "incoming", touchedBefore: number): Promise<number> {
    let count = 0;
    for (const entry of await readdir(join(this.root, name))) {
      const path = join(this.root, name, entry);
      const stats = await this.look(path);
      if (stats && stats.mtimeMs < touchedBefore && (await this.discard(path))) count++;
    }
    return count;
  }

  /** The key that all servers on this folder sign with; the first one makes it. */
  async signingKey(): Promise<Buffer> {
    const path = join(this.root, "signing-key");
    const key = await this.madeOnce(path, () => randomBytes(signingKeyBytes));
    if (key.length !== signingKeyBytes) {
      throw new Error(`${basename(path)} in it has not ${signingKeyBytes} bytes`);
    }
    return key;
  }

  /** As the port says. */
  async mark(ours: string | null): Promise<string | null> {
    if (ours === null && !(await this.look(this.markPath()))) return null;
    return (await this.madeOnce(this.markPath(), () => Buffer.from(`${ours}\n`))).toString("latin1").trim();
  }

  /** Writes a little and takes it away again, by all that receiving takes. */
  async probe(): Promise<void> {
    const [draft, named] = [this.arriving(), this.arriving()];
    try {
      await this.writeDurably(draft, Buffer.alloc(probeBytes, 1));
      await link(draft, named);
    } finally {
      await rm(draft, { force: true });
      await rm(named, { force: true });
    }
  }

  /** What all servers on this folder share; the first one makes it. */
  private async madeOnce(path: string, make: () => Buffer): Promise<Buffer> {
    if (!(await this.look(path))) {
      const draft = this.arriving();
      await this.writeDurably(draft, make());
      await this.name(draft, path);
      await unlink(draft);
      await this.keepNames(dirname(path));
    }
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  }

  private async writeDurably(path: string, bytes: Buffer): Promise<void> {
    const handle = await this.create(path);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

async function unlessAbsent<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return null;
    throw error;
  }
}

/** Callers choose keys by the rules; anything else is at no place. */
function sound(key: string): string {
  if (!isKey(key)) throw new ObjectStoreError("MISSING", "nothing can be at such a key");
  return key;
}
