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
import { freshKey, keepBlobs, type VerifiedBytes } from "../objects/blobs.ts";
import { writeMeasured } from "../objects/measured-write.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import { type FileOwner, findOwner, lockOwner, type OwnerRef } from "./file-owner.query.ts";
import { LoggedFile } from "./logged-file.entity.ts";
import type { DeleteLoggedFilesInput } from "./logged-file.inputs.ts";
import { isAtOrBelow, mustFitBeside } from "./logged-file.query.ts";
import { ownerRefOf } from "./logged-file.rules.ts";

/** Where a file is to be. */
export interface FilePlace {
  owner: OwnerRef;
  path: string;
}

export type FilesOutcome = { owner: number; fileCount: number };

/** Verbs about files of runs and logged models. */
export class LoggedFileService {
  constructor(
    private readonly db: Database,
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly store: ObjectStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes a file as it comes, and hashes it on its way; one of the same path gives way to it. Nothing is taken before the
   * actor is known to have the right to it. Throws NOT_FOUND, FORBIDDEN, INVALID, CONFLICT, LIMIT, ObjectStoreError.
   */
  async log(
    actor: Actor,
    to: FilePlace,
    came: { bytes: Readable; contentType?: string },
  ): Promise<FilesOutcome> {
    const place = { ...to, path: filePathOf("path", to.path) };
    const contentType = mediaTypeOf("contentType", came.contentType);
    const owner = await findOwner(this.db.read, actor, place.owner);
    await mustFitBeside(this.db.read, owner.nodeId, place.path);
    const storageKey = freshKey();
    const measured = await writeMeasured(this.store, storageKey, { bytes: came.bytes, contentType });
    return this.place(actor, place, contentType, { ...measured, storageKey, verifiedAt: this.clock() });
  }

  /**
   * Makes stored and hashed bytes the file of this path; `also` is written in the same transaction. Bytes that are refused
   * are removed; where the outcome of COMMIT is not known they stay, and the orphan sweep finds them.
   */
  async place(
    actor: Actor,
    place: FilePlace,
    contentType: string,
    stored: Omit<VerifiedBytes, "isReplacement">,
    also: (tx: Transaction) => Promise<void> = async () => {},
  ): Promise<FilesOutcome> {
    try {
      const { superfluous, owner } = await this.db.write(async (tx) => {
        const locked = await lockOwner(tx, actor, place.owner);
        await mustFitBeside(tx, locked.nodeId, place.path);
        const { ids, superfluous } = await keepBlobs(tx, [{ ...stored, isReplacement: false }]);
        const file = { sizeBytes: stored.sizeBytes, sha256: stored.sha256, contentType };
        await this.set(tx, actor, locked, place.path, { ...file, blobId: ids.get(stored.sha256)! });
        await also(tx);
        return { superfluous, owner: locked.nodeId };
      });
      for (const key of superfluous) await this.store.remove(key).catch(() => {}); // The orphan sweep does it then.
      return { owner, fileCount: 1 };
    } catch (error) {
      if (error instanceof StemmaError) await this.store.remove(stored.storageKey).catch(() => {});
      throw error;
    }
  }

  /** A file, a folder with all that is in it, or all there is. */
  delete(actor: Actor, input: DeleteLoggedFilesInput): Promise<FilesOutcome> {
    const ref = ownerRefOf(input);
    const path = input.path == null ? "" : filePathOf("path", input.path);
    return this.verbs.run(actor, "deleteLoggedFiles", input, async (tx) => {
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
    this.journal.record(tx, actor, { ...draft, body: { ...owner, ...body } });
  }
}
