import type { Readable } from "node:stream";
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import { attachmentOf } from "./attachment.rules.ts";
import { FreshKeys } from "./fresh-keys.ts";
import {
  type ByteRange,
  type Download,
  type Incoming,
  type ObjectStore,
  ObjectStoreError,
  type SignedPart,
  type SignedRequest,
  type StoredObject,
  type Transfer,
} from "./object-store.ts";
import { largestWholeBytes, mostPartsAtOnce, partSizesOf } from "./parts.rules.ts";
import { s3Trouble } from "./s3-errors.mapping.ts";
import type { S3Multipart } from "./s3-multipart.ts";
import type { S3Signer } from "./s3-signing.ts";
import { withTrouble } from "./stream-trouble.ts";

export interface S3Place {
  name: string;
  bucket: string;
  /** "" or ending with "/". */
  prefix: string;
}

const wholeTicket = "whole";
const nothingToSend: Transfer = { whole: null, parts: [] };

/**
 * Bytes in a bucket, under two folders of its prefix.
 *
 *     <prefix>incoming/<key>   what callers may write to: small objects, each sent whole
 *     <prefix>objects/<key>    what is committed; large objects are sent here in parts, which are nothing until completed
 *
 * A small object is copied by the store itself when it is committed, so that a signed request that is sent again
 * writes to `incoming/` and never to what is committed. After completion a part's request names an upload that is no more.
 * Size, content type and SHA-256 are signed into a whole's request, the size into a part's. AWS refuses a body of
 * another SHA-256; other servers may not (Swift does not), which is why nobody trusts it.
 *
 * Its user needs GetObject, PutObject, DeleteObject, AbortMultipartUpload, ListMultipartUploadParts, ListBucket and
 * ListBucketMultipartUploads. Without ListBucket the store says "refused" of what is not there.
 */
export class S3Store implements ObjectStore {
  readonly name: string;
  private readonly fresh = new FreshKeys();

  constructor(
    private readonly client: S3Client,
    private readonly place: S3Place,
    private readonly signer: S3Signer,
    private readonly multipart: S3Multipart,
  ) {
    this.name = place.name;
  }

  open({ key, sizeBytes, contentType }: Omit<Incoming, "ticket">): Promise<string> {
    return told(async () => {
      const isWhole = sizeBytes <= largestWholeBytes;
      const ticket = isWhole ? wholeTicket : await this.multipart.begin(this.committed(key), contentType);
      this.fresh.opened(key);
      return ticket;
    });
  }

  transfer(incoming: Incoming, expiresAt: number): Promise<Transfer> {
    return told(async () => {
      const isFresh = this.fresh.take(incoming.key);
      if (incoming.ticket === wholeTicket) {
        if (!isFresh && (await this.hasWhole(incoming))) return nothingToSend;
        return { whole: await this.signWhole(incoming, expiresAt), parts: [] };
      }
      return { whole: null, parts: await this.missingParts(incoming, isFresh, expiresAt) };
    });
  }

  commit(incoming: Incoming): Promise<void> {
    const { key, sizeBytes, ticket } = incoming;
    return told(async () => {
      if (ticket === wholeTicket) return this.commitWhole(incoming);
      const arrived = await this.multipart.arrived(this.committed(key), ticket);
      if (arrived) return this.multipart.complete(this.committed(key), ticket, sizeBytes, arrived);
      if (!(await this.hasCommitted(incoming))) {
        throw new ObjectStoreError("MISSING", "the upload is no longer there");
      }
    });
  }

  abort({ key, ticket }: Incoming): Promise<void> {
    return told(() =>
      ticket === wholeTicket
        ? this.delete(this.incoming(key))
        : this.multipart.abort(this.committed(key), ticket),
    );
  }

  stat(key: string): Promise<StoredObject | null> {
    return told(async () => {
      const head = await this.head(this.committed(key));
      return head && { key, sizeBytes: head.sizeBytes, storedAt: head.storedAt };
    });
  }

  read(key: string, range?: ByteRange): Promise<Readable> {
    return told(async () => {
      const { Body: body } = await this.client.send(
        new GetObjectCommand({
          Bucket: this.place.bucket,
          Key: this.committed(key),
          ...(range ? { Range: `bytes=${range.start}-${range.end}` } : {}),
        }),
      );
      return withTrouble(body as Readable, s3Trouble);
    });
  }

  signDownload(key: string, { expiresAt, fileName, contentType }: Download): Promise<SignedRequest> {
    return told(() => {
      const query = {
        "response-content-disposition": attachmentOf(fileName),
        "response-content-type": contentType,
      };
      return this.signer.sign({ method: "GET", key: this.committed(key), query }, expiresAt);
    });
  }

  remove(key: string): Promise<void> {
    return told(() => this.delete(this.committed(key)));
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    const folder = this.committed("");
    for await (const { key, ...stored } of this.everyOf(this.committed(prefix))) {
      yield { key: key.slice(folder.length), ...stored };
    }
  }

