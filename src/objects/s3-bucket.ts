import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type StorageClass as S3Class,
  type S3Client,
} from "@aws-sdk/client-s3";
import { type ByteRange, ObjectStoreError, type StoredObject } from "./object-store.ts";
import { ifMissing, s3Trouble } from "./s3-errors.mapping.ts";
import { S3Versions } from "./s3-versions.ts";
import { withTrouble } from "./stream-trouble.ts";

export interface Head extends StoredObject {
  etag: string;
  contentType: string;
  storageClass: string;
  /** Whether it is under legal hold, as far as we may see. */
  isHeld: boolean;
}

/** What is copied: these bytes and no others. */
type Source = Pick<Head, "key" | "etag">;

/** What becomes of an object that is copied onto itself. */
export interface Change {
  storageClass: string;
  isHeld: boolean;
}

/** Copying takes the store its time, as does a body on a slow line; some say nothing until it is done. */
export const patience = { requestTimeout: 120_000 };

/** The few things that are asked of a bucket about an object, by its full key. Everything fails with ObjectStoreError. */
export class S3Bucket {
  readonly versions: S3Versions;
  private knowsIfNew = true;

  constructor(
    readonly client: S3Client,
    readonly name: string,
  ) {
    this.versions = new S3Versions(client, name);
  }

  /** null where nothing is there. */
  head(key: string): Promise<Head | null> {
    return ifMissing(null, async () => {
      const head = await this.client.send(new HeadObjectCommand({ Bucket: this.name, Key: key }));
      const { ContentLength: sizeBytes = 0, LastModified: storedAt, ETag: etag = "" } = head;
      return {
        ...{ key, sizeBytes, storedAt: storedAt?.getTime() ?? 0, etag },
        contentType: head.ContentType ?? "application/octet-stream",
        // Of what is in the usual one, S3 says nothing.
        storageClass: head.StorageClass ?? "STANDARD",
        isHeld: head.ObjectLockLegalHoldStatus === "ON",
      };
    });
  }

  async read(key: string, range?: ByteRange): Promise<Readable> {
    try {
      const Range = range && `bytes=${range.start}-${range.end}`;
      const { Body: body } = await this.client.send(
        new GetObjectCommand({ Bucket: this.name, Key: key, ...(Range ? { Range } : {}) }),
      );
      return withTrouble(body as Readable, s3Trouble);
    } catch (error) {
      throw s3Trouble(error);
    }
  }

  /** Of a small object; null where nothing is there. */
  text(key: string): Promise<string | null> {
    return ifMissing(null, async () => (await buffer(await this.read(key))).toString("latin1").trim());
  }

  /** A small object, where nothing is yet; else nothing happens. */
  async writeNew(key: string, text: string): Promise<void> {
    await this.write(key, Buffer.from(text), "text/plain").catch((error) => {
      // 409: another server is writing it just now.
      if (![409, 412].includes(error?.$metadata?.httpStatusCode)) throw error;
    });
  }

  /** An object that fits into memory, where nothing is yet; where something is, most servers refuse. */
  async write(key: string, bytes: Buffer, contentType: string): Promise<void> {
    const given = { Bucket: this.name, Key: key, Body: bytes, ContentType: contentType };
    await this.ifNew((condition) =>
      this.client.send(new PutObjectCommand({ ...given, ...condition }), patience),
    );
  }

  /** Within the store, where nothing is at `to` yet; of a whole object only what `etag` says. */
  async copy(from: Source, to: string): Promise<void> {
    try {
      await this.ifNew((condition) =>
        this.client.send(new CopyObjectCommand({ Key: to, ...condition, ...this.copyOf(from) }), patience),
      );
    } catch (error) {
      throw s3Trouble(error);
    }
  }

  /** Within the store, in its own place. */
  async copyOnto(from: Head, change: Change): Promise<void> {
    const given = { Key: from.key, ...this.copyOf(from), ...changed(change) };
    // Some servers find that nothing would change where the class alone does.
    const same = { MetadataDirective: "REPLACE" as const, ContentType: from.contentType };
    await this.client.send(new CopyObjectCommand({ ...given, ...same }), patience);
  }

  /**
   * Asks for something to be written where nothing is yet: a request that was sent before and comes late then changes
   * nothing. A server that knows no such condition (Swift) says so, and then is asked without it.
   */
  async ifNew<Answer>(ask: (condition: { IfNoneMatch?: string }) => Promise<Answer>): Promise<Answer> {
    if (this.knowsIfNew) {
      try {
        return await ask({ IfNoneMatch: "*" });
      } catch (error) {
        if ((error as { name?: string }).name !== "NotImplemented") throw error;
        this.knowsIfNew = false;
      }
    }
    return ask({});
  }

  /** What a command says that copies; keys need no escapes. */
  copyOf({ key, etag }: Source): { Bucket: string; CopySource: string; CopySourceIfMatch?: string } {
    // What was put together of parts has a tag with a dash. Swift knows no such condition, and nobody can send it anew.
    const CopySourceIfMatch = etag.includes("-") ? {} : { CopySourceIfMatch: etag };
    return { Bucket: this.name, CopySource: `${this.name}/${key}`, ...CopySourceIfMatch };
  }

  /** With all its versions, where the bucket has Object Lock. LOCKED where a hold is on one of them. */
  async delete(key: string): Promise<void> {
    if (await this.versions.mayBeHeld()) return this.versions.deleteAll(key);
    // S3 says nothing where nothing was there; some servers say NoSuchKey.
    await ifMissing(null, () => this.client.send(new DeleteObjectCommand({ Bucket: this.name, Key: key })));
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    try {
      const asked = { Bucket: this.name, Prefix: prefix };
      for await (const { Contents: page = [] } of paginateListObjectsV2({ client: this.client }, asked)) {
        for (const { Key: key = "", Size: sizeBytes = 0, LastModified: storedAt } of page) {
          yield { key, sizeBytes, storedAt: storedAt?.getTime() ?? 0 };
        }
      }
    } catch (error) {
      throw s3Trouble(error);
    }
  }

  /** Whether it is there and the credentials open it; nothing is written. */
  async check(): Promise<void> {
    const answer = await ifMissing(null, () =>
      this.client.send(new HeadBucketCommand({ Bucket: this.name })),
    );
    if (!answer) throw new ObjectStoreError("AWAY", "the bucket is not there");
  }
}

/** What a command says that writes an object so. */
export function changed({ storageClass, isHeld }: Change) {
  return {
    StorageClass: storageClass as S3Class,
    ...(isHeld ? { ObjectLockLegalHoldStatus: "ON" as const } : {}),
  };
}
