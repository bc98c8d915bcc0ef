import {
  DeleteObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectLegalHoldCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { ObjectStoreError } from "./object-store.ts";
import { ifMissing, s3Trouble } from "./s3-errors.mapping.ts";

/** A version of what is at a key, or a mark that it was deleted. */
interface Version {
  id: string;
  hasBytes: boolean;
}

/**
 * Servers say in many ways that a bucket has no Object Lock, that they know of none, or that we may not ask. These say
 * something else, and so does whoever is busy or broken.
 */
const noAnswer = new Set([
  "NoSuchBucket",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "ExpiredToken",
  "InvalidToken",
  "RequestTimeTooSkewed",
  "RequestTimeout",
  "SlowDown",
]);
const noAnswerStatuses = [401, 408, 429];
/** Object Lock may be switched on later, and never off. */
const believedMillis = 3_600_000;

/**
 * What differs in a bucket with Object Lock, by full keys. Such a bucket keeps every version of what is at a key: whatever is
 * to go must go version by version, or its bytes stay, out of sight. A version under legal hold is not deleted by anybody.
 */
export class S3Versions {
  private known: { areLocked: boolean; until: number } | null = null;

  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  /** Whether the bucket has Object Lock. */
  async mayBeHeld(): Promise<boolean> {
    if (!this.known || performance.now() > this.known.until) {
      const areLocked = await this.ask();
      this.known = {
        areLocked,
        until: areLocked ? Number.POSITIVE_INFINITY : performance.now() + believedMillis,
      };
    }
    return this.known.areLocked;
  }

  /** Of what is at this key, the newest first. LOCKED, and nothing is gone, where the newest may not be deleted. */
  async deleteAll(key: string): Promise<void> {
    for (const version of await this.of(key)) await this.delete(key, version);
  }

  /**
   * Deletes what others have taken the place of. Where it was under hold, what is there now is before it goes. MISSING where
   * somebody has marked the key as deleted: that takes the place of nothing, and who regrets it finds the bytes.
   */
  async deleteOld(key: string): Promise<void> {
    const [newest, ...old] = await this.of(key);
    if (!newest?.hasBytes) throw new ObjectStoreError("MISSING", "nothing is there");
    for (const version of old) {
      try {
        await this.delete(key, version);
      } catch (error) {
        if (!(error instanceof ObjectStoreError && error.trouble === "LOCKED")) throw error;
        await this.holdOne(key, newest, true);
        await this.holdOne(key, version, false);
        await this.delete(key, version);
      }
    }
  }

  /** Puts all that is at this key under legal hold, or ends that. MISSING where nothing is there. */
  async hold(key: string, isHeld: boolean): Promise<void> {
    const versions = (await this.of(key)).filter(({ hasBytes }) => hasBytes);
    if (versions.length === 0) throw new ObjectStoreError("MISSING", "nothing is there");
    for (const version of versions) await this.holdOne(key, version, isHeld);
  }

  private async ask(): Promise<boolean> {
    try {
      const answer = await this.client.send(new GetObjectLockConfigurationCommand({ Bucket: this.bucket }));
      return answer.ObjectLockConfiguration?.ObjectLockEnabled === "Enabled";
    } catch (error) {
      const { name = "", $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
      const status = $metadata?.httpStatusCode ?? 0;
      const isAnswer =
        status === 501 || (status >= 400 && status < 500 && !noAnswerStatuses.includes(status));
      if (isAnswer && !noAnswer.has(name)) return false;
      throw s3Trouble(error);
    }
  }

  private async of(key: string): Promise<Version[]> {
    const found: (Version & { at: number; isLatest: boolean })[] = [];
    let from: { KeyMarker?: string; VersionIdMarker?: string } = {};
    for (;;) {
      const asked = new ListObjectVersionsCommand({ Bucket: this.bucket, Prefix: key, ...from });
      const page = await this.client.send(asked);
      for (const [list, hasBytes] of [[page.Versions, true] as const, [page.DeleteMarkers, false] as const]) {
        for (const { Key, VersionId: id, LastModified, IsLatest: isLatest = false } of list ?? []) {
          // A prefix is not a key: others may begin so.
          if (Key === key && id) found.push({ id, hasBytes, isLatest, at: LastModified?.getTime() ?? 0 });
        }
      }
      const isOver = !page.IsTruncated || page.NextKeyMarker === undefined || page.NextKeyMarker > key;
      if (isOver) break;
      from = { KeyMarker: page.NextKeyMarker!, VersionIdMarker: page.NextVersionIdMarker ?? "" };
    }
    // Instants have seconds only; what the store calls the latest is the first in any case.
    return found.sort((a, b) => Number(b.isLatest) - Number(a.isLatest) || b.at - a.at);
  }

  private async delete(key: string, { id }: Version): Promise<void> {
    try {
      const asked = new DeleteObjectCommand({ Bucket: this.bucket, Key: key, VersionId: id });
      await ifMissing(null, () => this.client.send(asked));
    } catch (error) {
      // "Refused" is said of the lock and of our credentials alike.
      if (await this.isHeld(key, id)) {
        throw new ObjectStoreError("LOCKED", "a lock of the object store holds it");
      }
      throw error;
    }
  }

  private async isHeld(key: string, id: string): Promise<boolean> {
    const asked = new HeadObjectCommand({ Bucket: this.bucket, Key: key, VersionId: id });
    const head = await this.client.send(asked).catch(() => null);
    if (head?.ObjectLockLegalHoldStatus === "ON") return true;
    return (head?.ObjectLockRetainUntilDate?.getTime() ?? 0) > Date.now();
  }

  private async holdOne(key: string, { id }: Version, isHeld: boolean): Promise<void> {
    const LegalHold = { Status: isHeld ? ("ON" as const) : ("OFF" as const) };
    const asked = { Bucket: this.bucket, Key: key, VersionId: id, LegalHold };
    await this.client.send(new PutObjectLegalHoldCommand(asked));
  }
}
