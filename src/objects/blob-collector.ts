import { Semaphore } from "async-mutex";
import type { Database } from "../db/database.ts";
import { among, chunksOf, type Sql, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Clock } from "../kernel/clock.ts";
import { BlobState } from "./blob.entity.ts";
import { isUnclaimed } from "./blob-placer.ts";
import type { BlobReferences } from "./blob-references.ts";
import type { ObjectStore } from "./object-store.ts";

const rowsPerLook = 2_000;
/** Locked together: whoever refers to one of them waits for a transaction of three statements. */
const rowsPerStep = 100;
const removedAtOnce = 8;

/** What a run did. */
export interface Collected {
  /** Blobs that nothing referred to any longer. */
  condemned: number;
  /** Blobs that are gone, and how many bytes with them. */
  blobs: number;
  bytes: number;
}

type Doomed = { id: number; storageKey: string; sizeBytes: number };

/**
 * Takes away what nothing refers to, in steps that the database remembers: LIVE → CONDEMNED → (grace) → DELETING → bytes
 * removed → no row. Who is killed between two of them is followed by the next run, of whichever process; several may
 * run at once. Each step locks the rows by their digests, as who refers to them does, and looks again whether they are
 * referred to: so a blob that is DELETING was referred to by nothing, and cannot be from then on.
 */
export class BlobCollector {
  private underway: Promise<Collected> | null = null;

  constructor(
    private readonly db: Database,
    private readonly store: ObjectStore,
    private readonly references: BlobReferences,
    private readonly clock: Clock,
    private readonly graceMillis: number,
  ) {}

  /** One run at a time: who asks meanwhile is told what that one did. Throws the first ObjectStoreError, having gone on. */
  collect(): Promise<Collected> {
    this.underway ??= this.run().finally(() => {
      this.underway = null;
    });
    return this.underway;
  }

  private async run(): Promise<Collected> {
    const condemned = await this.condemn();
    await this.giveUp();
    return { condemned, ...(await this.erase()) };
  }

  /** LIVE → CONDEMNED: what nothing refers to. */
  private async condemn(): Promise<number> {
    let condemned = 0;
    for (let after = 0; ; ) {
      const [window] = await this.db.read.query<{ last: number | null }>(
        sql`SELECT MAX(id) AS last FROM
            (SELECT id FROM stored_blob WHERE id > ${after} ORDER BY id LIMIT ${rowsPerLook}) AS looked`,
      );
      const last = window?.last ?? null;
      if (last === null) return condemned;
      const idle = await this.db.read.query<{ liveSha256: string }>(
        sql`SELECT liveSha256 FROM stored_blob b WHERE id > ${after} AND id <= ${last}
            AND state = ${BlobState.LIVE} AND ${this.isIdle()}`,
      );
      condemned += await this.step(idle, BlobState.LIVE, sql`state = ${BlobState.CONDEMNED}`);
      after = Number(last);
    }
  }

  /** CONDEMNED → DELETING: what has been condemned for as long as the grace is. */
  private async giveUp(): Promise<void> {
    const isOver = sql`state = ${BlobState.CONDEMNED} AND stateAt <= ${this.clock() - this.graceMillis}`;
    for (let after = 0; ; ) {
      const due = await this.db.read.query<{ id: number; liveSha256: string }>(
        sql`SELECT id, liveSha256 FROM stored_blob WHERE ${isOver} AND id > ${after} ORDER BY id LIMIT ${rowsPerLook}`,
      );
      if (due.length === 0) return;
      await this.step(due, BlobState.CONDEMNED, sql`state = ${BlobState.DELETING}, liveSha256 = NULL`);
      after = due.at(-1)!.id;
    }
  }

  /** DELETING → gone: first the bytes, then the row that knows where they are. Not while the store is copying them. */
  private async erase(): Promise<{ blobs: number; bytes: number }> {
    const gone = { blobs: 0, bytes: 0 };
    let trouble: unknown = null;
    for (let after = 0; ; ) {
      const doomed = await this.db.read.query<Doomed>(
        sql`SELECT id, storageKey, sizeBytes FROM stored_blob b WHERE state = ${BlobState.DELETING} AND id > ${after}
            AND ${isUnclaimed(this.clock())} ORDER BY id LIMIT ${rowsPerStep}`,
      );
      if (doomed.length === 0) break;
      const turns = new Semaphore(removedAtOnce);
      const removals = doomed.map((blob) =>
        turns.runExclusive(() => this.store.remove(blob.storageKey)).then(() => blob),
      );
      const removed: Doomed[] = [];
      for (const outcome of await Promise.allSettled(removals)) {
        if (outcome.status === "fulfilled") removed.push(outcome.value);
        else trouble ??= outcome.reason;
      }
      const mine = await this.forget(removed.map(({ id }) => id));
      gone.blobs += mine.length;
      gone.bytes += mine.reduce((sum, { sizeBytes }) => sum + Number(sizeBytes), 0);
      after = doomed.at(-1)!.id;
    }
    if (trouble !== null) throw trouble;
    return gone;
  }

  /** Deletes the rows of bytes that are gone; those that no other process has deleted meanwhile. */
  private forget(removed: readonly number[]): Promise<{ sizeBytes: number }[]> {
    const rows = sql`FROM stored_blob WHERE ${among(sql`id`, removed)} AND state = ${BlobState.DELETING}`;
    return this.db.write(async (tx) => {
      const mine = await tx.lock<{ sizeBytes: number }>(sql`SELECT sizeBytes ${rows}`);
      await tx.run(sql`DELETE ${rows}`);
      return mine;
    });
  }

  /** Changes those of these blobs that stand so and are referred to by nothing, under their locks; how many. */
  private async step(
    blobs: readonly { liveSha256: string }[],
    from: BlobState,
    change: Sql,
  ): Promise<number> {
    let changed = 0;
    const digests = blobs.map(({ liveSha256 }) => liveSha256).sort();
    for (const chunk of chunksOf(digests, rowsPerStep)) {
      changed += await this.db.write(async (tx) => {
        const idle = await this.stillIdle(tx, chunk, from);
        if (idle.length === 0) return 0;
        return tx.run(
          sql`UPDATE stored_blob SET ${change}, stateAt = ${this.clock()} WHERE ${among(sql`id`, idle)}`,
        );
      });
    }
    return changed;
  }

  /** Locks first, by the index and in the order in which `lockBlobs` does, then looks: what it sees stays so until commit. */
  private async stillIdle(tx: Transaction, digests: readonly string[], state: BlobState): Promise<number[]> {
    const locked = await tx.lock<{ id: number }>(
      sql`SELECT id FROM stored_blob WHERE ${among(sql`liveSha256`, digests)}`,
    );
    const ids = locked.map(({ id }) => id);
    const idle = await tx.query<{ id: number }>(
      sql`SELECT id FROM stored_blob b WHERE ${among(sql`id`, ids)} AND state = ${state} AND ${this.isIdle()}`,
    );
    return idle.map(({ id }) => id);
  }

  private isIdle(): Sql {
    return sql`NOT ${this.references.toBlob(sql`b.id`)}`;
  }
}
