import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { attachment } from "./disposition.rules.ts";
import {
  type ByteRange,
  type Download,
  type Incoming,
  type ObjectStore,
  ObjectStoreError,
  type SignedPart,
  type SignedRequest,
  type StorageClass,
  type StoredObject,
  type Transfer,
} from "./object-store.ts";
import { largestWholeBytes, mostPartsAtOnce, partSizesOf } from "./parts.rules.ts";
import type { S3Arrivals } from "./s3-arrivals.ts";
import type { S3Bucket } from "./s3-bucket.ts";
import { told } from "./s3-errors.mapping.ts";
import type { S3FreeParts } from "./s3-free-parts.ts";
import type { S3Multipart, Upload } from "./s3-multipart.ts";
import type { S3Shelf } from "./s3-shelf.ts";
import type { S3Signer } from "./s3-signing.ts";
import { S3Writing } from "./s3-writing.ts";
import type { StoreFolders } from "./store-folders.ts";
import { takeInParts } from "./streamed-parts.ts";

/** What the store is made of. */
interface S3Pieces {
  bucket: S3Bucket;
  multipart: S3Multipart;
  arrivals: S3Arrivals;
  shelf: S3Shelf;
  freeParts: S3FreeParts;
}

/**
 * Bytes in a bucket, under two folders of its prefix.
 *
 *     <prefix>registry         the mark of the registry whose objects these are
 *     <prefix>incoming/<key>   what callers may write to
 *     <prefix>objects/<key>    what is committed
 *
 * What was sent to `incoming/` is copied by the store itself when it is committed, so that a signed request that is sent
 * again writes to nothing that is committed. Large objects are spared the copy where the store refuses parts of an
 * upload that is completed, as AWS does: their parts go to `objects/` at once, and are nothing there until then. So do
 * those that this server writes itself, by uploads that nobody else knows.
 *
 * Size, content type and SHA-256 are signed into the request for a whole object, the size into that for a part. AWS
 * refuses a body of another SHA-256; other servers may not (Swift does not), which is why nobody trusts it.
 *
 * Its user needs GetObject, PutObject, DeleteObject, AbortMultipartUpload, ListMultipartUploadParts, ListBucket and
 * ListBucketMultipartUploads. Without ListBucket the store says "refused" of what is not there. Locks take, besides,
 * GetBucketObjectLockConfiguration, PutObjectLegalHold, GetObjectLegalHold, ListBucketVersions and DeleteObjectVersion;
 * without the first of these, the bucket is taken for one that has no Object Lock.
 */
export class S3Store implements ObjectStore {
  readonly freeParts: S3FreeParts;
  private readonly bucket: S3Bucket;
  private readonly multipart: S3Multipart;
  private readonly arrivals: S3Arrivals;
  private readonly shelf: S3Shelf;

  constructor(
    /** For people. */
    readonly name: string,
    private readonly folders: StoreFolders,
    { bucket, multipart, arrivals, shelf, freeParts }: S3Pieces,
    private readonly signer: S3Signer,
  ) {
    this.bucket = bucket;
    this.multipart = multipart;
    this.arrivals = arrivals;
    this.shelf = shelf;
    this.freeParts = freeParts;
  }

  open({ key, sizeBytes, contentType }: Omit<Incoming, "ticket">): Promise<string> {
    return told(async () =>
      sizeBytes <= largestWholeBytes ? "whole" : await this.arrivals.beginParts(key, contentType),
    );
  }

  transfer(incoming: Incoming, expiresAt: number, isNew = false): Promise<Transfer> {
    return told(async () => {
      const way = this.arrivals.wayOf(incoming);
      if (!isNew && (await this.hasArrived(incoming))) return { whole: null, parts: [] };
      if (way.kind === "whole") return { whole: await this.signWhole(incoming, expiresAt), parts: [] };
      const missing = await this.missingParts(way.upload, incoming.sizeBytes, isNew);
      const parts: SignedPart[] = [];
      for (const part of missing) {
        // Signing a thousand is work without a pause, for which others shall not wait.
        if (parts.length % 100 === 99) await setImmediate();
        parts.push(await this.signPart(way.upload, part, expiresAt));
      }
      return { whole: null, parts };
    });
  }

  commit(incoming: Incoming): Promise<void> {
    const { sizeBytes } = incoming;
    const complete = (upload: Upload) => this.multipart.complete(upload, sizeBytes);
    const isIt = (head: StoredObject) => head.sizeBytes === sizeBytes;
    return told(() => this.arrivals.commit(incoming, { complete, isIt }));
  }

