import type { Sql } from "../db/sql.ts";

/** What rooms above keep of bytes, as conditions of their own tables; `wiring/` hands it down. */
export interface BlobReferences {
  /** Whether anything refers to the blob whose row number this is. */
  toBlob(id: Sql): Sql;
  /** SELECT of those of these storage keys that an upload under way sends bytes to, as `storageKey`. */
  namedAmong(keys: readonly string[]): Sql;
}
