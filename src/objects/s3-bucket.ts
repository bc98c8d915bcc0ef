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
  type S3Client,
} from "@aws-sdk/client-s3";
import { type ByteRange, ObjectStoreError, type StoredObject } from "./object-store.ts";
import { ifMissing, s3Trouble } from "./s3-errors.mapping.ts";
import { withTrouble } from "./stream-trouble.ts";

export interface Head extends StoredObject {
  etag: string;
}

/** Copying takes the store its time; some say nothing until it is done. */
export const patience = { requestTimeout: 120_000 };

/** The few things that are asked of a bucket about an object, by its full key. Everything fails with ObjectStoreError. */
export class S3Bucket {
  private knowsIfNew = true;

  constructor(
    readonly client: S3Client,
    readonly name: string,
  ) {}

  /** null where nothing is there. */
  head(key: string): Promise<Head | null> {
    return ifMissing(null, async () => {
      const head = await this.client.send(new HeadObjectCommand({ Bucket: this.name, Key: key }));
      const { ContentLength: sizeBytes = 0, LastModified: storedAt, ETag: etag = "" } = head;
      return { key, sizeBytes, storedAt: storedAt?.getTime() ?? 0, etag };
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
    const given = { Bucket: this.name, Key: key, Body: text, ContentType: "text/plain" };
    await this.ifNew((condition) => this.client.send(new PutObjectCommand({ ...given, ...condition }))).catch(
      (error) => {
        // 409: another server is writing it just now.
        if (![409, 412].includes(error?.$metadata?.httpStatusCode)) throw error;
      },
    );
  }

  /** Within the store, where nothing is at `to` yet; of a whole object only what `etag` says. */
  async copy(from: Head, to: string): Promise<void> {
    try {
      await this.ifNew((condition) =>
        this.client.send(new CopyObjectCommand({ Key: to, ...condition, ...this.copyOf(from) }), patience),
      );
    } catch (error) {
      throw s3Trouble(error);
    }
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
  copyOf({ key, etag }: Head): { Bucket: string; CopySource: string; CopySourceIfMatch?: string } {
    // What was put together of parts has a tag with a dash. Swift knows no such condition, and nobody can send it anew.
    const CopySourceIfMatch = etag.includes("-") ? {} : { CopySourceIfMatch: etag };
    return { Bucket: this.name, CopySource: `${this.name}/${key}`, ...CopySourceIfMatch };
  }

  /** S3 says nothing where nothing was there; some servers say NoSuchKey. */
  async delete(key: string): Promise<void> {
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
