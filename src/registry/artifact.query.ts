import { every, type Reader, raw, type Sql, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { alreadyExists, overLimit } from "../kernel/errors.ts";
import { instanceOf } from "../kernel/node.ts";
import { mustFitInOneFolder } from "../kernel/paths.ts";
import { BlobClass } from "../objects/blob.entity.ts";
import { Artifact, type ArtifactRole } from "./artifact.entity.ts";
import { mostFiles } from "./bundle.rules.ts";
import type { ModelVersion } from "./version.entity.ts";
import type { LockedVersion } from "./version.service.ts";

const columns =
  "versionId modelId path isEvidence role isRoleGuessed sizeBytes sha256 contentType blobId uri format scan createdAt createdById purgedAt"
    .split(" ")
    .map((name) => `a.${name}`)
    .join(", ");

/** All but the facts, which may be long. */
export const artifactColumns = sql`a.id AS nodeId, ${raw(columns)}, b.verifiedAt, b.corruptAt, b.storageKey,
  CASE WHEN b.id IS NULL THEN NULL ELSE COALESCE(b.storageClass, ${BlobClass.STANDARD}) END AS storageClass`;
export const artifactSource = sql`artifact a LEFT JOIN stored_blob b ON b.id = a.blobId`;

/** Artifacts in order of their paths. */
export async function artifactsWhere(
  reader: Reader,
  conditions: readonly Sql[],
  most = mostFiles,
): Promise<Artifact[]> {
  const rows = await reader.query<object>(
    sql`SELECT ${artifactColumns} FROM ${artifactSource} WHERE ${every(conditions)}
        ORDER BY a.versionId, a.path LIMIT ${most}`,
  );
  return rows.map(artifactOfRow);
}

/** One page of a version's files, as a SELECT of its own. */
export function artifactPage(
  versionId: number,
  { first, after, isEvidence }: { first: number; after: string | null; isEvidence: boolean | null },
  guard: readonly Sql[],
): Sql {
  const where = [
    sql`a.versionId = ${versionId}`,
    ...(after === null ? [] : [sql`a.path > ${after}`]),
    ...(isEvidence === null ? [] : [sql`a.isEvidence = ${isEvidence}`]),
    ...guard,
  ];
  return sql`SELECT ${artifactColumns} FROM ${artifactSource} WHERE ${every(where)} ORDER BY a.path LIMIT ${first}`;
}

export function artifactOfRow(row: object): Artifact {
  const artifact = instanceOf(Artifact, row);
  artifact.isEvidence = Boolean(artifact.isEvidence);
  artifact.isRoleGuessed = Boolean(artifact.isRoleGuessed);
  return artifact;
}

/** Throws LIMIT where a version would have more files than one may have, ALREADY_EXISTS where one has this path. */
export async function mustTakeFiles(
  tx: Transaction,
  { version, model }: LockedVersion,
  files: readonly { path: string }[],
): Promise<void> {
  const name = `${model.name}/${version.number}`;
  const there = await tx.query<{ path: string }>(
    sql`SELECT path FROM artifact WHERE versionId = ${version.nodeId}`,
  );
  const total = there.length + files.length;
  if (total > mostFiles) {
    throw overLimit(`files: ${name} would have ${total} files; at most ${mostFiles}`, "files");
  }
  if (there.length === 0) return;
  const paths = new Set(there.map(({ path }) => path));
  const taken = files.find(({ path }) => paths.has(path));
  if (taken) throw alreadyExists(`files: ${name} has ${taken.path} already`, "files");
  mustFitInOneFolder([...paths, ...files.map(({ path }) => path)]);
}

/** Files of a bundle that are alike to a gate. */
export interface FileGroup {
  role: ArtifactRole;
  /** null where the registry never saw the bytes. */
  scan: string | null;
  fileCount: number;
  /** When the one that was hashed longest ago was; null where one lies elsewhere. */
  verifiedAt: number | null;
  isCorrupt: boolean;
  /** Retention has let go of their bytes. */
  isPurged: boolean;
}

/** A version's bundle as gates see it; null while it has none. Within a transaction, ask under the model's lock. */
export async function bundleGroups(
  reader: Reader,
  { nodeId, digest }: ModelVersion,
): Promise<FileGroup[] | null> {
  if (digest === null) return null;
  const isElsewhere = sql`CASE WHEN a.blobId IS NULL THEN 1 ELSE 0 END`;
  const isPurged = sql`CASE WHEN a.purgedAt IS NULL THEN 0 ELSE 1 END`;
  const isCorrupt = sql`CASE WHEN b.corruptAt IS NULL THEN 0 ELSE 1 END`;
  const rows = await reader.query<FileGroup & { isElsewhere: number }>(
    sql`SELECT a.role, a.scan, ${isElsewhere} AS isElsewhere, COUNT(*) AS fileCount, MIN(b.verifiedAt) AS verifiedAt,
        ${isCorrupt} AS isCorrupt, ${isPurged} AS isPurged
        FROM ${artifactSource} WHERE a.versionId = ${nodeId} AND a.isEvidence = ${false}
        GROUP BY a.role, a.scan, ${isElsewhere}, ${isCorrupt}, ${isPurged}
        ORDER BY a.role, a.scan, isElsewhere, isCorrupt, isPurged`,
  );
  return rows.map((row) => ({
    ...row,
    fileCount: Number(row.fileCount),
    isCorrupt: Boolean(Number(row.isCorrupt)),
    isPurged: Boolean(Number(row.isPurged)),
    verifiedAt: Number(row.isElsewhere) ? null : Number(row.verifiedAt),
    scan: Number(row.isElsewhere) ? null : row.scan,
  }));
}
