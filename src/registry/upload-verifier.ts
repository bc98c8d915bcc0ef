import { Semaphore } from "async-mutex";
import type { Database } from "../db/database.ts";
import { among, chunksOf, type Sql, sql } from "../db/sql.ts";
import type { Clock } from "../kernel/clock.ts";
import { StemmaError } from "../kernel/errors.ts";
import { inLanes } from "../kernel/lanes.ts";
import { freshKeyFor } from "../objects/blobs.ts";
import { measure } from "../objects/hashing.ts";
import { unlessMissing } from "../objects/missing.ts";
import { type Incoming, type ObjectStore, ObjectStoreError } from "../objects/object-store.ts";
import type { BundleSealer } from "./bundle-sealer.ts";
import { type Finding, type ReusedBlobs } from "./reused-blobs.ts";
import { type Upload, type UploadFile, UploadState } from "./upload.entity.ts";
import { filesOfUpload, leftUploads, lockUpload, uploadsWhere } from "./upload.query.ts";
import { awaitsReading, incomingOf, isReused } from "./upload.rules.ts";

/** Up to so much is hashed while the caller waits; more goes on in the background. */
const mostBytesInCall = 256 * 1024 * 1024;
const mostFilesInCall = 1_000;
const filesAtOnce = 4;
const filesPerStatement = 400;
const incomplete = "not all of it has arrived";
/**
 * For whoever verifies, so that one does; renewed while it goes on, taken over by others once it has run out. It spares
 * work, no more: whoever has lost it without knowing does no harm, for each outcome is written under the upload's lock.
 */
const leaseMillis = 20_000;
const renewMillis = 5_000;
/** How long an upload is left alone after the store could not be read. */
const postponedMillis = 60_000;
const mostResumed = 10;
/** Beginnings without an end until it is the upload that must be at fault. */
const mostAttempts = 3;

/** Hashes what arrived before it counts, by one reading of the stored bytes; whoever dies on the way is stood in for. */
export class UploadVerifier {
  /** Of all uploads together: hashing takes the processor. */
  private readonly turns = new Semaphore(filesAtOnce);
  private readonly underway = new Set<Promise<void>>();
  /** Of this process, by upload: who comes meanwhile waits, to hear what came of it. */
  private readonly settling = new Map<number, Promise<void>>();
  private isStopped = false;

  constructor(
    private readonly db: Database,
    private readonly store: ObjectStore,
    private readonly work: { reused: ReusedBlobs; sealer: BundleSealer },
    private readonly clock: Clock,
    /** Told of what went wrong where nobody waits for it. */
    private readonly onFault: (error: unknown) => void,
  ) {}

  /**
   * Verifies an upload that is to be completed, and completes it; does nothing where another process does so. Comes back
   * at once where it will take long. Throws INVALID that says which files are not as announced.
   */
  async settle(uploadId: number): Promise<void> {
    for (let other = this.settling.get(uploadId); other; other = this.settling.get(uploadId)) {
      await other.catch(() => {}); // Whoever began it is told; we look at what is left to do.
    }
    const own = this.settleAlone(uploadId).finally(() => this.settling.delete(uploadId));
    this.settling.set(uploadId, own);
    return own;
  }

  private async settleAlone(uploadId: number): Promise<void> {
    const [upload] = await uploadsWhere(this.db.read, [sql`u.id = ${uploadId}`]);
    if (!upload || !(await this.lease(upload))) return;
    const files = await filesOfUpload(this.db.read, uploadId);
    const open = files.filter((file) => awaitsReading(file) || isReused(file));
    const bytes = open.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const work = this.verify(upload, files);
    if (bytes <= mostBytesInCall && open.length <= mostFilesInCall) return work;
    this.inBackground(work);
  }

  /** Takes up what others have left, this process before its restart among them; how many. */
  async resume(): Promise<number> {
    const left = await leftUploads(this.db.read, this.clock(), mostResumed);
    for (const upload of left) {
      if (this.isStopped || !(await this.lease(upload))) continue;
      this.inBackground(
        filesOfUpload(this.db.read, upload.nodeId).then((files) => this.verify(upload, files)),
      );
    }
    return left.length;
  }

