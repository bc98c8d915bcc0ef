import { Semaphore } from "async-mutex";
import type { Database } from "../db/database.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { invalid, notFound, StemmaError } from "../kernel/errors.ts";
import { mediaTypeOf } from "../kernel/media-type.ts";
import { filePathOf } from "../kernel/paths.ts";
import { measure } from "../objects/hashing.ts";
import { unlessMissing } from "../objects/missing.ts";
import type { FreeParts, ObjectStore, SentPart, SignedRequest } from "../objects/object-store.ts";
import { mostParts } from "../objects/parts.rules.ts";
import type { FileArrivals } from "./file-arrivals.ts";
import { findOwner, type OwnerRef } from "./file-owner.query.ts";
import type { LoggedFileUpload } from "./logged-file.entity.ts";
import { mustFitBeside } from "./logged-file.query.ts";
import type { FilePlace, FilesOutcome, LoggedFileService } from "./logged-file.service.ts";

/** Parts to send, straight to the object store. */
export interface BegunUpload {
  id: string;
  /** The first is part 1. */
  parts: SignedRequest[];
}

const urlMillis = 24 * 3600 * 1_000;
const hashedAtOnce = 4;

/**
 * Verbs about files of runs and logged models that come in parts, straight to the object store: the server signs for
 * each part, and reads the whole once it is there, to hash it.
 */
export class LoggedFileUploadService {
  /** Of this process, by upload: who asks again meanwhile waits for the same hashing. */
  private readonly hashing = new Map<string, Promise<FilesOutcome>>();
  /** Hashing takes the processor. */
  private readonly turns = new Semaphore(hashedAtOnce);

  constructor(
    private readonly db: Database,
    private readonly store: ObjectStore,
    private readonly arrivals: FileArrivals,
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
    const freeParts = this.mustSign();
    const { id, storageKey, ticket } = await this.arrivals.open(actor, owner, { path, contentType }, (key) =>
      freeParts.begin(key, contentType),
    );
    const expiresAt = this.clock() + urlMillis;
    const parts: SignedRequest[] = [];
    for (let number = 1; number <= partCount; number++) {
      parts.push(await freeParts.sign({ key: storageKey, ticket }, number, expiresAt));
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
    const work = this.turns
      .runExclusive(() => this.completeAlone(actor, to.owner, upload, parts))
      .finally(() => this.hashing.delete(id));
    this.hashing.set(id, work);
    return work;
  }

  /** Throws NOT_FOUND. */
  async abort(actor: Actor, to: FilePlace, id: string): Promise<void> {
    const upload = await this.find(actor, to, id);
    if (upload.completedAt === null) await this.arrivals.giveUp(upload);
  }

  private async completeAlone(
    actor: Actor,
    owner: OwnerRef,
    upload: LoggedFileUpload,
    parts: readonly SentPart[],
  ): Promise<FilesOutcome> {
    const { id, storageKey, ticket } = upload;
    const found = await unlessMissing(async () => {
      await this.mustSign().commit({ key: storageKey, ticket }, parts);
      return measure(this.store, storageKey);
    });
    if (found) return this.files.place(actor, owner, upload, found);
    // Another process may have made them the file meanwhile, and found that these bytes were there already.
    const now = await this.arrivals.find(id);
    if (now?.completedAt != null) return { owner: upload.ownerId, fileCount: 1 };
    throw invalid("parts", "parts that have all been sent, each with the ETag it got", parts.length);
  }

  private mustSign(): FreeParts {
    if (this.store.freeParts) return this.store.freeParts;
    throw new StemmaError("UNAVAILABLE", "the object store signs for no parts");
  }

  private async find(actor: Actor, { owner: ref, path }: FilePlace, id: string): Promise<LoggedFileUpload> {
    const owner = await findOwner(this.db.read, actor, ref);
    const upload = await this.arrivals.find(id);
    if (upload?.ownerId === owner.nodeId && upload.path === filePathOf("path", path)) return upload;
    throw notFound(`upload ${id} of ${path}`, "uploadId");
  }
}
