import { among, every, join, type Reader, raw, type Sql, sql } from "../db/sql.ts";
import { lookMark } from "../journal/feed.ts";
import { BlobClass, BlobLock, BlobState } from "../objects/blob.entity.ts";
import { isUnclaimed } from "../objects/blob-placer.ts";
import { isBlobOfUpload } from "../registry/blob-references.query.ts";
import { isHeldBlob } from "./retention.query.ts";

/** A stored file of a version: the blob, and for whose sake it would move. */
export interface StoredFile {
  versionId: number;
  blobId: number;
  modelId: number;
  number: number;
  digest: string | null;
}

type Place = Pick<StoredFile, "versionId" | "blobId">;

/** What comes after a place in the order of versions and blobs, so many at most. */
async function filesWhere(
  reader: Reader,
  conditions: readonly Sql[],
  after: Place,
  most: number,
): Promise<StoredFile[]> {
  const isBeyond = sql`(a.versionId > ${after.versionId} OR (a.versionId = ${after.versionId} AND b.id > ${after.blobId}))`;
  const where = every([sql`b.state <> ${BlobState.DELETING}`, isBeyond, ...conditions]);
  return reader.query(
    sql`SELECT DISTINCT a.versionId, b.id AS blobId, v.modelId, v.number, v.digest
        FROM artifact a JOIN stored_blob b ON b.id = a.blobId JOIN model_version v ON v.id = a.versionId
        JOIN model m ON m.id = v.modelId
        WHERE ${where} ORDER BY a.versionId, b.id LIMIT ${most}`,
  );
}

/** All that these conditions leave, in portions. */
export async function* inPortions(
  reader: Reader,
  conditions: readonly Sql[],
  most: number,
): AsyncGenerator<StoredFile[]> {
  for (let after: Place = { versionId: 0, blobId: 0 }; ; ) {
    const files = await filesWhere(reader, conditions, after, most);
    if (files.length === 0) return;
    yield files;
    after = files.at(-1)!;
  }
}

/** Of the bundles of these versions, what is not known to be in the class for what is cold. */
export function warmFiles(versions: readonly number[], now: number): Sql[] {
  const isWarm = sql`(b.storageClass IS NULL OR b.storageClass = ${BlobClass.MOVING})`;
  return [among(sql`a.versionId`, versions), sql`a.isEvidence = ${false}`, isWarm, isUnclaimed(now)];
}

/** What is not known to be in the usual class, and not kept as it is by a hold. */
export function coldFiles(now: number): Sql[] {
  return [sql`b.storageClass IS NOT NULL`, sql`NOT ${isHeldBlob(sql`b.id`)}`, isUnclaimed(now)];
}

/** Those of these blobs that are no evidence, under no hold and in no upload. */
export async function freeToMove(reader: Reader, blobs: readonly number[]): Promise<number[]> {
  const isEvidence = sql`EXISTS (SELECT 1 FROM artifact e WHERE e.blobId = b.id AND e.isEvidence = ${true})`;
  const rows = await reader.query<{ id: number }>(
    sql`SELECT b.id FROM stored_blob b WHERE ${among(sql`b.id`, blobs)} AND NOT ${isEvidence}
        AND NOT ${isHeldBlob(sql`b.id`)} AND NOT ${isBlobOfUpload(sql`b.id`)}`,
  );
  return rows.map(({ id }) => id);
}

/** Versions that have any of these blobs, the newest first, below one. */
export async function versionsWith(
  reader: Reader,
  blobs: readonly number[],
  below: number,
  most: number,
): Promise<number[]> {
  const rows = await reader.query<{ versionId: number }>(
    sql`SELECT DISTINCT a.versionId FROM artifact a WHERE ${among(sql`a.blobId`, blobs)} AND a.versionId < ${below}
        ORDER BY a.versionId DESC LIMIT ${most}`,
  );
  return rows.map(({ versionId }) => versionId);
}

/** Those of these blobs that any of these versions has. */
export async function blobsOf(
  reader: Reader,
  versions: readonly number[],
  blobs: readonly number[],
): Promise<number[]> {
  const rows = await reader.query<{ blobId: number }>(
    sql`SELECT DISTINCT a.blobId FROM artifact a WHERE ${among(sql`a.versionId`, versions)} AND ${among(sql`a.blobId`, blobs)}`,
  );
  return rows.map(({ blobId }) => blobId);
}

