import type { Readable } from "node:stream";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Journal } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { notFound, StemmaError } from "../kernel/errors.ts";
import { mediaTypeOf } from "../kernel/media-type.ts";
import { filePathOf } from "../kernel/paths.ts";
import { keepBlobs } from "../objects/blobs.ts";
import type { Measured } from "../objects/hashing.ts";
import { writeMeasured } from "../objects/measured-write.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import type { FileArrivals } from "./file-arrivals.ts";
import { type FileOwner, findOwner, lockOwner, type OwnerRef } from "./file-owner.query.ts";
import { LoggedFile, type LoggedFileUpload } from "./logged-file.entity.ts";
import type { DeleteLoggedFilesInput } from "./logged-file.inputs.ts";
import { isAtOrBelow, mustFitBeside } from "./logged-file.query.ts";
import { ownerRefOf } from "./logged-file.rules.ts";

/** Where a file is to be. */
export interface FilePlace {
  owner: OwnerRef;
  path: string;
}

/** A file as it comes. */
export interface ComingFile {
  bytes: Readable;
  contentType?: string;
  /** Lets the sender know that it will be taken. */
  welcome?: () => void;
}

export type FilesOutcome = { owner: number; fileCount: number };

/** Verbs about files of runs and logged models. */
export class LoggedFileService {
  constructor(
    private readonly db: Database,
    private readonly store: ObjectStore,
    private readonly arrivals: FileArrivals,
    private readonly records: { verbs: Verbs; journal: Journal },
    private readonly clock: Clock,
  ) {}

  /**
   * Takes a file as it comes, and hashes it on its way; one of the same path gives way to it. Nothing is taken before the
   * actor is known to have the right to it: `welcome` is called then. Throws NOT_FOUND, FORBIDDEN, INVALID, CONFLICT,
   * ObjectStoreError, BodyRefusal.
   */
  async log(actor: Actor, to: FilePlace, came: ComingFile): Promise<FilesOutcome> {
    const path = filePathOf("path", to.path);
    const contentType = mediaTypeOf("contentType", came.contentType);
    const owner = await findOwner(this.db.read, actor, to.owner);
    await mustFitBeside(this.db.read, owner.nodeId, path);
    came.welcome?.();
    const arrival = await this.arrivals.open(actor, owner, { path, contentType });
    const measured = await writeMeasured(this.store, arrival.storageKey, { ...came, contentType }).catch(
      async (error) => {
        await this.arrivals.giveUp(arrival).catch(() => {}); // It expires.
        throw error;
      },
    );
    return this.place(actor, to.owner, arrival, measured);
  }

  /**
   * Makes what has arrived, and was hashed, the file of its path. Nothing happens where that was done before; throws
   * NOT_FOUND where it was given up meanwhile. Bytes that are refused go; where the outcome of COMMIT is not known they stay.
   */
  async place(
    actor: Actor,
    ref: OwnerRef,
    arrival: LoggedFileUpload,
    { sha256, sizeBytes }: Measured,
  ): Promise<FilesOutcome> {
    const { path, contentType, storageKey } = arrival;
    let refusal: unknown = null;
    const placed = await this.db
      .write(async (tx) => {
        refusal = null;
        try {
          const owner = await lockOwner(tx, actor, ref);
          const now = await this.arrivals.lock(tx, arrival);
          if (!now) throw notFound(`upload ${arrival.id} of ${path}`, "uploadId");
          if (now.completedAt !== null) return { owner: owner.nodeId, superfluous: [] };
          await mustFitBeside(tx, owner.nodeId, path);
          const stored = { sha256, sizeBytes, storageKey, verifiedAt: this.clock(), isReplacement: false };
          const { ids, superfluous } = await keepBlobs(tx, [stored]);
          await this.set(tx, actor, owner, path, {
            sizeBytes,
            sha256,
            contentType,
            blobId: ids.get(sha256)!,
          });
          await this.arrivals.end(tx, arrival);
          return { owner: owner.nodeId, superfluous };
        } catch (error) {
          if (error instanceof StemmaError) refusal = error;
          throw error;
        }
      })
      .catch(async (error) => {
        if (error === refusal) await this.arrivals.giveUp(arrival).catch(() => {}); // It expires.
        throw error;
      });
    // What is not removed now, the orphan sweep finds.
    for (const key of placed.superfluous) await this.store.remove(key).catch(() => {});
    return { owner: placed.owner, fileCount: 1 };
  }

  /** A file, a folder with all that is in it, or all there is. */
  delete(actor: Actor, input: DeleteLoggedFilesInput): Promise<FilesOutcome> {
    const ref = ownerRefOf(input);
    const path = input.path == null ? "" : filePathOf("path", input.path);
    return this.records.verbs.run(actor, "deleteLoggedFiles", input, async (tx) => {
      const owner = await lockOwner(tx, actor, ref);
      const fileCount = await tx.run(
        sql`DELETE FROM logged_file WHERE ownerId = ${owner.nodeId} AND ${isAtOrBelow(path)}`,
      );
      if (fileCount === 0) throw notFound(`${path ? `file ${path}` : "any file"} of ${owner.label}`, "path");
      if (!owner.isOpen) this.record(tx, actor, owner, "file.deleted", { path, fileCount });
      return { owner: owner.nodeId, fileCount };
    });
  }

  private async set(
    tx: Transaction,
    actor: Actor,
    owner: FileOwner,
    path: string,
    file: Pick<LoggedFile, "sizeBytes" | "sha256" | "contentType" | "blobId">,
  ): Promise<void> {
    const [before] = await tx.query<Pick<LoggedFile, "sha256" | "contentType" | "blobId">>(
      sql`SELECT sha256, contentType, blobId FROM logged_file WHERE ownerId = ${owner.nodeId} AND path = ${path}`,
    );
    const { sizeBytes, sha256, contentType, blobId } = file;
    // Who did not hear that it was taken sends it again.
    if (before?.sha256 === sha256 && before.contentType === contentType && before.blobId === blobId) return;
    const now = this.clock();
    if (before) {
      await tx.run(
        sql`UPDATE logged_file SET sizeBytes = ${sizeBytes}, sha256 = ${sha256}, contentType = ${contentType}, blobId = ${blobId},
            loggedAt = ${now}, loggedById = ${actor.node}, purgedAt = NULL
            WHERE ownerId = ${owner.nodeId} AND path = ${path}`,
      );
    } else {
      const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
      const row = { ownerId: owner.nodeId, path, folder, ...file };
      await tx.insert(LoggedFile, [{ ...row, loggedAt: now, loggedById: actor.node, purgedAt: null }]);
    }
    if (owner.isOpen) return;
    const replaced = before ? { replaces: before.sha256 } : {};
    this.record(tx, actor, owner, "file.logged", { path, sizeBytes, sha256, ...replaced });
  }

  private record(
    tx: Transaction,
    actor: Actor,
    { nodeId, experimentId, body: owner }: FileOwner,
    type: string,
    body: Record<string, unknown>,
  ): void {
    const draft = { type, subject: nodeId, container: experimentId };
    this.records.journal.record(tx, actor, { ...draft, body: { ...owner, ...body } });
  }
}
