import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import {
  type BlobRequestConditions,
  BlobSASPermissions,
  type BlockBlobClient,
  type ContainerClient,
  generateBlobSASQueryParameters,
  SASProtocol,
  type StorageSharedKeyCredential,
} from "@azure/storage-blob";
import type { ColdTier } from "../config/objects.ts";
import { azureTrouble, ifMissing } from "./azure-errors.mapping.ts";
import { type ByteRange, ObjectStoreError, type StoredObject } from "./object-store.ts";
import { withTrouble } from "./stream-trouble.ts";

export interface Head extends StoredObject {
  etag: string;
  /** Of the copy that made it; undefined where none did. */
  copyStatus: "pending" | "success" | "aborted" | "failed" | undefined;
}

export interface Block {
  name: string;
  sizeBytes: number;
}

export interface Grant {
  /** `r` to read, `w` to write. */
  permissions: "r" | "w";
  /** Epoch ms. */
  expiresAt: number;
  contentDisposition?: string;
  contentType?: string;
}

export interface Blocks {
  /** Of which the blob is made. */
  made: Block[];
  /** Of which nothing is made yet. */
  waiting: Block[];
}

/** Blocks that wait at one name, and what becomes of them at another. */
export interface Placing {
  from: string;
  to: string;
  numbers: readonly number[];
  contentType: string;
}

/** All ids of a blob's blocks must be equally long. */
export function blockOf(number: number): string {
  return Buffer.from(String(number).padStart(6, "0")).toString("base64");
}

/** What makes a signed URL of a blob that of one of its blocks. */
export function blockQuery(number: number): string {
  return `comp=block&blockid=${encodeURIComponent(blockOf(number))}`;
}

/** Copied in one request, which ends with the copy; the bound is Azure's. */
const copiedAtOnceBytes = 256 * 1024 ** 2;
/** How often a longer copy is asked how far it is. Within one account it mostly is done when first asked. */
const askAgainMillis = 500;
const answerMillis = 30_000;
const copyMillis = 120_000;
const longestCopyMillis = 600_000;

/** The few things that are asked of a container about a blob, by its full name. Everything fails with ObjectStoreError. */
export class AzureContainer {
  constructor(
    private readonly client: ContainerClient,
    private readonly credential: StorageSharedKeyCredential,
    private readonly copiedAtOnce = copiedAtOnceBytes,
  ) {}

  /** A URL that works for one blob. What a SAS cannot say: which operation, which size, which SHA-256. */
  signed(name: string, { permissions, expiresAt, ...more }: Grant): string {
    const isTls = this.client.url.startsWith("https:");
    const query = generateBlobSASQueryParameters(
      {
        containerName: this.client.containerName,
        blobName: name,
        permissions: BlobSASPermissions.parse(permissions),
        expiresOn: new Date(expiresAt),
        protocol: isTls ? SASProtocol.Https : SASProtocol.HttpsAndHttp,
        ...more,
      },
      this.credential,
    );
    return `${this.client.url}/${name}?${query}`;
  }

  /** null where nothing is there, or nothing but blocks. */
  head(name: string): Promise<Head | null> {
    return this.ifMissing(null, answerMillis, async (abortSignal) => {
      const { contentLength, lastModified, etag, copyStatus } = await this.blob(name).getProperties({
        abortSignal,
      });
      return {
        key: name,
        sizeBytes: contentLength ?? 0,
        storedAt: lastModified?.getTime() ?? 0,
        etag: etag ?? "",
        copyStatus,
      };
    });
  }

  read(name: string, range?: ByteRange): Promise<Readable> {
    return told(answerMillis, async (abortSignal) => {
      const [offset, count] = range ? [range.start, range.end - range.start + 1] : [0, undefined];
      const { readableStreamBody: body } = await this.blob(name).download(offset, count, { abortSignal });
      return withTrouble(body as Readable, azureTrouble);
    });
  }

  /** Of a small blob; null where nothing is there. */
  text(name: string): Promise<string | null> {
    return ifMissing(null, async () => (await buffer(await this.read(name))).toString("latin1").trim());
  }

  /** A small blob, where nothing is yet; else nothing happens. */
  async writeNew(name: string, text: string): Promise<void> {
    try {
      await this.write(name, Buffer.from(text), "text/plain");
    } catch (error) {
      if ((await this.head(name)) === null) throw error;
    }
  }

  blocks(name: string): Promise<Blocks> {
    return this.ifMissing({ made: [], waiting: [] }, answerMillis, async (abortSignal) => {
      const found = await this.blob(name).getBlockList("all", { abortSignal });
      const { committedBlocks = [], uncommittedBlocks = [] } = found;
      const told = ({ name: block, size }: { name: string; size: number }) => ({
        name: block,
        sizeBytes: size,
      });
      return { made: committedBlocks.map(told), waiting: uncommittedBlocks.map(told) };
    });
  }

  /** A blob that fits into memory, where nothing is yet; else AWAY. */
  async write(name: string, bytes: Buffer, contentType: string): Promise<void> {
    const given = { conditions: { ifNoneMatch: "*" }, blobHTTPHeaders: { blobContentType: contentType } };
    await told(copyMillis, (abortSignal) =>
      this.blob(name).upload(bytes, bytes.length, { ...given, abortSignal }),
    );
  }

  async writeBlock(name: string, number: number, bytes: Buffer): Promise<void> {
    await told(copyMillis, (abortSignal) =>
      this.blob(name).stageBlock(blockOf(number), bytes, bytes.length, { abortSignal }),
    );
  }

