import { randomBytes } from "node:crypto";
import {
  CopyObjectCommand,
  GetObjectLegalHoldCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectLegalHoldCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { objectStoreContract, put } from "../support/object-store-contract.ts";
import type { S3Server } from "../support/s3-server.ts";
import { describeS3 } from "../support/s3-servers.ts";
import { startSeaweed, whyNoSeaweed } from "../support/seaweed-server.ts";
import { coldClassContract, lockContract } from "../support/shelf-contract.ts";

const why = whyNoSeaweed();
const prefix = "some/where/";
/** So that what is in parts is copied in slices, too. */
const copiedBytes = 8 * 1024 ** 2;
const names = { COLD: "STANDARD_IA", STANDARD: "STANDARD" };

describe.skipIf(why !== null)(`Classes and locks of S3${why ? ` (left out: ${why})` : ""}`, () => {
  let seaweed: S3Server;
  beforeAll(async () => {
    seaweed = await startSeaweed();
  });
  afterAll(() => seaweed.stop());

  const shelfIn = async (isLocking: boolean) => {
    const bucket = await seaweed.bucket(isLocking);
    const open = () => seaweed.store(bucket, { prefix, coldClass: names.COLD, copiedBytes });
    const list = async (within: string) => {
      const asked = new ListObjectVersionsCommand({ Bucket: bucket, Prefix: within });
      const { Versions = [], DeleteMarkers = [], IsTruncated } = await seaweed.owner.send(asked);
      expect(IsTruncated).not.toBe(true);
      return { Versions, count: Versions.length + DeleteMarkers.length };
    };
    return {
      ...{ bucket, names, store: open(), again: async () => open(), close: async () => {} },
      async classOf(key: string) {
        const asked = new HeadObjectCommand({ Bucket: bucket, Key: `${prefix}objects/${key}` });
        return (await seaweed.owner.send(asked)).StorageClass ?? "STANDARD";
      },
      versions: async () => (await list("")).count,
      async areHeld(key: string) {
        const { Versions } = await list(`${prefix}objects/${key}`);
        const holds = Versions.map(async ({ Key, VersionId }) => {
          const asked = new GetObjectLegalHoldCommand({ Bucket: bucket, Key, VersionId });
          return (await seaweed.owner.send(asked).catch(() => null))?.LegalHold?.Status === "ON";
        });
        return (await Promise.all(holds)).every(Boolean) && Versions.length > 0;
      },
    };
  };

  coldClassContract("a bucket", () => shelfIn(false));
  coldClassContract("a bucket with Object Lock", () => shelfIn(true));
  lockContract("locks", () => shelfIn(true));
  objectStoreContract("the S3 store in a bucket with Object Lock", () => shelfIn(true));

  it("are none where the bucket has no Object Lock", async () => {
    const { store } = await shelfIn(false);
    expect(await store.canLock()).toBe(false);
  });

  it("end with an old copy that a crash left under its hold", async () => {
    const { bucket, store, versions, areHeld } = await shelfIn(true);
    const { key } = await put(store, randomBytes(100));
    await store.setLock(key, true);
    // What a class is set by, up to where the server was killed: the copy is there, and nothing holds it yet.
    const Key = `${prefix}objects/${key}`;
    const copy = {
      Bucket: bucket,
      Key,
      CopySource: `${bucket}/${Key}`,
      StorageClass: "STANDARD_IA" as const,
    };
    await seaweed.owner.send(new CopyObjectCommand(copy));
    const off = { Bucket: bucket, Key, LegalHold: { Status: "OFF" as const } };
    await seaweed.owner.send(new PutObjectLegalHoldCommand(off));
    expect(await versions()).toBe(2);
    await store.setClass(key, "COLD");
    expect([await versions(), await areHeld(key)]).toEqual([1, true]);
  });
});

describeS3("S3 without Object Lock", ({ name }, server) => {
  it("says so, and takes a class that it has not for a trouble", async () => {
    const store = server().store(await server().bucket(), { coldClass: "NO_SUCH_CLASS" });
    expect(await store.canLock()).toBe(false);
    const { key } = await put(store, randomBytes(100));
    // SeaweedFS keeps whatever word it is told.
    if (name === "SeaweedFS") return store.setClass(key, "COLD");
    await expect(store.setClass(key, "COLD")).rejects.toMatchObject({
      name: "ObjectStoreError",
      trouble: "AWAY",
    });
  });
});
