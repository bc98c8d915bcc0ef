import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Clock } from "../kernel/clock.ts";
import { BlobState } from "./blob.entity.ts";
import {
  type ByteRange,
  type Download,
  type FreeParts,
  type Incoming,
  type ObjectStore,
  ObjectStoreError,
  type SignedRequest,
  type StorageClass,
  type StoredObject,
  type Transfer,
} from "./object-store.ts";
import { StoreMarkRow } from "./store-mark.entity.ts";
import { keepTrouble } from "./stream-trouble.ts";

const markBytes = 16;
const onlyRow = 1;
/** How long a store that was found to be ours is taken to be. */
const freshMillis = 2_000;
/** Of the newest blobs, how many are looked for to find out whether a store is ours that has no mark we know. */
const mostLookedFor = 5;

/** The store is that of another registry: the two would take each other's bytes for nobody's. */
export class ForeignStoreError extends ObjectStoreError {
  constructor() {
    super("AWAY", "the object store is that of another registry");
  }
}

/**
 * The registry's own store, which it knows by a mark that both the database and the store keep. Where another one, or
 * none, stands in its place (a folder on which nothing is mounted), nothing is asked of that: all fails with AWAY, so that
 * nothing is missed there that is safe elsewhere, and nothing left there or swept away. It works again once the mark is
 * back. A database without a mark, which is new or older than marks, takes the store for its own where no other registry
 * has left one, and where its bytes, if it has any, are there.
 */
export class OwnStore implements ObjectStore {
  readonly name: string;
  readonly freeParts: FreeParts | null;
  private known: string | null = null;
  private oursUntil = 0;
  private asking: Promise<void> | null = null;

  constructor(
    private readonly store: ObjectStore,
    private readonly db: Database,
    private readonly clock: Clock,
  ) {
    this.name = store.name;
    this.freeParts = store.freeParts && this.ownParts(store.freeParts);
  }

  /** Throws ForeignStoreError. What else is wrong, `onTrouble` is told: it may pass. */
  async begin(onTrouble: (error: unknown) => void): Promise<void> {
    await this.recognize().catch((error) => {
      if (error instanceof ForeignStoreError || !(error instanceof ObjectStoreError)) throw error;
      onTrouble(error);
    });
  }

  async open(incoming: Omit<Incoming, "ticket">): Promise<string> {
    await this.mustBeOurs();
    return this.store.open(incoming);
  }

  async transfer(incoming: Incoming, expiresAt: number, isNew = false): Promise<Transfer> {
    await this.mustBeOurs();
    return this.store.transfer(incoming, expiresAt, isNew);
  }

  async commit(incoming: Incoming): Promise<void> {
    await this.mustBeOurs();
    return this.store.commit(incoming);
  }

  async abort(incoming: Incoming): Promise<void> {
    await this.mustBeOurs();
    return this.store.abort(incoming);
  }

  async write(key: string, bytes: Readable, contentType: string): Promise<void> {
    keepTrouble(bytes);
    await this.mustBeOurs();
    return this.store.write(key, bytes, contentType);
  }

  async stat(key: string): Promise<StoredObject | null> {
    await this.mustBeOurs();
    return this.store.stat(key);
  }

  async read(key: string, range?: ByteRange): Promise<Readable> {
    await this.mustBeOurs();
    return this.store.read(key, range);
  }

  signDownload(key: string, download: Download): Promise<SignedRequest> {
    return this.store.signDownload(key, download);
  }

  async remove(key: string): Promise<void> {
    await this.mustBeOurs();
    return this.store.remove(key);
  }

  get hasCold(): boolean {
    return this.store.hasCold;
  }

  async setClass(key: string, to: StorageClass): Promise<void> {
    await this.mustBeOurs();
    return this.store.setClass(key, to);
  }

  async canLock(): Promise<boolean> {
    await this.mustBeOurs();
    return this.store.canLock();
  }

  async setLock(key: string, isLocked: boolean): Promise<void> {
    await this.mustBeOurs();
    return this.store.setLock(key, isLocked);
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    await this.mustBeOurs();
    yield* this.store.list(prefix);
  }

  async sweep(begunBefore: number): Promise<number> {
    await this.mustBeOurs();
    return this.store.sweep(begunBefore);
  }

  async check(): Promise<void> {
    await this.store.check();
    await this.recognize();
  }

  mark(ours: string | null): Promise<string | null> {
    return this.store.mark(ours);
  }

  /** Throws AWAY where what stands in its place is not it. */
  async mustBeOurs(): Promise<void> {
    if (performance.now() < this.oursUntil) return;
    this.asking ??= this.recognize().finally(() => {
      this.asking = null;
    });
    return this.asking;
  }

  private ownParts(parts: FreeParts): FreeParts {
    const asOurs =
      <Given extends unknown[], Answer>(ask: (...given: Given) => Promise<Answer>) =>
      async (...given: Given) => {
        await this.mustBeOurs();
        return ask.apply(parts, given);
      };
    return {
      begin: asOurs(parts.begin),
      sign: asOurs(parts.sign),
      commit: asOurs(parts.commit),
      abort: asOurs(parts.abort),
    };
  }

  private async recognize(): Promise<void> {
    this.oursUntil = 0;
    this.known ??= await this.agreed();
    const found = await this.store.mark(null);
    if (found === null) {
      throw new ObjectStoreError(
        "AWAY",
        "the object store is not the one that this registry has used so far",
      );
    }
    if (found !== this.known) throw new ForeignStoreError();
    this.oursUntil = performance.now() + freshMillis;
  }

  /** The mark that the database and the store have agreed on; they do so now where they have not. */
  private async agreed(): Promise<string> {
    const [row] = await this.rows();
    if (row?.writtenAt) return row.mark;
    const found = await this.store.mark(null);
    if (!row) await this.mustHoldOurBytes(found);
    const wanted = row?.mark ?? found ?? randomBytes(markBytes).toString("hex");
    const mark = await this.proposed(wanted);
    if ((await this.store.mark(mark)) !== mark) throw new ForeignStoreError();
    await this.db.write((tx) =>
      tx.run(sql`UPDATE store_mark SET writtenAt = ${this.clock()} WHERE id = ${onlyRow}`),
    );
    return mark;
  }

  private rows(): Promise<StoreMarkRow[]> {
    return this.db.read.query<StoreMarkRow>(sql`SELECT * FROM store_mark WHERE id = ${onlyRow}`);
  }

  /** The one in the database, be it that of a server that starts at the same time. */
  private proposed(mark: string): Promise<string> {
    return this.db.write(async (tx) => {
      const [row] = await tx.query<StoreMarkRow>(sql`SELECT * FROM store_mark WHERE id = ${onlyRow}`);
      if (row) return row.mark;
      await tx.insertNew(StoreMarkRow, [{ id: onlyRow, mark, writtenAt: null }]);
      return mark;
    });
  }

  /** No key is used twice, so one object where the database says that it is proves that the two belong together. */
  private async mustHoldOurBytes(found: string | null): Promise<void> {
    const newest = await this.db.read.query<{ storageKey: string }>(
      sql`SELECT storageKey FROM stored_blob WHERE state <> ${BlobState.DELETING} ORDER BY id DESC LIMIT ${mostLookedFor}`,
    );
    for (const { storageKey } of newest) if (await this.store.stat(storageKey)) return;
    if (found !== null) throw new ForeignStoreError();
    if (newest.length > 0) {
      throw new ObjectStoreError("AWAY", "the object store has nothing of what this registry has stored");
    }
  }
}
