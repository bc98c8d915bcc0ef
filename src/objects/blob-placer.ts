import type { Database } from "../db/database.ts";
import { among, chunksOf, type Sql, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Clock } from "../kernel/clock.ts";
import { inLanes } from "../kernel/lanes.ts";
import { BlobClass, BlobLock, BlobState } from "./blob.entity.ts";
import { type ObjectStore, ObjectStoreError, type StorageClass } from "./object-store.ts";

const blobsPerStep = 400;
const askedAtOnce = 8;
/** A store that works and refuses so many is not asked for more. */
const mostRefusals = 20;
/** For how long a blob is one process's own at least. Should it die, others go on when that is over. */
const leaseMillis = 10 * 60_000;
/** A store that copies more slowly than this is overtaken; that costs a second copy, and never bytes. */
const slowestBytesPerMilli = 10_000;
/** Claimed at once, so that nothing waits for long behind a process that has died. */
const mostBytesPerStep = 16 * 1024 ** 3;

/** A blob whose place in the store was changed. */
export interface Placed {
  id: number;
  storageKey: string;
  sizeBytes: number;
}

/** What became of blobs. */
export interface Placements {
  placed: number;
  /** The first one, having gone on; null where there was none. */
  trouble: unknown;
  /** Whether it makes no sense to go on: the store is away, or refuses one after another. */
  isStuck: boolean;
}

/** Written down in the transaction that says that blobs were placed. */
export interface Account {
  /** Locks what must be locked before blobs are. */
  open(tx: Transaction): Promise<void>;
  record(tx: Transaction, placed: readonly Placed[]): void;
}

interface Change {
  column: Sql;
  /** What the row says while the store may be either way. */
  meanwhile: string;
  /** What it says once the store has answered; null for what is usual. */
  at: string | null;
  where: Sql;
  /** Whether it takes the store time by how many bytes there are. */
  isCopy: boolean;
  ask(key: string): Promise<void>;
}

/** Nobody is at this blob, which is called `b`. */
export const isUnclaimed = (now: number) => sql`(b.placingUntil IS NULL OR b.placingUntil <= ${now})`;

/**
 * Has the store move blobs to another class, and lock them. Each step is written down before the store is asked: a row says
 * that it is not known how its bytes stand, until the store has answered and the row says so. So whoever dies, or gets no
 * answer, leaves what somebody does again; asking twice changes nothing. A blob is at most one process's at a time.
 */
export class BlobPlacer {
  constructor(
    private readonly db: Database,
    private readonly store: ObjectStore,
    private readonly clock: Clock,
  ) {}

  get hasCold(): boolean {
    return this.store.hasCold;
  }

  canLock(): Promise<boolean> {
    return this.store.canLock();
  }

  /** Those of these blobs that are not in this class already. */
  move(ids: readonly number[], to: StorageClass, account: Account): Promise<Placements> {
    const change: Change = {
      column: sql`storageClass`,
      meanwhile: BlobClass.MOVING,
      at: to === "COLD" ? BlobClass.COLD : null,
      where: sql`state <> ${BlobState.DELETING}`,
      isCopy: true,
      ask: (key) => this.store.setClass(key, to),
    };
    return this.placeAll(ids, change, account);
  }

  /** Those of these blobs that are not so already. What is being deleted is unlocked, too, or it could not be. */
  lock(ids: readonly number[], isLocked: boolean): Promise<Placements> {
    const change: Change = {
      column: sql`storeLock`,
      meanwhile: BlobLock.CHANGING,
      at: isLocked ? BlobLock.LOCKED : null,
      where: isLocked ? sql`state <> ${BlobState.DELETING}` : sql`1 = 1`,
      isCopy: false,
      ask: (key) => this.store.setLock(key, isLocked),
    };
    return this.placeAll(ids, change, { open: async () => {}, record: () => {} });
  }

  private async placeAll(ids: readonly number[], change: Change, account: Account): Promise<Placements> {
    const sum: Placements = { placed: 0, trouble: null, isStuck: false };
    for (const chunk of chunksOf([...ids], blobsPerStep)) {
      for (let open = chunk; open.length > 0 && !sum.isStuck; ) {
        open = await this.place(open, change, account, sum);
      }
    }
    return sum;
  }