const holding = sql`legal_hold h`;
const ofVersion = sql`SELECT a.blobId FROM ${holding} JOIN artifact a ON a.versionId = h.subjectId
  WHERE h.releasedAt IS NULL AND a.blobId IS NOT NULL`;
const ofModel = sql`SELECT a.blobId FROM ${holding} JOIN model_version v ON v.modelId = h.subjectId
  JOIN artifact a ON a.versionId = v.id WHERE h.releasedAt IS NULL AND a.blobId IS NOT NULL`;

/** Blobs that the store should lock and is not known to, by their numbers; not those that are known to be lost. */
export async function toBeLocked(reader: Reader, after: number, most: number): Promise<number[]> {
  const isLocked = sql`b.storeLock = ${BlobLock.LOCKED}`;
  const rows = await reader.query<{ id: number }>(
    sql`SELECT b.id FROM stored_blob b JOIN (${ofVersion} UNION ${ofModel}) held ON held.blobId = b.id
        WHERE b.id > ${after} AND (b.storeLock IS NULL OR NOT ${isLocked}) AND b.state <> ${BlobState.DELETING}
          AND b.corruptAt IS NULL
        ORDER BY b.id LIMIT ${most}`,
  );
  return rows.map(({ id }) => id);
}

/** Blobs that the store may lock and should not. */
export async function toBeUnlocked(reader: Reader, after: number, most: number): Promise<number[]> {
  const rows = await reader.query<{ id: number }>(
    sql`SELECT b.id FROM stored_blob b WHERE b.id > ${after} AND b.storeLock IS NOT NULL AND NOT ${isHeldBlob(sql`b.id`)}
        ORDER BY b.id LIMIT ${most}`,
  );
  return rows.map(({ id }) => id);
}

/** Events after which other files may be under hold. */
const telling = ["hold.set", "hold.released", "bundle.sealed", "evidence.attached"];

/**
 * Text that is another one once there is another hold, another file, or a lock that nobody has finished. By the journal,
 * whose order is that of commits: rows get their numbers before, and clocks differ.
 */
export async function stateOfHolds(reader: Reader): Promise<string> {
  const last = telling.map(
    (type, at) => sql`(SELECT MAX(seq) FROM event WHERE type = ${type}) AS ${raw(`last${at}`)}`,
  );
  const [row] = await reader.query<object>(
    sql`SELECT ${join(last)},
        (SELECT COUNT(*) FROM stored_blob WHERE storeLock = ${BlobLock.CHANGING}) AS changing${lookMark}`,
  );
  return JSON.stringify(row);
}

/** Of each of these holds' subjects: whether the store locks each file under it; left out where there is no file. */
export function locksUnder(
  reader: Reader,
  subjects: readonly number[],
): Promise<{ subjectId: number; areLocked: number }[]> {
  const told = sql`h.subjectId, MIN(CASE WHEN b.storeLock = ${BlobLock.LOCKED} THEN 1 ELSE 0 END) AS areLocked`;
  const isAsked = among(sql`h.subjectId`, subjects);
  return reader.query(
    sql`SELECT ${told} FROM ${holding} JOIN artifact a ON a.versionId = h.subjectId JOIN stored_blob b ON b.id = a.blobId
        WHERE ${isAsked} GROUP BY h.subjectId
        UNION ALL
        SELECT ${told} FROM ${holding} JOIN model_version v ON v.modelId = h.subjectId JOIN artifact a ON a.versionId = v.id
        JOIN stored_blob b ON b.id = a.blobId WHERE ${isAsked} GROUP BY h.subjectId`,
  );
}

/** How many bytes of the bundles of these versions are cold; left out where none are. */
export async function coldBytesOf(reader: Reader, versions: readonly number[]): Promise<Map<number, number>> {
  const rows = await reader.query<{ versionId: number; bytes: number }>(
    sql`SELECT a.versionId, SUM(a.sizeBytes) AS bytes FROM artifact a JOIN stored_blob b ON b.id = a.blobId
        WHERE ${among(sql`a.versionId`, versions)} AND a.isEvidence = ${false} AND b.storageClass = ${BlobClass.COLD}
        GROUP BY a.versionId`,
  );
  return new Map(rows.map(({ versionId, bytes }) => [versionId, Number(bytes)]));
}
