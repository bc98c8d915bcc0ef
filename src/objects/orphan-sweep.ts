import { randomInt } from "node:crypto";
import type { Database } from "../db/database.ts";
import { among, sql } from "../db/sql.ts";
import type { Clock } from "../kernel/clock.ts";
import type { BlobReferences } from "./blob-references.ts";
import { keyPrefixes } from "./blobs.ts";
import { type ObjectStore, ObjectStoreError, type StoredObject } from "./object-store.ts";

const keysPerLook = 200;
const shelves = 256; // by the two digits that follow a prefix

/** What was found and removed. */
export interface Swept {
  objects: number;
  bytes: number;
}

/**
 * Removes objects that no row names: what a crash left between the store and the database, wrong bodies, superfluous
 * copies. A key is named by its upload before anything can be stored there, then by its blob in the transaction that
 * ends the upload, and once it is named by neither it never is again; so one look, at both together, is enough.
 */
export class OrphanSweep {
  private shelf = randomInt(shelves); // Several processes begin at several places.

  constructor(
    private readonly db: Database,
    private readonly store: ObjectStore,
    private readonly references: BlobReferences,
    private readonly clock: Clock,
    private readonly graceMillis: number,
  ) {}

  /** One 256th of the store, a different one each time. */
  next(): Promise<Swept> {
    this.shelf = (this.shelf + 1) % shelves;
    const shelf = this.shelf.toString(16).padStart(2, "0");
    return this.sweep(keyPrefixes.map((prefix) => `${prefix}${shelf}/`));
  }

  /** What is older than the grace, of objects whose keys begin with one of these. Throws the first LOCKED, having gone on. */
  async sweep(prefixes = keyPrefixes): Promise<Swept> {
    const swept: Swept = { objects: 0, bytes: 0 };
    let batch: StoredObject[] = [];
    let locked: ObjectStoreError | null = null;
    const flush = async () => {
      const orphans = await this.orphansAmong(batch);
      // Of another store, which stands in the place of ours, nothing is nobody's.
      if (orphans.length > 0) await this.store.check();
      for (const { key, sizeBytes } of orphans) {
        const refusal = await this.remove(key);
        locked ??= refusal;
        if (refusal) continue;
        swept.objects++;
        swept.bytes += sizeBytes;
      }
      batch = [];
    };
    for (const prefix of prefixes) {
      for await (const object of this.store.list(prefix)) {
        if (object.storedAt > this.clock() - this.graceMillis) continue;
        batch.push(object);
        if (batch.length === keysPerLook) await flush();
      }
    }
    await flush();
    if (locked) throw locked;
    return swept;
  }

  /** Why a lock keeps it. Who locked what no row names is for people to find out: it may be a database that was set back. */
  private async remove(key: string): Promise<ObjectStoreError | null> {
    try {
      await this.store.remove(key);
      return null;
    } catch (error) {
      if (error instanceof ObjectStoreError && error.trouble === "LOCKED") return error;
      throw error;
    }
  }

  /** One statement, so one view: between two, an upload might end and its blob appear. */
  private async orphansAmong(objects: readonly StoredObject[]): Promise<StoredObject[]> {
    if (objects.length === 0) return [];
    const keys = objects.map(({ key }) => key);
    const rows = await this.db.read.query<{ storageKey: string }>(
      sql`SELECT storageKey FROM stored_blob WHERE ${among(sql`storageKey`, keys)}
          UNION ${this.references.namedAmong(keys)}`,
    );
    const named = new Set(rows.map(({ storageKey }) => storageKey));
    return objects.filter(({ key }) => !named.has(key));
  }
}
