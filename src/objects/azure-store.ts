import type { Readable } from "node:stream";
import type { ColdTier } from "../config/objects.ts";
import { type AzureContainer, blockOf, blockQuery } from "./azure-container.ts";
import type { AzureFreeParts } from "./azure-free-parts.ts";
import { AzureWriting } from "./azure-writing.ts";
import { attachment } from "./disposition.rules.ts";
import {
  type ByteRange,
  type Download,
  type Incoming,
  type ObjectStore,
  ObjectStoreError,
  type SignedRequest,
  type StorageClass,
  type StoredObject,
  type Transfer,
} from "./object-store.ts";
import { mostPartsAtOnce, partSizesOf } from "./parts.rules.ts";
import type { StoreFolders } from "./store-folders.ts";
import { takeInParts } from "./streamed-parts.ts";

/**
 * Bytes in a container of Azure Blob Storage, under two folders of its prefix.
 *
 *     <prefix>registry         the mark of the registry whose objects these are
 *     <prefix>incoming/<key>   what callers may write to, whole or block by block
 *     <prefix>objects/<key>    what is committed: a copy that the store makes itself, where nothing is yet; what is
 *                              short and comes by this server, it writes there
 *
 * A SAS says which blob, what for and until when. It cannot pin the operation, the size, the content type or a hash:
 * who may write may put a blob of any size and any bytes, put blocks together as he likes, lease the blob and take
 * snapshots of it. So nobody but the server may ever write below `objects/`, a size is asked for before anything is copied,
 * what is to go is freed of leases first, and only the hash of what was copied counts.
 */
export class AzureStore implements ObjectStore {
  constructor(
    /** For people. */
    readonly name: string,
    private readonly folders: StoreFolders,
    private readonly container: AzureContainer,
    private readonly coldTier: ColdTier | null,
    readonly freeParts: AzureFreeParts,
  ) {}

  /** Nothing is made before something arrives. */
  async open(): Promise<string> {
    return "";
  }

  async transfer(incoming: Incoming, expiresAt: number, isNew = false): Promise<Transfer> {
    if (!isNew && (await this.hasArrived(incoming))) return { whole: null, parts: [] };
    const url = this.container.signed(this.folders.incoming(incoming.key), { permissions: "w", expiresAt });
    const sizes = partSizesOf(incoming.sizeBytes);
    if (sizes.length === 1) {
      const headers = [
        { name: "content-type", value: incoming.contentType },
        { name: "x-ms-blob-type", value: "BlockBlob" },
      ];
      return { whole: { method: "PUT", url, headers }, parts: [] };
    }
    const arrived = isNew ? new Map<string, number>() : await this.arrivedBlocks(incoming.key);
    const parts = sizes
      .map((sizeBytes, at) => ({ number: at + 1, sizeBytes, block: blockOf(at + 1) }))
      .filter(({ block, sizeBytes }) => arrived.get(block) !== sizeBytes)
      .slice(0, mostPartsAtOnce)
      .map(({ number, sizeBytes }) => {
        return {
          number,
          sizeBytes,
          method: "PUT" as const,
          url: `${url}&${blockQuery(number)}`,
          headers: [],
        };
      });
    return { whole: null, parts };
  }

  async commit(incoming: Incoming): Promise<void> {
    const { key, sizeBytes } = incoming;
    const committed = await this.container.settled(this.folders.committed(key));
    if (committed?.sizeBytes !== sizeBytes) {
      try {
        await this.copyArrived(incoming);
      } catch (error) {
        // Another server may have committed it meanwhile, and tidied up.
        if ((await this.container.settled(this.folders.committed(key)))?.sizeBytes !== sizeBytes) throw error;
      }
    }
    const isWhole = partSizesOf(sizeBytes).length === 1;
    await (isWhole
      ? this.container.delete(this.folders.incoming(key))
      : this.container.discard(this.folders.incoming(key)));
  }

