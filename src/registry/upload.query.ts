import { among, chunksOf, every, type Reader, type Sql, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { lookMark } from "../journal/feed.ts";
import type { Actor } from "../kernel/actor.ts";
import { instanceOf } from "../kernel/node.ts";
import type { AnnouncedFile } from "./bundle.rules.ts";
import { Upload, UploadFile, UploadState } from "./upload.entity.ts";
import type { ModelVersion } from "./version.entity.ts";

const uploadColumns = sql`u.id AS nodeId, u.versionId, u.modelId, u.isEvidence, u.state, u.openKey, u.filesDigest,
  u.createdAt, u.createdById, u.expiresAt, u.completedById,
  u.leasedUntil, u.attempts, u.takesCard, u.message`;

const digestsPerStatement = 400;

/** Uploads, the oldest first. */
export async function uploadsWhere(
  reader: Reader,
  conditions: readonly Sql[],
  most = 1_000,
): Promise<Upload[]> {
  const rows = await reader.query<object>(
    sql`SELECT ${uploadColumns} FROM upload u WHERE ${every(conditions)} ORDER BY u.id LIMIT ${most}`,
  );
  return rows.map((row) => uploadOfRow(row));
}

function uploadOfRow(row: object): Upload {
  const upload = instanceOf(Upload, row);
  upload.isEvidence = Boolean(upload.isEvidence);
  upload.takesCard = Boolean(upload.takesCard);
  return upload;
}

/** An upload, locked until commit; lock the model's row before. */
export async function lockUpload(tx: Transaction, id: number): Promise<Upload> {
  const [row] = await tx.lock<object>(sql`SELECT ${uploadColumns} FROM upload u WHERE u.id = ${id}`);
  return uploadOfRow(row!);
}

/** It has ended so; bytes that it referred to are referred to by it no longer. */
export async function endUpload(tx: Transaction, upload: Upload, state: UploadState): Promise<void> {
  await tx.run(
    sql`UPDATE upload SET state = ${state}, openKey = NULL, leasedUntil = NULL WHERE id = ${upload.nodeId}`,
  );
}

/** Files of an upload in order of their paths; with conditions on `f`. */
export async function filesOfUpload(
  reader: Reader,
  uploadId: number,
  { after = null, first = null }: { after?: string | null; first?: number | null } = {},
): Promise<UploadFile[]> {
  const where = [sql`f.uploadId = ${uploadId}`, ...(after === null ? [] : [sql`f.path > ${after}`])];
  const limit = first === null ? sql`` : sql`LIMIT ${first}`;
  const rows = await reader.query<object>(
    sql`SELECT * FROM upload_file f WHERE ${every(where)} ORDER BY f.position ${limit}`,
  );
  return rows.map((row) => {
    const file = instanceOf(UploadFile, row);
    file.isRoleGuessed = Boolean(file.isRoleGuessed);
    return file;
  });
}

/** Whether a version stands or stood in a live stage. */
export async function wasLive(tx: Transaction, { nodeId }: ModelVersion): Promise<boolean> {
  const [stay] = await tx.query<object>(
    sql`SELECT 1 AS found FROM stage_change c JOIN stage s ON s.name = c.stage
        WHERE c.versionId = ${nodeId} AND s.isLive = ${true} LIMIT 1`,
  );
  return stay !== undefined;
}

/**
 * Of these files, the bytes that are stored and that the actor may download somewhere: SHA-256 → blob. Whoever merely
 * knows a digest must show that he has the bytes, by sending them.
 */
export async function readableBlobs(
  tx: Transaction,
  actor: Actor,
  files: readonly AnnouncedFile[],
): Promise<Map<string, number>> {
  const sizes = new Map(files.filter(({ uri }) => uri === null).map((file) => [file.sha256, file.sizeBytes]));
  const found = new Map<string, number>();
  for (const chunk of chunksOf([...sizes.keys()], digestsPerStatement)) {
    const rows = await tx.query<{ id: number; sha256: string; sizeBytes: number; model: string }>(
      sql`SELECT DISTINCT b.id, b.sha256, b.sizeBytes, m.name AS model FROM stored_blob b
          JOIN artifact a ON a.blobId = b.id JOIN model m ON m.id = a.modelId
          WHERE ${among(sql`b.liveSha256`, chunk)} AND b.corruptAt IS NULL`,
    );
    for (const { id, sha256, sizeBytes, model } of rows) {
      const isSame = Number(sizeBytes) === sizes.get(sha256);
      if (isSame && actor.may("artifact:download", model)) found.set(sha256, id);
    }
  }
  return found;
}

/** Where blobs are, by row number. */
export async function storageKeysOf(reader: Reader, blobs: readonly number[]): Promise<Map<number, string>> {
  const keys = new Map<number, string>();
  for (const chunk of chunksOf([...new Set(blobs)], digestsPerStatement)) {
    const rows = await reader.query<{ id: number; storageKey: string }>(
      sql`SELECT id, storageKey FROM stored_blob WHERE ${among(sql`id`, chunk)}`,
    );
    for (const { id, storageKey } of rows) keys.set(id, storageKey);
  }
  return keys;
}

/** Uploads that are to be verified and that nobody has for himself, those first that were left alone for longest. */
export async function leftUploads(reader: Reader, now: number, most: number): Promise<Upload[]> {
  const rows = await reader.query<object>(
    sql`SELECT ${uploadColumns} FROM upload u WHERE u.state = ${UploadState.VERIFYING}
        AND (u.leasedUntil IS NULL OR u.leasedUntil < ${now})
        ORDER BY CASE WHEN u.leasedUntil IS NULL THEN 0 ELSE u.leasedUntil END, u.id LIMIT ${most}${lookMark}`,
  );
  return rows.map(uploadOfRow);
}