  sweep(begunBefore: number): Promise<number> {
    return told(async () => {
      let swept = await this.multipart.sweep(this.committed(""), begunBefore);
      // What was begun but has not arrived has left nothing.
      for await (const { key, storedAt } of this.everyOf(this.incoming(""))) {
        if (storedAt >= begunBefore) continue;
        await this.delete(key);
        swept += 1;
      }
      return swept;
    });
  }

  /** Whether the bucket is there and the credentials open it; nothing is written. */
  check(): Promise<void> {
    return told(async () => {
      try {
        await this.client.send(new HeadBucketCommand({ Bucket: this.place.bucket }));
      } catch (error) {
        const trouble = s3Trouble(error);
        if (trouble.trouble !== "MISSING") throw trouble;
        throw new ObjectStoreError("AWAY", "the bucket is not there");
      }
    });
  }

  private incoming(key: string): string {
    return `${this.place.prefix}incoming/${key}`;
  }

  private committed(key: string): string {
    return `${this.place.prefix}objects/${key}`;
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

  private async missingParts(incoming: Incoming, isFresh: boolean, until: number): Promise<SignedPart[]> {
    const key = this.committed(incoming.key);
    const arrived = isFresh ? [] : await this.multipart.arrived(key, incoming.ticket);
    if (!arrived) {
      if (await this.hasCommitted(incoming)) return [];
      throw new ObjectStoreError("MISSING", "the upload is no longer there");
    }
    const sizeOf = new Map(arrived.map(({ number, sizeBytes }) => [number, sizeBytes]));
    const missing = partSizesOf(incoming.sizeBytes)
      .map((sizeBytes, at) => ({ number: at + 1, sizeBytes }))
      .filter(({ number, sizeBytes }) => sizeOf.get(number) !== sizeBytes)
      .slice(0, mostPartsAtOnce);
    return Promise.all(
      missing.map(async ({ number, sizeBytes }) => {
        const query = { partNumber: String(number), uploadId: incoming.ticket };
        const headers = { "content-length": String(sizeBytes) };
        return {
          number,
          sizeBytes,
          ...(await this.signer.sign({ method: "PUT", key, query, headers }, until)),
        };
      }),
    );
  }

  private async hasCommitted({ key, sizeBytes }: Incoming): Promise<boolean> {
    return (await this.head(this.committed(key)))?.sizeBytes === sizeBytes;
  }

  private async hasWhole({ key, sizeBytes }: Incoming): Promise<boolean> {
    const heads = await Promise.all([this.head(this.incoming(key)), this.head(this.committed(key))]);
    return heads.some((head) => head?.sizeBytes === sizeBytes);
  }

  private async commitWhole({ key, sizeBytes }: Incoming): Promise<void> {
    const [arrived, committed] = await Promise.all([
      this.head(this.incoming(key)),
      this.head(this.committed(key)),
    ]);
    // Never copied twice: what has been sent again since is not what was committed.
    if (committed === null) {
      if (arrived?.sizeBytes !== sizeBytes) throw new ObjectStoreError("MISSING", "it has not arrived");
      await this.client.send(
        new CopyObjectCommand({
          Bucket: this.place.bucket,
          Key: this.committed(key),
          CopySource: `${this.place.bucket}/${this.incoming(key)}`,
          CopySourceIfMatch: arrived.etag,
        }),
      );
    }
    if (arrived) await this.delete(this.incoming(key));
  }

  private async head(key: string): Promise<{ sizeBytes: number; storedAt: number; etag: string } | null> {
    try {
      const head = await this.client.send(new HeadObjectCommand({ Bucket: this.place.bucket, Key: key }));
      return {
        sizeBytes: head.ContentLength ?? 0,
        storedAt: head.LastModified?.getTime() ?? 0,
        etag: head.ETag ?? "",
      };
    } catch (error) {
      const trouble = s3Trouble(error);
      if (trouble.trouble === "MISSING") return null;
      throw trouble;
    }
  }

  /** S3 says nothing where nothing was there; some servers say NoSuchKey. */
  private async delete(key: string): Promise<void> {
    try {
      await this.client.send(new DeleteObjectCommand({ Bucket: this.place.bucket, Key: key }));
    } catch (error) {
      const trouble = s3Trouble(error);
      if (trouble.trouble !== "MISSING") throw trouble;
    }
  }

  private async *everyOf(prefix: string): AsyncIterable<StoredObject> {
    try {
      const asked = { Bucket: this.place.bucket, Prefix: prefix };
      for await (const { Contents: page = [] } of paginateListObjectsV2({ client: this.client }, asked)) {
        for (const { Key: key = "", Size: sizeBytes = 0, LastModified: storedAt } of page) {
          yield { key, sizeBytes, storedAt: storedAt?.getTime() ?? 0 };
        }
      }
    } catch (error) {
      throw s3Trouble(error);
    }
  }
}

async function told<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw s3Trouble(error);
  }
}