  /** Answers those that were too much for one step. */
  private async place(
    ids: readonly number[],
    change: Change,
    account: Account,
    sum: Placements,
  ): Promise<number[]> {
    const { mine, left, until } = await this.claim(ids, change);
    if (mine.length === 0) return [];
    const done: Placed[] = [];
    const failed: number[] = [];
    let refusals = 0;
    const ask = async (blob: Placed) => {
      if (sum.isStuck) return void failed.push(blob.id);
      try {
        await change.ask(blob.storageKey);
        done.push(blob);
      } catch (error) {
        sum.trouble ??= error;
        failed.push(blob.id);
        const isOwn = error instanceof ObjectStoreError && error.trouble !== "AWAY";
        if (!isOwn && (++refusals >= mostRefusals || !(await this.isThere()))) sum.isStuck = true;
      }
    };
    await inLanes(mine, askedAtOnce, ask);
    sum.placed += await this.settle(done, failed, until, change, account);
    return left;
  }

  private isThere(): Promise<boolean> {
    return this.store.check().then(
      () => true,
      () => false,
    );
  }

  private claim(ids: readonly number[], { column, at, meanwhile, where, isCopy }: Change) {
    const isOtherwise =
      at === null ? sql`${column} IS NOT NULL` : sql`(${column} IS NULL OR ${column} <> ${at})`;
    return this.db.write(async (tx) => {
      const now = this.clock();
      const found = await tx.lock<Placed>(
        sql`SELECT b.id, b.storageKey, b.sizeBytes FROM stored_blob b
            WHERE ${among(sql`b.id`, ids)} AND ${isOtherwise} AND ${where} AND ${isUnclaimed(now)}`,
      );
      const mine: Placed[] = [];
      let bytes = 0;
      for (const blob of found) {
        bytes += isCopy ? Number(blob.sizeBytes) : 0;
        if (mine.length > 0 && bytes > mostBytesPerStep) break;
        mine.push(blob);
      }
      const until = now + leaseMillis + Math.ceil(bytes / slowestBytesPerMilli);
      const claimed = mine.map(({ id }) => id);
      if (claimed.length > 0) {
        await tx.run(
          sql`UPDATE stored_blob SET ${column} = ${meanwhile}, placingUntil = ${until} WHERE ${among(sql`id`, claimed)}`,
        );
      }
      return { mine, left: found.slice(mine.length).map(({ id }) => id), until };
    });
  }

  /** How many are as they should be, and still this process's. */
  private settle(
    done: readonly Placed[],
    failed: readonly number[],
    until: number,
    { column, at, meanwhile }: Change,
    account: Account,
  ): Promise<number> {
    const isMine = sql`placingUntil = ${until}`;
    return this.db.write(async (tx) => {
      if (done.length > 0) await account.open(tx);
      const ids = done.map(({ id }) => id);
      const kept = await tx.lock<{ id: number }>(
        sql`SELECT id FROM stored_blob WHERE ${among(sql`id`, ids)} AND ${isMine}`,
      );
      const mine = new Set(kept.map(({ id }) => id));
      const placed = done.filter(({ id }) => mine.has(id));
      const overtaken = done.filter(({ id }) => !mine.has(id)).map(({ storageKey }) => storageKey);
      await tx.run(
        sql`UPDATE stored_blob SET ${column} = ${at}, placingUntil = NULL WHERE ${among(sql`id`, [...mine])}`,
      );
      // Others may have asked for the opposite meanwhile: who knows which came last.
      if (overtaken.length > 0) {
        await tx.run(
          sql`UPDATE stored_blob SET ${column} = ${meanwhile} WHERE ${among(sql`storageKey`, overtaken)}`,
        );
      }
      if (failed.length > 0) {
        await tx.run(
          sql`UPDATE stored_blob SET placingUntil = ${this.clock()} WHERE ${among(sql`id`, failed)} AND ${isMine}`,
        );
      }
      if (placed.length > 0) account.record(tx, placed);
      return placed.length;
    });
  }
}
