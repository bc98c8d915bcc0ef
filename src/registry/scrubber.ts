import type { ScrubSettings } from "../config/objects.ts";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { lookMark } from "../journal/feed.ts";
import type { Journal } from "../journal/journal.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { type BlobRow, BlobState } from "../objects/blob.entity.ts";
import { isUnreadable } from "../objects/file-trouble.ts";
import { type Measured, measure, type Pace } from "../objects/hashing.ts";
import { unlessMissing } from "../objects/missing.ts";
import { type ObjectStore, ObjectStoreError } from "../objects/object-store.ts";
import { paceOf } from "../objects/pace.ts";

const hourMillis = 3600 * 1_000;
const dayMillis = 24 * hourMillis;
/** Looking again and again at what is corrupt takes no more than one in so many of the bytes the rate allows. */
const restPerReading = 24;
const mostPathsTold = 100;
const stopped = new ObjectStoreError("AWAY", "the server stops");

/** A version that has the bytes in question. */
interface Affected {
  versionId: number;
  modelId: number;
  number: number;
  paths: string[];
}

/**
 * Hashes stored bytes again, those first that were not looked at for longest. What is found to be other than recorded, or
 * gone, is journaled for each version that has it: such a file is not downloaded, and fails the gate. It is looked at
 * again soon, and should the right bytes come back, that is journaled, too. A store that is away says nothing of its
 * bytes: they stay due.
 */
export class Scrubber {
  private readonly ending = new AbortController();

  constructor(
    private readonly db: Database,
    private readonly store: ObjectStore,
    private readonly journal: Journal,
    private readonly clock: Clock,
    private readonly settings: ScrubSettings | null,
  ) {}

  /** Goes through what is due, at the rate of the settings; how many were hashed. `system` is whom the journal names. */
  async scrubDue(system: Actor): Promise<number> {
    let hashed = 0;
    if (!this.settings) return hashed;
    const pace = paceOf(this.settings.bytesPerSecond, this.ending.signal);
    while (!this.ending.signal.aborted) {
      const blob = await this.claim(this.settings);
      if (!blob) break;
      try {
        await this.scrub(system, blob, pace, this.settings);
      } catch (error) {
        if (error === stopped) break;
        throw error;
      }
      hashed++;
    }
    return hashed;
  }

  stop(): void {
    this.ending.abort();
  }

  /** The next one that is due, for this process alone; for others again in a while, should nothing be heard of this one. */
  private async claim(settings: ScrubSettings): Promise<BlobRow | null> {
    const before = this.clock() - settings.everyDays * dayMillis;
    for (;;) {
      const [blob] = await this.db.read.query<BlobRow>(
        sql`SELECT * FROM stored_blob WHERE lookedAt < ${before} AND state <> ${BlobState.DELETING}
            ORDER BY lookedAt, id LIMIT 1${lookMark}`,
      );
      if (!blob) return null;
      const until = this.clock() - aheadMillis(blob, settings);
      const claimed = await this.db.write((tx) =>
        tx.run(
          sql`UPDATE stored_blob SET lookedAt = ${until} WHERE id = ${blob.id} AND lookedAt = ${blob.lookedAt}`,
        ),
      );
      if (claimed === 1) return blob;
    }
  }

  private async scrub(system: Actor, blob: BlobRow, pace: Pace, settings: ScrubSettings): Promise<void> {
    try {
      const found = await this.believable(blob, pace);
      const isRight = isAsRecorded(blob, found);
      await this.db.write(async (tx) => {
        const ago = isRight ? 0 : aheadMillis(blob, settings);
        await tx.run(lookedAt(blob, this.clock() - ago));
        if (isRight && blob.corruptAt === null) {
          await tx.run(sql`UPDATE stored_blob SET verifiedAt = ${this.clock()} WHERE ${asItWas(blob)}`);
        } else if (isRight || blob.corruptAt === null) {
          await this.mark(tx, system, blob, isRight ? null : { found });
        }
      });
    } catch (error) {
      await this.giveBack(blob, error, settings);
      throw error;
    }
  }

