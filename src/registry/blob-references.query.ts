import { among, type Sql, sql } from "../db/sql.ts";
import type { BlobReferences } from "../objects/blob-references.ts";
import { UploadState } from "./upload.entity.ts";

const isUnderWay = among(sql`u.state`, [UploadState.OPEN, UploadState.VERIFYING]);

/** An upload that has not ended counts on it. */
export const isBlobOfUpload = (
  id: Sql,
) => sql`EXISTS (SELECT 1 FROM upload_file f JOIN upload u ON u.id = f.uploadId
  WHERE f.blobId = ${id} AND ${isUnderWay})`;

/** What versions and uploads keep of bytes: artifacts, and files of uploads that have not ended. */
export const blobReferences: BlobReferences = {
  // One condition: an upload's reference becomes its artifact's in one transaction, which two looks might fall between.
  toBlob: (id) => sql`(EXISTS (SELECT 1 FROM artifact a WHERE a.blobId = ${id})
    OR ${isBlobOfUpload(id)})`,
  namedAmong: (keys) => sql`SELECT f.storageKey FROM upload_file f JOIN upload u ON u.id = f.uploadId
    WHERE ${among(sql`f.storageKey`, keys)} AND ${isUnderWay}`,
};
