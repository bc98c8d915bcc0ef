import { isBelow } from "../db/paths.ts";
import { among, every, type Reader, type Sql, sql, unionAll } from "../db/sql.ts";
import { conflict } from "../kernel/errors.ts";
import { instanceOf } from "../kernel/node.ts";
import { filesDigestOf } from "../kernel/paths.ts";
import type { BlobReferences } from "../objects/blob-references.ts";
import { grouped } from "./grouping.ts";
import { LoggedFile } from "./logged-file.entity.ts";

const foldersPerLook = 1_000;

const columns = sql`f.ownerId, f.path, f.sizeBytes, f.sha256, f.contentType, f.blobId, f.loggedAt, f.loggedById, f.purgedAt, n.container AS experimentId,
  CASE WHEN b.corruptAt IS NULL THEN b.storageKey ELSE NULL END AS storageKey`;
const source = sql`logged_file f JOIN node n ON n.id = f.ownerId LEFT JOIN stored_blob b ON b.id = f.blobId`;

/** Files of runs and logged models, as SELECT in order of their paths. */
export function loggedFiles(conditions: readonly Sql[], most: number): Sql {
  return sql`SELECT ${columns} FROM ${source} WHERE ${every(conditions)} ORDER BY f.ownerId, f.path LIMIT ${most}`;
}

export function loggedFileOfRow(row: object): LoggedFile {
  return instanceOf(LoggedFile, row);
}

/**
 * A condition on `path`: the file of this path, or all in the folder of this path; every file where it is empty. One range
 * of the index, from which few are left out: an OR of two would be looked for among all files.
 */
export function isAtOrBelow(path: string): Sql {
  if (path === "") return sql`path <> ''`;
  return sql`(path >= ${path} AND path < ${`${path}0`} AND (path = ${path} OR path > ${`${path}/`}))`;
}

/** The names of a folder's own folders, in order. */
export async function foldersIn(reader: Reader, ownerId: number, folder: string): Promise<string[]> {
  const within = folder === "" ? "" : `${folder}/`;
  const names = new Set<string>();
  for (let from = sql`f.folder > ${within}`; ; ) {
    const rows = await reader.query<{ folder: string }>(
      sql`SELECT DISTINCT f.folder FROM logged_file f
          WHERE f.ownerId = ${ownerId} AND ${isBelow(folder, sql`f.folder`)} AND ${from}
          ORDER BY f.folder LIMIT ${foldersPerLook}`,
    );
    for (const row of rows) names.add(nameIn(row.folder, within));
    if (rows.length < foldersPerLook) return [...names];
    const last = rows.at(-1)!.folder;
    const top = within + nameIn(last, within);
    // What is deeper in the last one tells no more names: on behind all of it.
    from = last === top ? sql`f.folder > ${last}` : sql`f.folder >= ${`${top}0`}`;
  }
}

function nameIn(path: string, within: string): string {
  return path.slice(within.length).split("/", 1)[0]!;
}

/** Throws CONFLICT where a file would have to be a folder, too. */
export async function mustFitBeside(tx: Reader, ownerId: number, path: string): Promise<void> {
  const above = path.split("/").slice(0, -1);
  const folders = above.map((_, at) => above.slice(0, at + 1).join("/"));
  const inTheWay = [among(sql`f.path`, folders), isBelow(path, sql`f.path`)].map(
    (where) => sql`SELECT f.path FROM logged_file f WHERE f.ownerId = ${ownerId} AND ${where} LIMIT 1`,
  );
  const [other] = await tx.query<{ path: string }>(unionAll(tx, inTheWay));
  if (!other) return;
  const [file, below] = other.path.length < path.length ? [other.path, path] : [path, other.path];
  throw conflict(`path: ${file} would be a file, and a folder of ${below}`, "path");
}

/** What events tell of the files of runs and logged models: how many, and their digest, as that of a bundle. */
export interface FilesDigest extends Record<string, unknown> {
  fileCount: number;
  filesDigest: string;
}

/** By node number, of those that have any. */
export async function filesDigestsOf(
  reader: Reader,
  nodes: readonly number[],
): Promise<Map<number, FilesDigest>> {
  const rows = await reader.query<{ ownerId: number; path: string; sha256: string }>(
    sql`SELECT f.ownerId, f.path, f.sha256 FROM logged_file f WHERE ${among(sql`f.ownerId`, nodes)}`,
  );
  const digests = new Map<number, FilesDigest>();
  for (const [ownerId, files] of grouped(rows, (row) => row.ownerId)) {
    digests.set(ownerId, { fileCount: files.length, filesDigest: filesDigestOf(files) });
  }
  return digests;
}

/** What runs and logged models keep of bytes. */
export const loggedFileReferences: BlobReferences = {
  toBlob: (id) => sql`EXISTS (SELECT 1 FROM logged_file l WHERE l.blobId = ${id})`,
  namedAmong: (keys) =>
    sql`SELECT p.storageKey FROM logged_file_upload p WHERE ${among(sql`p.storageKey`, keys)} AND p.completedAt IS NULL`,
};
