import { randomBytes } from "node:crypto";
import { among, chunksOf, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { BlobLock, BlobRow, BlobState } from "./blob.entity.ts";

/** Bytes that the server has hashed, at a key that nobody else writes to. */
export interface VerifiedBytes {
  sha256: string;
  sizeBytes: number;
  storageKey: string;
  /** Epoch ms. */
  verifiedAt: number;
  /** Whether they come in the place of bytes that were found to be wrong. */
  isReplacement: boolean;
}

export interface KeptBlobs {
  /** Blobs' row numbers by SHA-256. */
  ids: Map<string, number>;
  /** Keys of bytes that were there already: to be removed once this transaction has committed. */
  superfluous: string[];
}

const perStatement = 400;

const announced = "sha256/";
const streamed = "streamed/";

/** What a key begins with: one of these. Two hex digits follow, of each as often as of another. */
export const keyPrefixes: readonly string[] = [announced, streamed];

/** A key that was never used before, for bytes of this digest: `sha256/ab/ab…-0123456789abcdef`. */
export function freshKeyFor(sha256: string): string {
  return `${announced}${sha256.slice(0, 2)}/${sha256}-${randomBytes(8).toString("hex")}`;
}

/** A key that was never used before, for bytes of which nobody knows the digest: `streamed/ab/ab…`. */
export function freshKey(): string {
  const random = randomBytes(16).toString("hex");
  return `${streamed}${random.slice(0, 2)}/${random}`;
}

/**
 * Makes these bytes blobs, or finds that they are there. The rows are locked until commit, so that nothing that is
 * referred to in this transaction can be condemned meanwhile; lock the model row before. Of a blob that was found to be
 * corrupt, the new bytes take the place.
 */
export async function keepBlobs(tx: Transaction, arrived: readonly VerifiedBytes[]): Promise<KeptBlobs> {
  const byDigest = new Map(arrived.map((one) => [one.sha256, one]));
  const ids = new Map<string, number>();
  const superfluous = arrived.filter((one) => byDigest.get(one.sha256) !== one).map((one) => one.storageKey);
  const digests = [...byDigest.keys()].sort();
  for (const known of await lockBlobs(tx, digests)) {
    const mine = byDigest.get(known.sha256)!;
    ids.set(known.sha256, known.id);
    byDigest.delete(known.sha256);
    if (known.storageKey === mine.storageKey) continue;
    if (known.corruptAt === null && !mine.isReplacement) superfluous.push(mine.storageKey);
    else superfluous.push(...(await replace(tx, known, mine)));
  }
  // In one order everywhere: rivals wait for each other, and do not deadlock.
  const fresh = digests.flatMap((digest) => byDigest.get(digest) ?? []);
  for (const chunk of chunksOf(fresh, perStatement)) {
    await tx.insertNew(BlobRow, chunk.map(rowOf));
  }
  for (const chunk of chunksOf(fresh, perStatement)) {
    const rows = await tx.query<{ id: number; sha256: string }>(
      sql`SELECT id, sha256 FROM stored_blob WHERE ${among(
        sql`liveSha256`,
        chunk.map(({ sha256 }) => sha256),
      )}`,
    );
    for (const { id, sha256 } of rows) ids.set(sha256, id);
  }
  return { ids, superfluous };
}

/** Blobs of these digests, locked, and LIVE again where they were condemned. */
export async function lockBlobs(tx: Transaction, digests: readonly string[]): Promise<BlobRow[]> {
  const found: BlobRow[] = [];
  for (const chunk of chunksOf([...digests].sort(), perStatement)) {
    found.push(
      ...(await tx.lock<BlobRow>(sql`SELECT * FROM stored_blob WHERE ${among(sql`liveSha256`, chunk)}`)),
    );
  }
  const condemned = found.filter(({ state }) => state === BlobState.CONDEMNED).map(({ id }) => id);
  for (const chunk of chunksOf(condemned, perStatement)) {
    await tx.run(sql`UPDATE stored_blob SET state = ${BlobState.LIVE} WHERE ${among(sql`id`, chunk)}`);
  }
  return found;
}

/** Answers the key of the corrupt bytes, unless the store's own lock holds them: then they go as blobs do. */
async function replace(tx: Transaction, corrupt: BlobRow, by: VerifiedBytes): Promise<string[]> {
  await tx.run(
    sql`UPDATE stored_blob SET storageKey = ${by.storageKey}, sizeBytes = ${by.sizeBytes}, verifiedAt = ${by.verifiedAt},
        lookedAt = ${by.verifiedAt}, corruptAt = NULL, storageClass = NULL, storeLock = NULL, placingUntil = NULL
        WHERE id = ${corrupt.id}`,
  );
  if (corrupt.storeLock === null) return [corrupt.storageKey];
  const { sha256, sizeBytes, storageKey, verifiedAt, lookedAt, corruptAt, placingUntil } = corrupt;
  const row = { sha256, sizeBytes, storageKey, verifiedAt, lookedAt, corruptAt, placingUntil };
  const leaving = { state: BlobState.DELETING, liveSha256: null, storeLock: BlobLock.CHANGING };
  await tx.insertNew(BlobRow, [{ ...row, ...leaving, stateAt: by.verifiedAt, createdAt: corrupt.createdAt }]);
  return [];
}

function rowOf({ sha256, sizeBytes, storageKey, verifiedAt }: VerifiedBytes): Partial<BlobRow> {
  return {
    sha256,
    liveSha256: sha256,
    sizeBytes,
    storageKey,
    state: BlobState.LIVE,
    stateAt: verifiedAt,
    createdAt: verifiedAt,
    verifiedAt,
    lookedAt: verifiedAt,
    corruptAt: null,
  };
}
