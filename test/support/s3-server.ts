import { randomBytes } from "node:crypto";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { openS3Store, type S3Options } from "../../src/objects/s3-client.ts";
import type { S3Store } from "../../src/objects/s3-store.ts";

type StoreOptions = Partial<S3Options> & { prefix?: string; coldClass?: string | null };

/** A private server that speaks S3 and verifies signatures. */
export interface S3Server {
  /** `http://127.0.0.1:…` */
  readonly endpoint: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string };
  /** For what only its owner does: buckets, and a look behind the store's back. */
  readonly owner: S3Client;
  /** A new bucket; `isLocking`: with Object Lock. */
  bucket(isLocking?: boolean): Promise<string>;
  /** The store under test, in that bucket. */
  store(bucket: string, options?: StoreOptions): S3Store;
  stop(): Promise<void>;
}

/** Buckets whose names stand in the host's are asked for under this domain. */
export const s3Domain = "s3.test";

export function s3ServerAt(
  endpoint: string,
  credentials: S3Server["credentials"],
  server: { stop(): Promise<void> },
): S3Server {
  const owner = new S3Client({
    region: "us-east-1",
    endpoint,
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
  return {
    endpoint,
    credentials,
    owner,
    async bucket(isLocking = false) {
      const name = `b-${randomBytes(6).toString("hex")}`;
      const lock = isLocking ? { ObjectLockEnabledForBucket: true } : {};
      await owner.send(new CreateBucketCommand({ Bucket: name, ...lock }));
      return name;
    },
    store(bucket, { prefix = "", coldClass = null, ...options } = {}) {
      const settings = {
        kind: "s3",
        bucket,
        prefix,
        region: "us-east-1",
        endpoint,
        isPathStyle: true,
        coldClass,
      } as const;
      return openS3Store(`bucket ${bucket}`, settings, { credentials, ...options });
    },
    async stop() {
      owner.destroy();
      await server.stop();
    },
  };
}
