import { randomBytes } from "node:crypto";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { invalid, notFound, StemmaError } from "../kernel/errors.ts";
import { mediaTypeOf } from "../kernel/media-type.ts";
import { filePathOf } from "../kernel/paths.ts";
import { freshKey } from "../objects/blobs.ts";
import { measure } from "../objects/hashing.ts";
import { unlessMissing } from "../objects/missing.ts";
import type { FreeParts, ObjectStore, SentPart, SignedRequest } from "../objects/object-store.ts";
import { mostParts } from "../objects/parts.rules.ts";
import { findOwner } from "./file-owner.query.ts";
import { LoggedFileUpload } from "./logged-file.entity.ts";
import { mustFitBeside } from "./logged-file.query.ts";
import type { FilePlace, FilesOutcome, LoggedFileService } from "./logged-file.service.ts";

/** Parts to send, straight to the object store. */
export interface BegunUpload {
  id: string;
  /** The first is part 1. */
  parts: SignedRequest[];
}

const keptMillis = 24 * 3600 * 1_000;

/**
 * Verbs about files of runs and logged models that come in parts, straight to the object store: the server signs for
 * each part, and reads the whole once it is there, to hash it.
 */
export class LoggedFileUploadService {
  /** Of this process, by upload: who asks again meanwhile waits for the same hashing. */
  private readonly hashing = new Map<string, Promise<FilesOutcome>>();

  constructor(
    private readonly db: Database,
    private readonly store: ObjectStore,
    private readonly files: LoggedFileService,
    private readonly clock: Clock,
  ) {}

  /** Whether the store signs for parts of which nobody told the size. */
  get isPossible(): boolean {
    return this.store.freeParts !== null;
  }

  /** Throws NOT_FOUND, FORBIDDEN, INVALID, CONFLICT, ObjectStoreError. */
  async begin(
    actor: Actor,
    to: FilePlace,
    { partCount, contentType: told }: { partCount: number; contentType?: string },
  ): Promise<BegunUpload> {
    const path = filePathOf("path", to.path);
    const contentType = mediaTypeOf("contentType", told);
    if (!(partCount >= 1 && partCount <= mostParts)) throw invalid("partCount", `1–${mostParts}`, partCount);
    const owner = await findOwner(this.db.read, actor, to.owner);
    await mustFitBeside(this.db.read, owner.nodeId, path);
    const storageKey = freshKey();
    const freeParts = this.mustSign();
    const ticket = await freeParts.begin(storageKey, contentType);
    const id = randomBytes(16).toString("hex");
    const expiresAt = this.clock() + keptMillis;
    const row = { id, ownerId: owner.nodeId, path, contentType, storageKey, ticket, expiresAt };
    await this.db.write((tx) =>
      tx.insert(LoggedFileUpload, [{ ...row, createdById: actor.node, completedAt: null }]),
    );
    const arriving = { key: storageKey, ticket };
    const parts: SignedRequest[] = [];
    for (let number = 1; number <= partCount; number++) {
      parts.push(await freeParts.sign(arriving, number, expiresAt));
    }
    return { id, parts };
  }

  /**
   * Puts the parts together, hashes them where they are stored, and makes them the file. Who completes it again finds it
   * done. Throws NOT_FOUND, FORBIDDEN, INVALID where a part is missing, CONFLICT, ObjectStoreError.
   */
  async complete(actor: Actor, to: FilePlace, id: string, parts: readonly SentPart[]): Promise<FilesOutcome> {
    const upload = await this.find(actor, to, id);
    if (upload.completedAt !== null) return { owner: upload.ownerId, fileCount: 1 };
    const underway = this.hashing.get(id);
    if (underway) return underway;
    const work = this.completeAlone(actor, to, upload, parts).finally(() => this.hashing.delete(id));
    this.hashing.set(id, work);
    return work;
  }

  /** Throws NOT_FOUND. */
  async abort(actor: Actor, to: FilePlace, id: string): Promise<void> {
    const upload = await this.find(actor, to, id);
    if (upload.completedAt === null) await this.giveUp(upload);
  }

  /** Gives up what nobody completed in time; how many. */
  async abortExpired(): Promise<number> {
    const expired = await this.db.read.query<LoggedFileUpload>(
      sql`SELECT * FROM logged_file_upload WHERE expiresAt < ${this.clock()} ORDER BY expiresAt LIMIT 1000`,
    );
    for (const upload of expired) await this.giveUp(upload);
    return expired.length;
  }

  private async completeAlone(
    actor: Actor,
    { owner }: FilePlace,
    { id, path, contentType, storageKey, ticket }: LoggedFileUpload,
    parts: readonly SentPart[],
  ): Promise<FilesOutcome> {
    const found = await unlessMissing(async () => {
      await this.mustSign().commit({ key: storageKey, ticket }, parts);
      return measure(this.store, storageKey);
    });
    if (!found)
      throw invalid("parts", "parts that have all been sent, each with the ETag it got", parts.length);
    const now = this.clock();
    const stored = { ...found, storageKey, verifiedAt: now };
    return this.files.place(actor, { owner, path }, contentType, stored, async (tx) => {
      await tx.run(sql`UPDATE logged_file_upload SET completedAt = ${now} WHERE id = ${id}`);
    });
  }

  private mustSign(): FreeParts {
    if (this.store.freeParts) return this.store.freeParts;
    throw new StemmaError("UNAVAILABLE", "the object store signs for no parts");
  }

  private async find(actor: Actor, { owner: ref, path }: FilePlace, id: string): Promise<LoggedFileUpload> {
    const owner = await findOwner(this.db.read, actor, ref);
    const [upload] = await this.db.read.query<LoggedFileUpload>(
      sql`SELECT * FROM logged_file_upload WHERE id = ${id}`,
    );
    const isThat = upload?.ownerId === owner.nodeId && upload.path === filePathOf("path", path);
    if (!isThat) throw notFound(`upload ${id} of ${path}`, "uploadId");
    return upload;
  }

  /** First what is stored: with the row its ticket would be lost. */
  private async giveUp({ id, storageKey, ticket, completedAt }: LoggedFileUpload): Promise<void> {
    if (completedAt === null) await this.store.freeParts?.abort({ key: storageKey, ticket });
    await this.db.write((tx) => tx.run(sql`DELETE FROM logged_file_upload WHERE id = ${id}`));
  }
}
