import { randomBytes } from "node:crypto";
import { accessSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { openS3Store, type S3Options } from "../../src/objects/s3-client.ts";
import type { S3Store } from "../../src/objects/s3-store.ts";
import { startPrivate } from "./private-server.ts";

/** OpenStack Swift, which speaks S3 and verifies signatures. Ready in half a second. */
export interface SwiftServer {
  /** `http://127.0.0.1:…` */
  readonly endpoint: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string };
  /** For what only its owner does: buckets, and a look behind the store's back. */
  readonly owner: S3Client;
  /** A new bucket. */
  bucket(): Promise<string>;
  /** The store under test, in that bucket. */
  store(bucket: string, options?: Partial<S3Options> & { prefix?: string }): S3Store;
  stop(): Promise<void>;
}

const launcher = fileURLToPath(new URL("swift-server.py", import.meta.url));
/** Debian's own Python, whichever other comes first on the PATH. */
const python = "/usr/bin/python3";

const howToInstall =
  "these tests need OpenStack Swift: run `apt-get install --no-install-recommends python3-swift`";

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Says why tests of S3 are left out on this machine; null where they run. With CI=true they run, and fail without. */
export function whyNoSwift(): string | null {
  const has = isThere(python) && isThere("/usr/lib/python3/dist-packages/swift/proxy/server.py");
  return has || process.env.CI === "true" ? null : howToInstall;
}

export async function startSwift(): Promise<SwiftServer> {
  const credentials = { accessKeyId: "test:tester", secretAccessKey: randomBytes(20).toString("hex") };
  const server = await startPrivate({
    name: "swift",
    program: python,
    argumentsOf: (folder) => [launcher, folder, credentials.accessKeyId, credentials.secretAccessKey],
    told: /^(\d+)$/m,
  }).catch((cause) => {
    throw new Error(howToInstall, { cause });
  });
  const endpoint = `http://127.0.0.1:${server.said}`;
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
    async bucket() {
      const name = `b-${randomBytes(6).toString("hex")}`;
      await owner.send(new CreateBucketCommand({ Bucket: name }));
      return name;
    },
    store(bucket, { prefix = "", ...options } = {}) {
      const settings = {
        kind: "s3",
        bucket,
        prefix,
        region: "us-east-1",
        endpoint,
        isPathStyle: true,
      } as const;
      return openS3Store(`bucket ${bucket}`, settings, { credentials, ...options });
    },
    async stop() {
      owner.destroy();
      await server.stop();
    },
  };
}