  abort({ key }: Incoming): Promise<void> {
    return this.container.discard(this.folders.incoming(key));
  }

  write(key: string, bytes: Readable, contentType: string): Promise<void> {
    return takeInParts(bytes, new AzureWriting(this.folders, this.container, key, contentType));
  }

  async stat(key: string): Promise<StoredObject | null> {
    const head = await this.container.head(this.folders.committed(key));
    if (!head || !["success", undefined].includes(head.copyStatus)) return null;
    return { key, sizeBytes: head.sizeBytes, storedAt: head.storedAt };
  }

  read(key: string, range?: ByteRange): Promise<Readable> {
    return this.container.read(this.folders.committed(key), range);
  }

  async signDownload(key: string, { expiresAt, fileName, contentType }: Download): Promise<SignedRequest> {
    const contentDisposition = attachment(fileName);
    const url = this.container.signed(this.folders.committed(key), {
      permissions: "r",
      expiresAt,
      contentDisposition,
      contentType,
    });
    return { method: "GET", url, headers: [] };
  }

  remove(key: string): Promise<void> {
    return this.container.delete(this.folders.committed(key));
  }

  get hasCold(): boolean {
    return this.coldTier !== null;
  }

  setClass(key: string, to: StorageClass): Promise<void> {
    return this.container.setTier(this.folders.committed(key), to === "COLD" ? this.coldTier! : "Hot");
  }

  async canLock(): Promise<boolean> {
    return false;
  }

  setLock(): Promise<void> {
    throw new Error("no locks are used here");
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    const folder = this.folders.committed("");
    for await (const { key, isWhole, sizeBytes, storedAt } of this.container.list(
      this.folders.committed(prefix),
    )) {
      if (isWhole) yield { key: key.slice(folder.length), sizeBytes, storedAt };
    }
  }

  async sweep(begunBefore: number): Promise<number> {
    let swept = 0;
    for await (const { key, storedAt } of this.container.list(this.folders.incoming(""), true)) {
      if (storedAt >= begunBefore) continue;
      await this.container.discard(key);
      swept += 1;
    }
    return swept;
  }

  async mark(ours: string | null): Promise<string | null> {
    const at = this.folders.mark;
    const mark = await this.container.text(at);
    if (mark !== null || ours === null) return mark;
    await this.container.writeNew(at, ours);
    return this.container.text(at);
  }

  check(): Promise<void> {
    return this.container.check();
  }

  /** All of it is there, committed or waiting to be. */
  private async hasArrived({ key, sizeBytes }: Incoming): Promise<boolean> {
    const names = [this.folders.incoming(key), this.folders.committed(key)];
    const heads = await Promise.all(names.map((name) => this.container.head(name)));
    return heads.some((head) => head?.sizeBytes === sizeBytes);
  }

  private async arrivedBlocks(key: string): Promise<Map<string, number>> {
    const { waiting } = await this.container.blocks(this.folders.incoming(key));
    return new Map(waiting.map(({ name, sizeBytes }) => [name, sizeBytes]));
  }

  private async copyArrived({ key, sizeBytes, contentType }: Incoming): Promise<void> {
    const at = this.folders.incoming(key);
    let arrived = await this.container.head(at);
    if (arrived?.sizeBytes !== sizeBytes) {
      const sizes = partSizesOf(sizeBytes);
      const blocks = sizes.length > 1 ? await this.arrivedBlocks(key) : new Map<string, number>();
      const numbers = sizes.map((_, index) => index + 1);
      if (numbers.every((number) => blocks.get(blockOf(number)) === sizes[number - 1])) {
        await this.container.putTogether(at, numbers, contentType);
      }
      // Put together here, or by another server since we asked.
      arrived = await this.container.head(at);
    }
    if (arrived?.sizeBytes !== sizeBytes) throw new ObjectStoreError("MISSING", "not everything has arrived");
    await this.container.copy(arrived, this.folders.committed(key));
  }
}
