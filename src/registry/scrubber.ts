import type { ScrubSettings } from "../config/objects.ts";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Journal } from "../journal/journal.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { type BlobRow, BlobState } from "../objects/blob.entity.ts";
import { type Measured, measure } from "../objects/hashing.ts";
import { type ObjectStore, ObjectStoreError } from "../objects/object-store.ts";
import { paceOf } from "../objects/pace.ts";

const dayMillis = 24 * 3600 * 1_000;
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
 * gone, is journaled for each version that has it: such a file is not downloaded, and fails the gate. Should the right
 * bytes come back, that is journaled, too.
 */
export class Scrubber {
  private isStopped = false;

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
    while (!this.isStopped && this.settings) {
      const blob = await this.claim(this.clock() - this.settings.everyDays * dayMillis);
      if (!blob) break;
      try {
        await this.scrub(system, blob, this.settings.bytesPerSecond);
      } catch (error) {
        if (error === stopped) break;
        throw error;
      }
      hashed++;
    }
    return hashed;
  }

  stop(): void {
    this.isStopped = true;
  }

  /** The next one that is due, for this process alone. */
  private async claim(before: number): Promise<BlobRow | null> {
    for (;;) {
      const [blob] = await this.db.read.query<BlobRow>(
        sql`SELECT * FROM stored_blob WHERE lookedAt < ${before} AND state <> ${BlobState.DELETING}
            ORDER BY lookedAt, id LIMIT 1`,
      );
      if (!blob) return null;
      const claimed = await this.db.write((tx) =>
        tx.run(
          sql`UPDATE stored_blob SET lookedAt = ${this.clock()} WHERE id = ${blob.id} AND lookedAt = ${blob.lookedAt}`,
        ),
      );
      if (claimed === 1) return blob;
    }
  }

  private async scrub(system: Actor, blob: BlobRow, bytesPerSecond: number): Promise<void> {
    const found = await this.found(blob, bytesPerSecond);
    const isRight = found?.sha256 === blob.sha256 && found.sizeBytes === blob.sizeBytes;
    if (isRight && blob.corruptAt === null) {
      const now = this.clock();
      await this.db.write((tx) =>
        tx.run(sql`UPDATE stored_blob SET verifiedAt = ${now} WHERE ${asItWas(blob)}`),
      );
    } else if (isRight || blob.corruptAt === null) {
      await this.db.write((tx) => this.mark(tx, system, blob, isRight ? null : { found }));
    }
  }

  /** null where nothing is there. */
  private async found({ storageKey }: BlobRow, bytesPerSecond: number): Promise<Measured | null> {
    const pace = paceOf(bytesPerSecond);
    try {
      return await measure(this.store, storageKey, (bytes) => {
        if (this.isStopped) throw stopped;
        return pace(bytes);
      });
    } catch (error) {
      if (error instanceof ObjectStoreError && error.trouble === "MISSING") return null;
      throw error;
    }
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