  /** Throws away what arrived of an upload, if it was given up. What it misses, the store's own sweep finds. */
  async forget(uploadId: number): Promise<void> {
    const isGivenUp = sql`u.state = ${UploadState.ABORTED}`;
    const [upload] = await uploadsWhere(this.db.read, [sql`u.id = ${uploadId}`, isGivenUp]);
    if (!upload) return;
    for (const file of await filesOfUpload(this.db.read, uploadId)) {
      const incoming = signedFor(file);
      if (!incoming) continue;
      await this.store.abort(incoming).catch(this.onFault);
      // What was committed to be hashed is nobody's: only a completed upload's bytes are referred to.
      await this.store.remove(incoming.key).catch(this.onFault);
    }
  }

  /** Leaves what is under way to others, or to the next start. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.allSettled(this.underway);
  }

  private mustGoOn(): void {
    if (this.isStopped) throw new ObjectStoreError("AWAY", "the server stops");
  }

  private inBackground(work: Promise<void>): void {
    const settled = work
      .catch((error) => {
        // What the sender must know stands in the upload.
        if (!(error instanceof StemmaError)) this.onFault(error);
      })
      .finally(() => this.underway.delete(settled));
    this.underway.add(settled);
  }

  /** Whether this process has it now. */
  private async lease(upload: Upload): Promise<boolean> {
    if (upload.state === UploadState.VERIFYING && upload.attempts >= mostAttempts) {
      const message = `whoever began to verify it was not heard of again, ${mostAttempts} times`;
      await this.openAgain(upload, message, []);
      return false;
    }
    const now = this.clock();
    const taken = await this.db.write((tx) =>
      tx.run(
        sql`UPDATE upload SET leasedUntil = ${now + leaseMillis}, attempts = attempts + 1, message = NULL
            WHERE id = ${upload.nodeId} AND state = ${UploadState.VERIFYING}
            AND (leasedUntil IS NULL OR leasedUntil < ${now} OR message IS NOT NULL)`,
      ),
    );
    return taken === 1;
  }

  private async verify(upload: Upload, files: readonly UploadFile[]): Promise<void> {
    const renewal = setInterval(() => {
      this.renew(upload).catch(this.onFault);
    }, renewMillis);
    try {
      const wrong = [
        ...(await this.wrongAmong(files.filter(awaitsReading))),
        ...(await this.work.reused.wrongAmong(files)),
      ];
      if (wrong.length > 0) {
        // A store that is away as a whole has lost nothing.
        await this.store.check();
        const refusal = await this.reopen(upload, wrong, files);
        if (refusal) throw refusal;
        return;
      }
      for (const key of await this.sealed(upload, files)) await this.store.remove(key).catch(this.onFault);
    } catch (error) {
      if (error instanceof ObjectStoreError) throw await this.postponed(upload, error);
      throw error;
    } finally {
      clearInterval(renewal);
    }
  }

  /** What kept it from being taken is told, and it is open again. */
  private async sealed(upload: Upload, files: readonly UploadFile[]): Promise<string[]> {
    try {
      return await this.work.sealer.seal(upload, files);
    } catch (error) {
      if (error instanceof StemmaError) await this.openAgain(upload, error.message, []);
      throw error;
    }
  }

  private async renew({ nodeId }: Upload): Promise<void> {
    const until = this.clock() + leaseMillis;
    await this.db.write((tx) =>
      tx.run(sql`UPDATE upload SET leasedUntil = ${until} WHERE id = ${nodeId} AND leasedUntil IS NOT NULL`),
    );
  }

  /** What is wrong among files, which are read; those that are right are marked as verified. */
  private async wrongAmong(files: readonly UploadFile[]): Promise<Finding[]> {
    const found: Finding[] = [];
    await inLanes(files, filesAtOnce, (file) =>
      this.turns.runExclusive(async () => {
        const message = await this.messageOf(file);
        if (message === null) file.verifiedAt = this.clock();
        else found.push({ file, message });
      }),
    );
    return found.sort((a, b) => a.file.position - b.file.position);
  }

  /** Why a file cannot be taken; null where it is as announced. */
  private async messageOf(file: UploadFile): Promise<string | null> {
    const incoming = signedFor(file);
    if (!incoming) return "nothing has arrived";
    const found = await unlessMissing(async () => {
      await this.store.commit(incoming);
      return measure(this.store, incoming.key, () => this.mustGoOn());
    });
    if (!found) return incomplete;
    if (found.sizeBytes !== file.sizeBytes) {
      return `expected ${file.sizeBytes} bytes; got ${found.sizeBytes}`;
    }
    return found.sha256 === file.sha256 ? null : `expected SHA-256 ${file.sha256}; got ${found.sha256}`;
  }