  /** Who could not look has not looked. Where the store works, others come first: this one may fail for long. */
  private async giveBack(blob: BlobRow, error: unknown, settings: ScrubSettings): Promise<void> {
    const isAway =
      error === stopped ||
      (await this.store.check().then(
        () => false,
        () => true,
      ));
    const at = isAway ? blob.lookedAt : this.clock() - aheadMillis(blob, settings);
    // The first trouble is the one to tell.
    await this.db.write((tx) => tx.run(lookedAt(blob, at))).catch(() => {});
  }

  /** What is there. News that is bad is not believed unless the store works, and says the same again. */
  private async believable(blob: BlobRow, pace: Pace): Promise<Measured | null> {
    const found = await this.found(blob, pace);
    if (isAsRecorded(blob, found) || blob.corruptAt !== null) return found;
    await this.store.check();
    return this.found(blob, pace);
  }

  /** null where nothing is there, or not all of it, or where it cannot be read. */
  private async found({ storageKey }: BlobRow, pace: Pace): Promise<Measured | null> {
    const keepPace = async (bytes: number) => {
      await pace(bytes);
      if (this.ending.signal.aborted) throw stopped;
    };
    return unlessMissing(() => measure(this.store, storageKey, keepPace)).catch((error) => {
      if (isUnreadable(error)) return null;
      throw error;
    });
  }

  /** Locks the models of all versions that have it, in order, then the blob. `wrong` is null where it is right again. */
  private async mark(
    tx: Transaction,
    system: Actor,
    blob: BlobRow,
    wrong: { found: Measured | null } | null,
  ): Promise<void> {
    const models = [...new Set((await affectedBy(tx, blob)).map(({ modelId }) => modelId))];
    for (const model of models.sort((a, b) => a - b)) {
      await tx.lock(sql`SELECT id FROM model WHERE id = ${model}`);
    }
    const [same] = await tx.lock<object>(sql`SELECT id FROM stored_blob WHERE ${asItWas(blob)}`);
    if (!same) return; // Other bytes have taken their place, or they are being deleted.
    const corruptAt = wrong ? this.clock() : null;
    const verifiedAt = wrong ? blob.verifiedAt : this.clock();
    await tx.run(
      sql`UPDATE stored_blob SET corruptAt = ${corruptAt}, verifiedAt = ${verifiedAt} WHERE id = ${blob.id}`,
    );
    for (const { versionId, modelId, number, paths } of await affectedBy(tx, blob)) {
      this.journal.record(tx, system, {
        type: wrong ? "bundle.corrupted" : "bundle.restored",
        subject: versionId,
        container: modelId,
        body: {
          ...{ version: number, paths: paths.slice(0, mostPathsTold), sha256: blob.sha256 },
          ...(wrong ? { found: wrong.found?.sha256 ?? null } : {}),
        },
      });
    }
  }
}

function isAsRecorded({ sha256, sizeBytes }: BlobRow, found: Measured | null): boolean {
  return found?.sha256 === sha256 && found.sizeBytes === sizeBytes;
}

function lookedAt(blob: BlobRow, at: number) {
  return sql`UPDATE stored_blob SET lookedAt = ${at} WHERE ${asItWas(blob)}`;
}

/** How long ago it must have been looked at to be due in an hour, or in as many as its size asks for. */
function aheadMillis({ sizeBytes }: BlobRow, { everyDays, bytesPerSecond }: ScrubSettings): number {
  const rest = Math.max(hourMillis, (restPerReading * sizeBytes * 1_000) / bytesPerSecond);
  return Math.floor(Math.max(0, everyDays * dayMillis - rest));
}

function asItWas({ id, storageKey }: BlobRow) {
  return sql`id = ${id} AND storageKey = ${storageKey} AND state <> ${BlobState.DELETING}`;
}

async function affectedBy(tx: Transaction, { id }: BlobRow): Promise<Affected[]> {
  const rows = await tx.query<Omit<Affected, "paths"> & { path: string }>(
    sql`SELECT a.versionId, a.modelId, v.number, a.path FROM artifact a JOIN model_version v ON v.id = a.versionId
        WHERE a.blobId = ${id} ORDER BY a.versionId, a.path`,
  );
  const versions = new Map<number, Affected>();
  for (const { path, ...version } of rows) {
    const known = versions.get(version.versionId) ?? { ...version, paths: [] };
    known.paths.push(path);
    versions.set(version.versionId, known);
  }
  return [...versions.values()];
}