  /** MISSING where a block is not there. */
  async putTogether(
    name: string,
    numbers: readonly number[],
    contentType: string,
    conditions: BlobRequestConditions = {},
  ): Promise<void> {
    await told(copyMillis, (abortSignal) =>
      this.blob(name).commitBlockList(numbers.map(blockOf), {
        abortSignal,
        conditions,
        blobHTTPHeaders: { blobContentType: contentType },
      }),
    );
  }

  /** Puts blocks together and copies what comes of it, where nothing is yet. MISSING where a block is not there. */
  async place({ from, to, numbers, contentType }: Placing): Promise<void> {
    const wanted = numbers.map(blockOf);
    const isMade = ({ made }: Blocks) => made.map(({ name }) => name).join() === wanted.join();
    const found = await this.blocks(from);
    if (!isMade(found)) {
      const there = new Set([...found.made, ...found.waiting].map(({ name }) => name));
      if (!wanted.every((name) => there.has(name))) {
        throw new ObjectStoreError("MISSING", "not all parts have arrived");
      }
      // Once: of what is put together again, a copy that another server has begun would fail.
      await this.putTogether(from, numbers, contentType, { ifNoneMatch: "*" }).catch(async (error) => {
        if (!isMade(await this.blocks(from))) throw error;
      });
    }
    const head = await this.head(from);
    if (!head) throw new ObjectStoreError("MISSING", "what arrived has changed meanwhile");
    await this.copy(head, to);
  }

  /** Copies within the account what `from` says, where nothing is at `to` yet; else nothing happens. */
  async copy(from: Head, to: string): Promise<void> {
    const source = this.signed(from.key, { permissions: "r", expiresAt: Date.now() + 3_600_000 });
    const given = { conditions: { ifNoneMatch: "*" }, sourceConditions: { ifMatch: from.etag } };
    const isShort = from.sizeBytes <= this.copiedAtOnce;
    try {
      await told<unknown>(copyMillis, (abortSignal) =>
        isShort
          ? this.blob(to).syncCopyFromURL(source, { ...given, abortSignal })
          : this.blob(to).beginCopyFromURL(source, { ...given, abortSignal }),
      );
    } catch (error) {
      if ((await this.settled(to)) === null) throw error;
    }
    if (!isShort && (await this.settled(to)) === null) {
      throw new ObjectStoreError("AWAY", "the object store has not finished a copy");
    }
  }

  /** As `head`, when no copy is under way any more; what a copy has left half done is removed, and is not there. */
  async settled(name: string): Promise<Head | null> {
    const deadline = Date.now() + longestCopyMillis;
    for (;;) {
      const head = await this.head(name);
      if (head?.copyStatus === "failed" || head?.copyStatus === "aborted") {
        await this.delete(name);
      } else if (head?.copyStatus !== "pending") {
        return head;
      } else if (Date.now() > deadline) {
        throw new ObjectStoreError("AWAY", "the object store is still copying");
      } else {
        await new Promise((resolve) => setTimeout(resolve, askAgainMillis));
      }
    }
  }

  /** MISSING where nothing is there. */
  async setTier(name: string, tier: "Hot" | ColdTier): Promise<void> {
    await told(answerMillis, (abortSignal) => this.blob(name).setAccessTier(tier, { abortSignal }));
  }

  /** Where nothing is there, nothing happens. */
  async delete(name: string): Promise<void> {
    // Whoever may write may also take snapshots, and lease.
    const remove = () => this.blob(name).delete({ deleteSnapshots: "include" });
    await this.ifMissing(null, answerMillis, async () => {
      try {
        await remove();
      } catch (error) {
        if ((error as { code?: string }).code !== "LeaseIdMissing") throw error;
        await this.blob(name).getBlobLeaseClient().breakLease(0);
        await remove();
      }
      return null;
    });
  }

  /** As `delete`, and blocks that were never put together: only an empty blob in their place makes them go. */
  async discard(name: string): Promise<void> {
    if ((await this.blocks(name)).waiting.length > 0) {
      // Where a lease forbids it, Azure drops the blocks after a week.
      await this.ifMissing(null, answerMillis, async (abortSignal) => {
        await this.blob(name).upload("", 0, { abortSignal });
        return null;
      });
    }
    await this.delete(name);
  }

  /** `isBegun`: also what nothing but blocks is there of. */
  async *list(prefix: string, isBegun = false): AsyncIterable<StoredObject & { isWhole: boolean }> {
    try {
      const asked = { prefix, includeUncommitedBlobs: isBegun, includeCopy: true };
      for await (const { name: key, properties } of this.client.listBlobsFlat(asked)) {
        const { contentLength: sizeBytes = 0, lastModified, copyStatus } = properties;
        const isWhole = copyStatus === undefined || copyStatus === "success";
        yield { key, sizeBytes, storedAt: lastModified?.getTime() ?? Number.POSITIVE_INFINITY, isWhole };
      }
    } catch (error) {
      throw azureTrouble(error);
    }
  }

  /** Whether it is there and the key opens it; nothing is written. */
  async check(): Promise<void> {
    const answer = await this.ifMissing(null, answerMillis, (abortSignal) =>
      this.client.getProperties({ abortSignal }),
    );
    if (!answer) throw new ObjectStoreError("AWAY", "the container is not there");
  }

  private blob(name: string): BlockBlobClient {
    return this.client.getBlockBlobClient(name);
  }

  private ifMissing<Answer>(
    otherwise: Answer,
    millis: number,
    ask: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    return ifMissing(otherwise, () => told(millis, ask));
  }
}

/** Fails with AWAY when there is no answer within so many ms. The stream of an answer may take longer. */
async function told<Answer>(millis: number, ask: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), millis);
  try {
    return await ask(stop.signal);
  } catch (error) {
    throw azureTrouble(error);
  } finally {
    clearTimeout(timer);
  }
}
