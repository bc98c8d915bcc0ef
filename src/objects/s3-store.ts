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
import type { S3Bucket } from "./s3-bucket.ts";
import { ifMissing, s3Trouble } from "./s3-errors.mapping.ts";
import type { S3Multipart, Upload } from "./s3-multipart.ts";
import type { S3Shelf } from "./s3-shelf.ts";
import type { S3Signer } from "./s3-signing.ts";

/** How an object is sent, kept in its ticket. */
type Way =
  /** In one request. */
  | { kind: "whole" }
  /** In parts of what becomes the object. */
  | { kind: "direct"; upload: Upload }
  /** In parts of what is copied when it is complete. */
  | { kind: "staged"; upload: Upload };

/**
 * Bytes in a bucket, under two folders of its prefix.
 *
 *     <prefix>registry         the mark of the registry whose objects these are
 *     <prefix>incoming/<key>   what callers may write to
 *     <prefix>objects/<key>    what is committed
 *
 * What was sent to `incoming/` is copied by the store itself when it is committed, so that a signed request that is sent
 * again writes to nothing that is committed. Large objects are spared the copy where the store refuses parts of an
 * upload that is completed, as AWS does: their parts go to `objects/` at once, and are nothing there until then.
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
  private readonly bucket: S3Bucket;
  private readonly multipart: S3Multipart;
  private readonly shelf: S3Shelf;

  constructor(
    /** For people. */
    readonly name: string,
    /** "" or ending with "/". */
    private readonly prefix: string,
    { bucket, multipart, shelf }: { bucket: S3Bucket; multipart: S3Multipart; shelf: S3Shelf },
    private readonly signer: S3Signer,
  ) {
    this.bucket = bucket;
    this.multipart = multipart;
    this.shelf = shelf;
  }

  open({ key, sizeBytes, contentType }: Omit<Incoming, "ticket">): Promise<string> {
    return told(async () =>
      sizeBytes <= largestWholeBytes ? "whole" : await this.openParts(key, contentType),
    );
  }

  transfer(incoming: Incoming, expiresAt: number, isNew = false): Promise<Transfer> {
    return told(async () => {
      const way = this.wayOf(incoming);
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
    return told(async () => {
      const way = this.wayOf(incoming);
      // Never twice: what has been sent again since is not what was committed.
      if (!(await this.isCommitted(incoming))) {
        try {
          if (way.kind === "direct") await this.multipart.complete(way.upload, incoming.sizeBytes);
          else await this.copyArrived(incoming, way);
        } catch (error) {
          // Another server may have committed it meanwhile, and tidied up.
          if (!(await this.isCommitted(incoming))) throw error;
        }
      }
      if (way.kind !== "direct") await this.bucket.delete(this.incoming(incoming.key));
    });
  }

  abort(incoming: Incoming): Promise<void> {
    return told(async () => {
      const way = this.wayOf(incoming);
      if (way.kind !== "whole") await this.multipart.abort(way.upload);
      if (way.kind !== "direct") await this.bucket.delete(this.incoming(incoming.key));
    });
  }

  write(): Promise<void> {
    throw new Error("comes with the next commit");
  }

  readonly freeParts = null;

  stat(key: string): Promise<StoredObject | null> {
    return told(async () => {
      const head = await this.bucket.head(this.committed(key));
      return head && { key, sizeBytes: head.sizeBytes, storedAt: head.storedAt };
    });
  }

  read(key: string, range?: ByteRange): Promise<Readable> {
    return told(() => this.bucket.read(this.committed(key), range));
  }

  signDownload(key: string, { expiresAt, fileName, contentType }: Download): Promise<SignedRequest> {
    return told(() => {
      const query = {
        "response-content-disposition": attachment(fileName),
        "response-content-type": contentType,
      };
      return this.signer.sign({ method: "GET", key: this.committed(key), query }, expiresAt);
    });
  }

  remove(key: string): Promise<void> {
    return told(() => this.bucket.delete(this.committed(key)));
  }

  get hasCold(): boolean {
    return this.shelf.hasCold;
  }

  setClass(key: string, to: StorageClass): Promise<void> {
    return told(() => this.shelf.setClass(this.committed(key), to));
  }

  canLock(): Promise<boolean> {
    return told(() => this.shelf.canLock());
  }

  setLock(key: string, isLocked: boolean): Promise<void> {
    return told(() => this.shelf.setLock(this.committed(key), isLocked));
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    const folder = this.committed("");
    for await (const { key, ...stored } of this.bucket.list(this.committed(prefix))) {
      yield { key: key.slice(folder.length), ...stored };
    }
  }

  sweep(begunBefore: number): Promise<number> {
    return told(async () => {
      // The rest of the bucket may be somebody else's.
      let swept = await this.multipart.sweep(this.incoming(""), begunBefore);
      swept += await this.multipart.sweep(this.committed(""), begunBefore);
      // Of what was begun and has not arrived, nothing is there.
      for await (const { key, storedAt } of this.bucket.list(this.incoming(""))) {
        if (storedAt >= begunBefore) continue;
        await this.bucket.delete(key);
        swept += 1;
      }
      return swept;
    });
  }

  mark(ours: string | null): Promise<string | null> {
    const at = `${this.prefix}registry`;
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

  private incoming(key: string): string {
    return `${this.prefix}incoming/${key}`;
  }

  private committed(key: string): string {
    return `${this.prefix}objects/${key}`;
  }

  private wayOf({ key, ticket }: Incoming): Way {
    const [kind = "", id = ""] = ticket.split(/:(.*)/s);
    if (kind === "direct") return { kind, upload: { key: this.committed(key), id } };
    if (kind === "staged") return { kind, upload: { key: this.incoming(key), id } };
    return { kind: "whole" };
  }

  private async openParts(key: string, contentType: string): Promise<string> {
    const isDirect = await this.multipart.forgetsCompleted(this.incoming(".probe-"));
    const at = isDirect ? this.committed(key) : this.incoming(key);
    const { id } = await this.multipart.begin(at, contentType);
    return `${isDirect ? "direct" : "staged"}:${id}`;
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
    return this.signer.sign({ method: "PUT", key: this.incoming(key), headers }, until);
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

  private async isCommitted({ key, sizeBytes }: Incoming): Promise<boolean> {
    return (await this.bucket.head(this.committed(key)))?.sizeBytes === sizeBytes;
  }

  /** All of it is there, committed or waiting to be. */
  private async hasArrived({ key, sizeBytes }: Incoming): Promise<boolean> {
    const keys = [this.incoming(key), this.committed(key)];
    const heads = await Promise.all(keys.map((at) => this.bucket.head(at)));
    return heads.some((head) => head?.sizeBytes === sizeBytes);
  }

  private async copyArrived(incoming: Incoming, way: Way): Promise<void> {
    const { key, sizeBytes, contentType } = incoming;
    let arrived = await this.bucket.head(this.incoming(key));
    if (!arrived && way.kind === "staged") {
      await ifMissing(null, () => this.multipart.complete(way.upload, sizeBytes));
      // Put together here, or by another server since we asked.
      arrived = await this.bucket.head(this.incoming(key));
    }
    if (arrived?.sizeBytes !== sizeBytes) {
      throw new ObjectStoreError("MISSING", "not everything has arrived");
    }
    await this.multipart.copy(arrived, this.committed(key), contentType);
  }
}

async function told<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw s3Trouble(error);
  }
}
