import type { Readable } from "../db/sql.ts";
import { among, chunksOf, sql } from "../db/sql.ts";
import type { Clock } from "../kernel/clock.ts";
import type { BlobRow } from "../objects/blob.entity.ts";
import { measure } from "../objects/hashing.ts";
import { unlessMissing } from "../objects/missing.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import type { UploadFile } from "./upload.entity.ts";
import { isReused } from "./upload.rules.ts";

/** What is wrong with one file of an upload. */
export interface Finding {
  file: UploadFile;
  message: string;
}

const perStatement = 400;
/** Bytes that were hashed so lately are only looked for. */
const lateMillis = 24 * 3600 * 1_000;
const gone = "the registry has lost these bytes, or finds them changed: send them again";

/** Bytes that an upload refers to because they are stored already: before they count once more, they are looked at. */
export class ReusedBlobs {
  constructor(
    private readonly db: Readable,
    private readonly store: ObjectStore,
    private readonly clock: Clock,
  ) {}

  /** Files whose bytes are not there, or are others, as it seems: a store that is away as a whole has lost nothing. */
  async wrongAmong(files: readonly UploadFile[]): Promise<Finding[]> {
    const reusing = files.filter(isReused);
    const wrong = new Set<number>();
    for (const blob of await this.blobs(reusing.map(({ blobId }) => blobId!))) {
      if (!(await this.isRight(blob))) wrong.add(blob.id);
    }
    return reusing.filter(({ blobId }) => wrong.has(blobId!)).map((file) => ({ file, message: gone }));
  }

  private async blobs(ids: readonly number[]): Promise<BlobRow[]> {
    const found: BlobRow[] = [];
    for (const chunk of chunksOf([...new Set(ids)], perStatement)) {
      found.push(
        ...(await this.db.read.query<BlobRow>(sql`SELECT * FROM stored_blob WHERE ${among(sql`id`, chunk)}`)),
      );
    }
    return found;
  }

  private async isRight({ storageKey, sizeBytes, sha256, verifiedAt, corruptAt }: BlobRow): Promise<boolean> {
    if (corruptAt !== null) return false;
    const stored = await this.store.stat(storageKey);
    if (stored?.sizeBytes !== sizeBytes) return false;
    if (verifiedAt > this.clock() - lateMillis) return true;
    const found = await unlessMissing(() => measure(this.store, storageKey));
    return found?.sha256 === sha256;
  }
}
