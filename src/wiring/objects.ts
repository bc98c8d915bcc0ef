import { type ObjectSettings, objectStoreName, type ScrubSettings } from "../config/objects.ts";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { BlobDoor } from "../http/blobs.routes.ts";
import type { Clock } from "../kernel/clock.ts";
import { BlobCollector } from "../objects/blob-collector.ts";
import type { BlobReferences } from "../objects/blob-references.ts";
import { CollectionQuery } from "../objects/collection.query.ts";
import { CollectionResolver } from "../objects/collection.resolver.ts";
import { LocalStore } from "../objects/local-store.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import { OrphanSweep } from "../objects/orphan-sweep.ts";
import { ForeignStoreError, OwnStore } from "../objects/own-store.ts";
import { StoreHealth } from "../objects/store-health.ts";
import { blobReferences } from "../registry/blob-references.query.ts";
import { loggedFileReferences } from "../tracking/logged-file.query.ts";

export interface Objects {
  store: ObjectStore;
  /** What this server serves at /blobs; null where bytes go by a store of their own. */
  served: LocalStore | null;
}

/** Bytes, as the rooms that name them see them. */
export interface Bytes {
  store: ObjectStore;
  /** How long a signed URL works, unless asked otherwise. */
  urlSeconds: number;
  scrub: ScrubSettings | null;
  /** How long bytes are kept after the last reference to them is gone. */
  graceSeconds: number;
  /** Told of what went wrong where nobody waits for it. */
  onFault: (error: unknown) => void;
}

/** `base`: where this server is reached, asked at each signing. Throws what names OBJECT_STORE_URL. */
export async function openObjects(settings: ObjectSettings, base: () => string): Promise<Objects> {
  try {
    return await storeOf(settings, base);
  } catch (error) {
    const { cause = error } = error as Error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`OBJECT_STORE_URL: ${objectStoreName(settings)} cannot be used: ${reason}`, {
      cause: error,
    });
  }
}

/** The store as the registry's own. Throws what names OBJECT_STORE_URL where it is another's. */
export async function ownStoreOf(
  { store, served }: Objects,
  settings: ObjectSettings,
  { db, clock, onFault }: { db: Database; clock: Clock; onFault: (error: unknown) => void },
): Promise<{ store: ObjectStore; served: BlobDoor["store"] | null; health: StoreHealth }> {
  const own = new OwnStore(store, db, clock);
  try {
    await own.begin(onFault);
  } catch (error) {
    if (!(error instanceof ForeignStoreError)) throw error;
    const why = `${error.message}, whose bytes would be swept away as nobody's`;
    const what =
      "use a store, or a prefix in one, of its own; README says how a store is given to a new database";
    throw new Error(`OBJECT_STORE_URL: ${objectStoreName(settings)} cannot be used: ${why}: ${what}`);
  }
  return { store: own, served: served && servedOf(served, own), health: new StoreHealth(own) };
}

/** Nothing of what stands in the place of the registry's own store is served, and nothing is taken in there. */
function servedOf({ signer, arrivals }: LocalStore, own: OwnStore): BlobDoor["store"] {
  return {
    signer,
    arrivals: {
      async take(grant, body) {
        await own.mustBeOurs();
        await arrivals.take(grant, body);
      },
    },
    stat: (key) => own.stat(key),
    read: (key, range) => own.read(key, range),
  };
}

/** All that refers to bytes. */
const references: BlobReferences = {
  toBlob: (id) => sql`(${blobReferences.toBlob(id)} OR ${loggedFileReferences.toBlob(id)})`,
  namedAmong: (keys) =>
    sql`${blobReferences.namedAmong(keys)} UNION ${loggedFileReferences.namedAmong(keys)}`,
};

/** What takes away bytes that nothing refers to. */
export function wireCollection(db: Database, clock: Clock, { store, graceSeconds }: Bytes) {
  const graceMillis = graceSeconds * 1_000;
  return {
    collector: new BlobCollector(db, store, references, clock, graceMillis),
    orphans: new OrphanSweep(db, store, references, clock, graceMillis),
    resolvers: [new CollectionResolver(new CollectionQuery(db, references, clock, graceSeconds))],
  };
}

async function storeOf(settings: ObjectSettings, base: () => string): Promise<Objects> {
  const { store } = settings;
  const name = objectStoreName(settings);
  switch (store.kind) {
    case "file": {
      const served = await LocalStore.open(store.path, base);
      return { store: served, served };
    }
    // Each SDK takes a tenth of a second and 20 MB to load, which only those pay who use it.
    case "s3": {
      const { openS3Store } = await import("../objects/s3-client.ts");
      return { store: openS3Store(name, store), served: null };
    }
    case "azure": {
      const { openAzureStore } = await import("../objects/azure-client.ts");
      return { store: openAzureStore(name, store), served: null };
    }
  }
}
