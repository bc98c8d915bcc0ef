import { ObjectStoreError, type StorageClass } from "./object-store.ts";
import type { S3Bucket } from "./s3-bucket.ts";
import type { S3Multipart } from "./s3-multipart.ts";

const usualClass = "STANDARD";

/** The classes that objects are in and the locks on them, by full keys. */
export class S3Shelf {
  constructor(
    private readonly bucket: S3Bucket,
    private readonly multipart: S3Multipart,
    /** null where settings name none. */
    private readonly coldClass: string | null,
  ) {}

  get hasCold(): boolean {
    return this.coldClass !== null;
  }

  canLock(): Promise<boolean> {
    return this.bucket.versions.mayBeHeld();
  }

  /** A copy onto itself, which S3 puts in its place whole; who reads meanwhile reads on what was there before. */
  async setClass(key: string, to: StorageClass): Promise<void> {
    const wanted = to === "COLD" ? this.coldClass! : usualClass;
    const head = await this.bucket.head(key);
    if (!head) throw new ObjectStoreError("MISSING", "nothing is there");
    const isLockable = await this.canLock();
    let found: string | undefined = head.storageClass;
    if (found !== wanted) {
      await this.multipart.copyOnto(head, { storageClass: wanted, isHeld: isLockable && head.isHeld });
      found = (await this.bucket.head(key))?.storageClass;
    }
    // Also where nothing came of it: each attempt leaves a copy.
    if (isLockable) await this.bucket.versions.deleteOld(key);
    // Some servers take the word for a class and do nothing with it.
    if (found !== wanted) throw new ObjectStoreError("AWAY", `the object store keeps nothing in ${wanted}`);
  }

  setLock(key: string, isLocked: boolean): Promise<void> {
    return this.bucket.versions.hold(key, isLocked);
  }
}
