import type { Reader } from "../../src/db/sql.ts";
import { sql } from "../../src/db/sql.ts";
import { measure } from "../../src/objects/hashing.ts";
import type { ObjectStore } from "../../src/objects/object-store.ts";
import { blobReferences } from "../../src/registry/blob-references.query.ts";

interface Referred {
  who: string;
  sha256: string;
  state: string | null;
  storageKey: string | null;
}

/** What is referred to and not there, or not those bytes, or about to go. Each is a line for people. */
export async function dangling(read: Reader, store: ObjectStore): Promise<string[]> {
  const referred = await read.query<Referred>(
    sql`SELECT CONCAT('artifact ', a.id) AS who, a.sha256, b.state, b.storageKey
        FROM artifact a LEFT JOIN stored_blob b ON b.id = a.blobId WHERE a.blobId IS NOT NULL
        UNION ALL
        SELECT CONCAT('upload ', u.id), f.sha256, b.state, b.storageKey
        FROM upload u JOIN upload_file f ON f.uploadId = u.id LEFT JOIN stored_blob b ON b.id = f.blobId
        WHERE u.state IN ('OPEN', 'VERIFYING') AND f.blobId IS NOT NULL`,
  );
  const hashes = new Map<string, Promise<string>>();
  const hashOf = (key: string) => {
    const known =
      hashes.get(key) ??
      measure(store, key).then(
        ({ sha256 }) => sha256,
        () => "nothing",
      );
    hashes.set(key, known);
    return known;
  };
  const lines = await Promise.all(
    referred.map(async ({ who, sha256, state, storageKey }) => {
      if (state !== "LIVE") return `${who} refers to a blob that is ${state ?? "not there"}`;
      const found = await hashOf(storageKey!);
      return found === sha256 ? null : `${who} is to be ${sha256}; ${storageKey} holds ${found}`;
    }),
  );
  return lines.filter((line) => line !== null);
}

/** Objects that no blob names, blobs that nothing refers to, and blobs without an object. Each is a line for people. */
export async function leaked(read: Reader, store: ObjectStore): Promise<string[]> {
  const rows = await read.query<{ storageKey: string; state: string; isReferred: number }>(
    sql`SELECT storageKey, state, CASE WHEN ${blobReferences.toBlob(sql`b.id`)} THEN 1 ELSE 0 END AS isReferred
        FROM stored_blob b`,
  );
  const keys = new Set<string>();
  for await (const { key } of store.list("")) keys.add(key);
  const known = new Set(rows.map(({ storageKey }) => storageKey));
  return [
    ...[...keys].filter((key) => !known.has(key)).map((key) => `object ${key} has no row`),
    ...rows
      .filter(({ isReferred }) => !Number(isReferred))
      .map(({ storageKey, state }) => `${storageKey} is ${state} and referred to by nothing`),
    ...[...known].filter((key) => !keys.has(key)).map((key) => `the row of ${key} has no object`),
  ];
}