  /**
   * The upload waits for the right bytes, under new keys; those that are right stay. Answers what to tell the sender:
   * nothing where it was no longer ours to judge.
   */
  private async reopen(
    upload: Upload,
    wrong: readonly Finding[],
    files: readonly UploadFile[],
  ): Promise<StemmaError | null> {
    const named = wrong.slice(0, 3).map(({ file, message }) => `${file.path}: ${message}`);
    const message = `${wrong.length} of ${files.length} files are not as announced: ${named.join("; ")}${wrong.length > 3 ? "; …" : ""}`;
    const right = files.filter(({ verifiedAt }) => verifiedAt !== null).map(({ position }) => position);
    const replaced = await this.openAgain(upload, message, wrong, right);
    if (replaced === null) return null;
    for (const key of replaced) await this.store.remove(key).catch(this.onFault);
    return new StemmaError("INVALID", `upload: ${message}`, ["upload"]);
  }

  /**
   * Answers the keys of wrong bytes, which nothing names any longer. Does nothing, and answers null, where the upload is
   * not being verified (anymore), or where whoever took over from us has found the same: of what is underway again,
   * nothing may be removed.
   */
  private async openAgain(
    { nodeId }: Upload,
    message: string,
    wrong: readonly Finding[],
    right: readonly number[] = [],
  ): Promise<string[] | null> {
    return this.db.write(async (tx) => {
      if ((await lockUpload(tx, nodeId)).state !== UploadState.VERIFYING) return null;
      const replaced: string[] = [];
      let isNews = wrong.length === 0;
      for (const { file, message } of wrong) {
        const key = keyToAwait(file, message);
        const isTold = (await tx.run(awaitingAgain(file, message, key))) === 1;
        if (isTold && key !== file.storageKey && file.storageKey !== null) replaced.push(file.storageKey);
        isNews ||= isTold;
      }
      if (!isNews) return null;
      for (const positions of chunksOf(right, filesPerStatement)) {
        await tx.run(
          sql`UPDATE upload_file SET verifiedAt = ${this.clock()}, message = NULL
              WHERE uploadId = ${nodeId} AND ${among(sql`position`, positions)}`,
        );
      }
      await tx.run(
        sql`UPDATE upload SET state = ${UploadState.OPEN}, leasedUntil = NULL, message = ${message} WHERE id = ${nodeId}`,
      );
      return replaced;
    });
  }

  /** It stays as it is, to be tried again after a while; others have their turn before. */
  private async postponed({ nodeId }: Upload, cause: ObjectStoreError): Promise<StemmaError> {
    const what = `the object store cannot be read now (${cause.message}); the upload will be verified once it can`;
    const until = this.isStopped ? null : this.clock() + postponedMillis;
    await this.db.write((tx) =>
      tx.run(
        sql`UPDATE upload SET leasedUntil = ${until}, attempts = 0, message = ${what} WHERE id = ${nodeId}
            AND state = ${UploadState.VERIFYING}`,
      ),
    );
    return new StemmaError("UNAVAILABLE", what);
  }
}

/** Null where nothing was ever signed for it. */
function signedFor(file: UploadFile): Incoming | null {
  const { storageKey, ticket } = file;
  return storageKey === null || ticket === null ? null : incomingOf(file, storageKey, ticket);
}

/** Wrong bytes are never overwritten where they are: the right ones go to another place. The rest follows what arrived. */
function keyToAwait(file: UploadFile, message: string | null): string | null {
  const isReused = file.storageKey === null;
  const isUnsent = !isReused && (file.ticket === null || message === incomplete);
  return isUnsent ? file.storageKey : freshKeyFor(file.sha256);
}

/** Changes nothing where somebody else has replaced it meanwhile. */
function awaitingAgain(file: UploadFile, message: string | null, key: string | null): Sql {
  const ticket = key === file.storageKey ? sql`ticket` : sql`NULL`;
  const isSame = file.storageKey === null ? sql`storageKey IS NULL` : sql`storageKey = ${file.storageKey}`;
  return sql`UPDATE upload_file SET message = ${message}, storageKey = ${key}, ticket = ${ticket}
             WHERE uploadId = ${file.uploadId} AND position = ${file.position} AND ${isSame}`;
}
