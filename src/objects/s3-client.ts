import { S3Client } from "@aws-sdk/client-s3";
import type { ObjectStoreSettings } from "../config/objects.ts";
import { type Clock, systemClock } from "../kernel/clock.ts";
import { S3Arrivals } from "./s3-arrivals.ts";
import { S3Bucket } from "./s3-bucket.ts";
import { S3FreeParts } from "./s3-free-parts.ts";
import { type MultipartOptions, S3Multipart } from "./s3-multipart.ts";
import { S3Shelf } from "./s3-shelf.ts";
import { S3Signer } from "./s3-signing.ts";
import { S3Store } from "./s3-store.ts";
import { StoreFolders } from "./store-folders.ts";

export type S3Settings = Extract<ObjectStoreSettings, { kind: "s3" }>;

export interface S3Options extends MultipartOptions {
  clock?: Clock;
  /** Else the usual chain: environment, shared files, roles of a container or machine. */
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

/** Loads the SDK, so whoever has no bucket should not import this. `name`: for people. */
export function openS3Store(name: string, settings: S3Settings, options: S3Options = {}): S3Store {
  const { bucket, prefix, region, endpoint, isPathStyle, coldClass } = settings;
  const client = new S3Client({
    region,
    ...(endpoint === null ? {} : { endpoint }),
    forcePathStyle: isPathStyle,
    ...(options.credentials ? { credentials: options.credentials } : {}),
    // Other servers than AWS know no checksums in trailers, and the registry hashes everything itself.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 3_000,
      // Until an answer begins; the stream of a large object may take as long as bytes come.
      requestTimeout: 30_000,
      throwOnRequestTimeout: true,
      socketTimeout: 120_000,
      httpAgent: { keepAlive: true, maxSockets: 100 },
      httpsAgent: { keepAlive: true, maxSockets: 100 },
    },
  });
  const inBucket = new S3Bucket(client, bucket);
  const signer = new S3Signer(client, bucket, settings, options.clock ?? systemClock);
  const multipart = new S3Multipart(inBucket, options);
  const shelf = new S3Shelf(inBucket, multipart, coldClass);
  const folders = new StoreFolders(prefix);
  const arrivals = new S3Arrivals(folders, inBucket, multipart);
  const freeParts = new S3FreeParts(arrivals, multipart, signer);
  const pieces = { bucket: inBucket, multipart, arrivals, shelf, freeParts };
  return new S3Store(name, folders, pieces, signer);
}