  abort(incoming: Incoming): Promise<void> {
    return told(() => this.arrivals.abort(incoming));
  }

  write(key: string, bytes: Readable, contentType: string): Promise<void> {
    const { bucket, multipart, folders } = this;
    return takeInParts(bytes, new S3Writing(bucket, multipart, folders.committed(key), contentType));
  }

  stat(key: string): Promise<StoredObject | null> {
    return told(async () => {
      const head = await this.bucket.head(this.folders.committed(key));
      return head && { key, sizeBytes: head.sizeBytes, storedAt: head.storedAt };
    });
  }

  read(key: string, range?: ByteRange): Promise<Readable> {
    return told(() => this.bucket.read(this.folders.committed(key), range));
  }

  signDownload(key: string, { expiresAt, fileName, contentType }: Download): Promise<SignedRequest> {
    return told(() => {
      const query = {
        "response-content-disposition": attachment(fileName),
        "response-content-type": contentType,
      };
      return this.signer.sign({ method: "GET", key: this.folders.committed(key), query }, expiresAt);
    });
  }

  remove(key: string): Promise<void> {
    return told(() => this.bucket.delete(this.folders.committed(key)));
  }

  get hasCold(): boolean {
    return this.shelf.hasCold;
  }

  setClass(key: string, to: StorageClass): Promise<void> {
    return told(() => this.shelf.setClass(this.folders.committed(key), to));
  }

  canLock(): Promise<boolean> {
    return told(() => this.shelf.canLock());
  }

  setLock(key: string, isLocked: boolean): Promise<void> {
    return told(() => this.shelf.setLock(this.folders.committed(key), isLocked));
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    const folder = this.folders.committed("");
    for await (const { key, ...stored } of this.bucket.list(this.folders.committed(prefix))) {
      yield { key: key.slice(folder.length), ...stored };
    }
  }

  sweep(begunBefore: number): Promise<number> {
    return told(async () => {
      // The rest of the bucket may be somebody else's.
      let swept = await this.multipart.sweep(this.folders.incoming(""), begunBefore);
      swept += await this.multipart.sweep(this.folders.committed(""), begunBefore);
      // Of what was begun and has not arrived, nothing is there.
      for await (const { key, storedAt } of this.bucket.list(this.folders.incoming(""))) {
        if (storedAt >= begunBefore) continue;
        await this.bucket.delete(key);
        swept += 1;
      }
      return swept;
    });
  }

  mark(ours: string | null): Promise<string | null> {
    const at = this.folders.mark;
    return told(async () => {
      const mark = await this.bucket.text(at);
      if (mark !== null || ours === null) return mark;
      await this.bucket.writeNew(at, ours);
      return this.bucket.text(at);
    });
  }

  check(): Promise<void> {
    return told(() => this.bucket.check());
  }

  private signWhole(
    { key, sizeBytes, sha256, contentType }: Incoming,
    until: number,
  ): Promise<SignedRequest> {
    const headers = {
      "content-length": String(sizeBytes),
      "content-type": contentType,
      "x-amz-checksum-sha256": Buffer.from(sha256, "hex").toString("base64"),
    };
    return this.signer.sign({ method: "PUT", key: this.folders.incoming(key), headers }, until);
  }

  private async signPart(
    { key, id }: Upload,
    { number, sizeBytes }: { number: number; sizeBytes: number },
    until: number,
  ): Promise<SignedPart> {
    const query = { partNumber: String(number), uploadId: id };
    const headers = { "content-length": String(sizeBytes) };
    return { number, sizeBytes, ...(await this.signer.sign({ method: "PUT", key, query, headers }, until)) };
  }

  private async missingParts(upload: Upload, sizeBytes: number, isNew: boolean) {
    const arrived = isNew ? [] : await this.multipart.arrived(upload);
    if (!arrived) throw new ObjectStoreError("MISSING", "the upload is no longer there");
    const sizeOf = new Map(arrived.map((part) => [part.number, part.sizeBytes]));
    return partSizesOf(sizeBytes)
      .map((size, at) => ({ number: at + 1, sizeBytes: size }))
      .filter((part) => sizeOf.get(part.number) !== part.sizeBytes)
      .slice(0, mostPartsAtOnce);
  }

  /** All of it is there, committed or waiting to be. */
  private async hasArrived({ key, sizeBytes }: Incoming): Promise<boolean> {
    const keys = [this.folders.incoming(key), this.folders.committed(key)];
    const heads = await Promise.all(keys.map((at) => this.bucket.head(at)));
    return heads.some((head) => head?.sizeBytes === sizeBytes);
  }
}
