import type { Stats } from "node:fs";
import { opendir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { told, troubleOf } from "./file-trouble.ts";
import { isKey, isPrefix } from "./key.rules.ts";
import { LocalArrivals } from "./local-arrivals.ts";
import { LocalFolder } from "./local-folder.ts";
import {
  type ByteRange,
  type Download,
  type Incoming,
  type ObjectStore,
  ObjectStoreError,
  type SignedRequest,
  type StoredObject,
  type Transfer,
} from "./object-store.ts";
import { mostPartsAtOnce, partSizesOf } from "./parts.rules.ts";
import { type Piece, PieceStream } from "./piece-stream.ts";
import { UrlSigner } from "./signed-url.ts";
import { keepTrouble } from "./stream-trouble.ts";

interface Found extends StoredObject {
  /** The files it is in. */
  pieces: Piece[];
}

const partsSuffix = "_parts"; // no key ends so

/**
 * Objects in a folder, which several servers may share. Its signed URLs lead to the server itself, at `/blobs/…`. What
 * counts as begun is what something has arrived of; each part that arrives begins it anew.
 */
export class LocalStore implements ObjectStore {
  private constructor(
    readonly name: string,
    private readonly folder: LocalFolder,
    readonly signer: UrlSigner,
    readonly arrivals: LocalArrivals,
  ) {}

  /** `base`: where this server is reached, asked at each signing. Throws ObjectStoreError and what is wrong with the folder. */
  static open(path: string, base: () => string): Promise<LocalStore> {
    return told(async () => {
      const folder = await LocalFolder.open(path);
      await folder.probe();
      const signer = new UrlSigner(await folder.signingKey(), base);
      return new LocalStore(`folder ${path}`, folder, signer, new LocalArrivals(folder));
    });
  }

  /** Nothing is made before something arrives. */
  async open(): Promise<string> {
    return "";
  }

  transfer(incoming: Incoming, expiresAt: number, isNew = false): Promise<Transfer> {
    return told(async () => {
      const { key, sizeBytes, sha256, contentType } = incoming;
      const sizes = partSizesOf(sizeBytes);
      // In this order: what is committed meanwhile is among the objects before it leaves here.
      const names = isNew ? [] : await this.folder.namesIn(this.folder.incomingOf(key));
      if (!isNew && (await this.find(key))) return { whole: null, parts: [] };
      const arrived = new Set(names.map(Number));
      if (sizes.length === 1) {
        if (arrived.has(1)) return { whole: null, parts: [] };
        const url = this.signer.sign({ kind: "whole", key, sizeBytes, sha256, contentType, expiresAt });
        return {
          whole: { method: "PUT", url, headers: [{ name: "content-type", value: contentType }] },
          parts: [],
        };
      }
      const parts = sizes
        .map((size, at) => ({ number: at + 1, sizeBytes: size }))
        .filter(({ number }) => !arrived.has(number))
        .slice(0, mostPartsAtOnce)
        .map((part) => {
          const url = this.signer.sign({ kind: "part", key, ...part, expiresAt });
          return { method: "PUT" as const, url, headers: [], ...part };
        });
      return { whole: null, parts };
    });
  }

  commit(incoming: Incoming): Promise<void> {
    return told(async () => {
      const { folder } = this;
      const { key } = incoming;
      try {
        await this.place(incoming);
      } catch (error) {
        if (!(await this.find(key))) throw error; // Else it is there already, or another server was faster.
      }
      // Also where it was there: whoever put it there may have been killed just then.
      await folder.keepNames(dirname(folder.objectOf(key)));
      await folder.clear(folder.incomingOf(key));
    });
  }

  abort({ key }: Incoming): Promise<void> {
    return told(async () => void (await this.folder.discard(this.folder.incomingOf(key))));
  }

  async write(key: string, bytes: Readable): Promise<void> {
    keepTrouble(bytes);
    try {
      await this.arrivals.write(key, bytes);
    } catch (error) {
      // What breaks the bytes off may look like what a file system says.
      throw bytes.errored ?? error;
    }
  }

  readonly freeParts = null;

  stat(key: string): Promise<StoredObject | null> {
    return told(async () => {
      const found = await this.find(key);
      return found && { key, sizeBytes: found.sizeBytes, storedAt: found.storedAt };
    });
  }

  read(key: string, range?: ByteRange): Promise<Readable> {
    return told(async () => {
      const found = await this.find(key);
      if (!found) throw new ObjectStoreError("MISSING", "nothing is there");
      const { start, end } = range ?? { start: 0, end: found.sizeBytes - 1 };
      let before = 0;
      const pieces = found.pieces.map(({ path, length }) => {
        const [from, to] = [Math.max(start - before, 0), Math.min(end + 1 - before, length)];
        before += length;
        return { path, start: from, length: to - from };
      });
      return new PieceStream(pieces);
    });
  }

  async signDownload(key: string, download: Download): Promise<SignedRequest> {
    return { method: "GET", url: this.signer.sign({ kind: "read", key, ...download }), headers: [] };
  }

  remove(key: string): Promise<void> {
    return told(async () => {
      const { folder } = this;
      const isGone = [await folder.discard(folder.objectOf(key)), await folder.discard(folder.partsOf(key))];
      if (isGone.includes(true)) await folder.keepNames(dirname(folder.objectOf(key)));
    });
  }

  /** A folder has neither classes nor locks. */
  readonly hasCold = false;

  setClass(): Promise<void> {
    throw new Error("a folder has no classes");
  }

  async canLock(): Promise<boolean> {
    return false;
  }

  setLock(): Promise<void> {
    throw new Error("a folder has no locks");
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    if (!isPrefix(prefix)) return;
    try {
      yield* this.walk(prefix.slice(0, prefix.lastIndexOf("/") + 1), prefix);
    } catch (error) {
      throw troubleOf(error);
    }
  }

  sweep(begunBefore: number): Promise<number> {
    return told(async () => {
      const bodies = await this.folder.discardOld("arriving", begunBefore);
      return bodies + (await this.folder.discardOld("incoming", begunBefore));
    });
  }

  /** A folder that comes to its place later than the server brings the key that others on it sign with. */
  mark(ours: string | null): Promise<string | null> {
    return told(async () => {
      const mark = await this.folder.mark(ours);
      if (mark !== null) this.signer.signWith(await this.folder.signingKey());
      return mark;
    });
  }

  check(): Promise<void> {
    return told(() => this.folder.probe());
  }

  /** Gives what has arrived its name among the objects. */
  private async place({ key, sizeBytes }: Incoming): Promise<void> {
    const { folder } = this;
    const from = folder.incomingOf(key);
    const sizes = partSizesOf(sizeBytes);
    for (const [at, size] of sizes.entries()) {
      const part = await folder.look(folder.partOf(from, at + 1));
      if (!part?.isFile() || part.size !== size) {
        throw new ObjectStoreError("MISSING", "not everything has arrived");
      }
    }
    await folder.makeFolder(dirname(folder.objectOf(key)));
    if (sizes.length === 1) {
      await folder.name(folder.partOf(from, 1), folder.objectOf(key));
      return;
    }
    await folder.keepNames(from);
    await rename(from, folder.partsOf(key));
  }

  private async find(key: string): Promise<Found | null> {
    const { folder } = this;
    const [whole, isInParts] = await folder.lookFor([folder.objectOf(key), folder.partsOf(key)]);
    if (whole?.isFile()) {
      const pieces = [{ path: folder.objectOf(key), start: 0, length: whole.size }];
      return { key, sizeBytes: whole.size, storedAt: storedAt(whole), pieces };
    }
    if (!isInParts) return null;
    const parts = folder.partsOf(key);
    const count = (await folder.namesIn(parts)).length;
    if (count === 0) return null;
    const [made, first, last] = await Promise.all(
      [parts, folder.partOf(parts, 1), folder.partOf(parts, count)].map((path) => folder.look(path)),
    );
    if (!made || !first?.isFile() || !last?.isFile()) return null;
    // All parts but the last have one size.
    const pieces = Array.from({ length: count }, (_, at) => ({
      path: folder.partOf(parts, at + 1),
      start: 0,
      length: at === count - 1 ? last.size : first.size,
    }));
    return { key, sizeBytes: first.size * (count - 1) + last.size, storedAt: storedAt(made), pieces };
  }

  private async *walk(within: string, prefix: string): AsyncGenerator<StoredObject> {
    const path = join(this.folder.objects(), within);
    const isFolder = (await this.folder.look(path.replace(/\/$/, "")))?.isDirectory();
    if (!isFolder) return;
    for await (const entry of await opendir(path)) {
      const key = within + entry.name.replace(new RegExp(`${partsSuffix}$`), "");
      if (!isKey(key)) continue;
      const isObject = entry.isFile() || entry.name.endsWith(partsSuffix);
      if (isObject && key.startsWith(prefix)) {
        const found = await this.stat(key);
        if (found) yield found;
      } else if (!isObject && entry.isDirectory() && `${key}/`.startsWith(prefix)) {
        yield* this.walk(`${key}/`, prefix);
      }
    }
  }
}

/** When its name was given; the bytes are older. */
function storedAt({ ctimeMs }: Stats): number {
  return Math.floor(ctimeMs);
}
