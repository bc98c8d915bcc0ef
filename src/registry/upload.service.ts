import { among, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Graph } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { conflict, notFound, StemmaError } from "../kernel/errors.ts";
import { nodeOf } from "../kernel/ids.ts";
import { instanceOf } from "../kernel/node.ts";
import { filesDigestOf } from "../kernel/paths.ts";
import { freshKeyFor, lockBlobs } from "../objects/blobs.ts";
import { mustTakeFiles } from "./artifact.query.ts";
import { type AnnouncedFile, announcedFilesOf, announcementDigestOf } from "./bundle.rules.ts";
import { modelColumns, modelOfRow } from "./model.query.ts";
import { Upload, UploadFile, UploadState } from "./upload.entity.ts";
import type { AbortUploadInput, CompleteUploadInput, CreateUploadInput } from "./upload.inputs.ts";
import { endUpload, lockUpload, readableBlobs, uploadsWhere, wasLive } from "./upload.query.ts";
import { type ModelVersion, VersionStatus } from "./version.entity.ts";
import { findByRef } from "./version.query.ts";
import type { LockedVersion, VersionService } from "./version.service.ts";

/** What the verbs about uploads answer. */
export type UploadOutcome = { upload: number };

/** What rooms above know that keeps a version from taking files. Throws CONFLICT. */
export type BundleGuard = (tx: Transaction, locked: LockedVersion) => Promise<void>;

const keptMillis = 7 * 24 * 3600 * 1_000;

/** Verbs about uploads; what arrived is verified by `upload-verifier.ts`. */
export class UploadService {
  private readonly guards: BundleGuard[] = [];

  constructor(
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly versions: VersionService,
    private readonly clock: Clock,
  ) {
    versions.onDelete((tx, _actor, version) => this.abortAll(tx, version));
  }

  guardBundles(guard: BundleGuard): void {
    this.guards.push(guard);
  }

  create(actor: Actor, input: CreateUploadInput): Promise<UploadOutcome> {
    const files = announcedFilesOf(input.files);
    const isEvidence = input.isEvidence ?? false;
    const filesDigest = announcementDigestOf(files, isEvidence);
    return this.verbs.run(actor, "createUpload", input, async (tx) => {
      const locked = await this.versions.lockFor(tx, actor, "artifact:upload", input.version);
      const open = await unendedUploads(tx, locked.version);
      const same = open.find((upload) => upload.filesDigest === filesDigest);
      if (same) return { upload: same.nodeId };
      if (!isEvidence) await this.mustTakeBundle(tx, locked, open);
      await mustTakeFiles(tx, locked, files);
      // Nothing has to be sent of what he may download somewhere.
      const known = await liveBlobs(tx, await readableBlobs(tx, actor, files));
      const upload = await this.insert(tx, actor, locked, { files, filesDigest, isEvidence }, known);
      await this.tellOpened(tx, actor, locked, upload, files);
      return { upload: upload.nodeId };
    });
  }

  /**
   * Files that the registry holds already become the bundle of a version that was made in this transaction: nothing is
   * sent, and what is there is to be looked at. The event of its registration tells of it. Answers the upload's node.
   */
  async takeStored(
    tx: Transaction,
    actor: Actor,
    locked: LockedVersion,
    { files, blobs }: HeldFiles,
  ): Promise<number> {
    const announced = { files, filesDigest: announcementDigestOf(files, false), isEvidence: false };
    const upload = await this.insert(tx, actor, locked, announced, blobs);
    await this.beComplete(tx, actor, locked, upload);
    return upload.nodeId;
  }

  /** Everything has been sent, says the sender: what is there is to be verified. A completed one stays so. */
  complete(actor: Actor, input: CompleteUploadInput): Promise<UploadOutcome> {
    return this.verbs.run(actor, "completeUpload", input, async (tx) => {
      const { upload, locked } = await this.lockFor(tx, actor, input.upload);
      if (upload.state === UploadState.ABORTED) throw conflict(`upload ${upload.id} was aborted`, "upload");
      if (upload.state !== UploadState.OPEN) return { upload: upload.nodeId };
      await this.beComplete(tx, actor, locked, upload);
      return { upload: upload.nodeId };
    });
  }

  private async beComplete(
    tx: Transaction,
    actor: Actor,
    { model }: LockedVersion,
    { nodeId }: Upload,
  ): Promise<void> {
    await tx.run(
      sql`UPDATE upload SET state = ${UploadState.VERIFYING}, completedById = ${actor.node}, leasedUntil = NULL,
          attempts = 0, takesCard = ${actor.may("version:write", model.name)}, message = NULL WHERE id = ${nodeId}`,
    );
  }

  abort(actor: Actor, input: AbortUploadInput): Promise<UploadOutcome> {
    return this.verbs.run(actor, "abortUpload", input, async (tx) => {
      const { upload, locked } = await this.lockFor(tx, actor, input.upload);
      if (upload.state === UploadState.ABORTED) return { upload: upload.nodeId };
      this.mustBeIdle(upload);
      await this.abortIn(tx, actor, locked, upload);
      return { upload: upload.nodeId };
    });
  }

  /** One that nobody can verify, for want of the store, is given up as one that is open. */
  private mustBeIdle({ id, state, leasedUntil, message }: Upload): void {
    if (state === UploadState.OPEN) return;
    if (state === UploadState.COMPLETED) {
      throw conflict(`upload ${id} is COMPLETED; only one that is not can be aborted`, "upload");
    }
    if (leasedUntil === null || leasedUntil < this.clock() || message !== null) return;
    throw conflict(`upload ${id} is VERIFYING: it is being hashed; see what comes of it first`, "upload");
  }

  /**
   * Gives up one upload that nobody has completed for too long, of a version or a model that was deleted, too; null where
   * there is none.
   */
  async abortExpired(system: Actor): Promise<UploadOutcome | null> {
    const outcome = await this.verbs.run(system, "abortUpload", {}, async (tx) => {
      const now = this.clock();
      const isFree = sql`(u.leasedUntil IS NULL OR u.leasedUntil < ${now})`;
      const isIdle = sql`(u.state = ${UploadState.OPEN} OR (u.state = ${UploadState.VERIFYING} AND ${isFree}))`;
      const [seen] = await uploadsWhere(tx, [isIdle, sql`u.expiresAt < ${now}`], 1);
      if (!seen) return { upload: 0 };
      const [model] = await tx.lock<object>(
        sql`SELECT ${modelColumns} FROM model m WHERE m.id = ${seen.modelId}`,
      );
      const version = await findByRef(tx, { by: "id", node: seen.versionId });
      const upload = await lockUpload(tx, seen.nodeId);
      if (upload.state !== seen.state || upload.leasedUntil !== seen.leasedUntil)
        return { upload: upload.nodeId };
      await this.abortIn(tx, system, { model: modelOfRow(model!), version: version! }, upload);
      return { upload: upload.nodeId };
    });
    return outcome.upload === 0 ? null : outcome;
  }

  private async abortIn(tx: Transaction, actor: Actor, locked: LockedVersion, upload: Upload): Promise<void> {
    await endUpload(tx, upload, UploadState.ABORTED);
    if (!upload.isEvidence) await setStatus(tx, locked.version, VersionStatus.READY, null);
    await this.versions.touch(tx, locked.version);
    const body = { version: locked.version.number, upload: upload.id };
    this.record(tx, actor, locked, "upload.aborted", body);
  }

  private async lockFor(
    tx: Transaction,
    actor: Actor,
    id: string,
  ): Promise<{ upload: Upload; locked: LockedVersion }> {
    const node = nodeOf(id, "upload", "UPLOAD");
    const absent = () => notFound(`upload ${id}`, "upload");
    const [seen] = await uploadsWhere(tx, [sql`u.id = ${node}`]);
    if (!seen) throw absent();
    // Of one whose version is gone nobody learns more than of none: the version may be hidden.
    const locked = await this.versions.lock(tx, { by: "id", node: seen.versionId }).catch((error) => {
      throw error instanceof StemmaError && error.code === "NOT_FOUND" ? absent() : error;
    });
    actor.must("artifact:upload", locked.model.name, absent);
    return { upload: await lockUpload(tx, node), locked };
  }

  private async mustTakeBundle(
    tx: Transaction,
    locked: LockedVersion,
    open: readonly Upload[],
  ): Promise<void> {
    const { version, model } = locked;
    const name = `${model.name}/${version.number}`;
    if (version.digest !== null) {
      throw conflict(`version ${name} has its bundle, which is sealed; register another version`, "version");
    }
    const rival = open.find(({ isEvidence }) => !isEvidence);
    if (rival) {
      const what = `upload ${rival.id} of other files of ${name} is ${rival.state}`;
      throw conflict(`${what}; complete or abort it first`, "version");
    }
    if (version.status !== VersionStatus.READY) {
      throw conflict(
        `version ${name} is ${version.status}, so it takes no bundle; register another`,
        "version",
      );
    }
    if (await wasLive(tx, version)) {
      throw conflict(`version ${name} is or was live, so it takes no bundle; register another`, "version");
    }
    for (const guard of this.guards) await guard(tx, locked);
  }

  private async insert(
    tx: Transaction,
    actor: Actor,
    locked: LockedVersion,
    { files, filesDigest, isEvidence }: Announcement,
    known: ReadonlyMap<string, number>,
  ): Promise<Upload> {
    const { version, model } = locked;
    const label = `upload for ${version.number}`;
    const node = { kind: "UPLOAD" as const, label, container: model.nodeId };
    const [nodeId] = await this.graph.createNodes(tx, [node]);
    const now = this.clock();
    const row = {
      ...{ nodeId: nodeId!, versionId: version.nodeId, modelId: model.nodeId, isEvidence, filesDigest },
      ...{ state: UploadState.OPEN, openKey: isEvidence ? null : `bundle ${version.nodeId}` },
      ...{ createdAt: now, createdById: actor.node, expiresAt: now + keptMillis },
      ...{ completedById: null, leasedUntil: null, attempts: 0, takesCard: false, message: null },
    };
    await tx.insert(Upload, [row]);
    await tx.insert(UploadFile, fileRowsOf(nodeId!, files, known));
    const upload = instanceOf(Upload, row);
    if (!isEvidence) {
      const message = `its files are on their way: upload ${upload.id}`;
      await setStatus(tx, version, VersionStatus.PENDING, message);
    }
    return upload;
  }

  private async tellOpened(
    tx: Transaction,
    actor: Actor,
    locked: LockedVersion,
    upload: Upload,
    files: readonly AnnouncedFile[],
  ): Promise<void> {
    const { version } = locked;
    await this.versions.touch(tx, version);
    this.record(tx, actor, locked, "upload.opened", {
      ...{ version: version.number, upload: upload.id, fileCount: files.length },
      ...{ isEvidence: upload.isEvidence, digest: filesDigestOf(files) },
      sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    });
  }

  /** With the version go its uploads; the event that tells of its end tells of theirs. */
  private async abortAll(tx: Transaction, version: ModelVersion): Promise<void> {
    for (const upload of await unendedUploads(tx, version)) {
      await endUpload(tx, upload, UploadState.ABORTED);
    }
  }

  private record(
    tx: Transaction,
    actor: Actor,
    { version, model }: LockedVersion,
    type: string,
    body: Record<string, unknown>,
  ): void {
    this.journal.record(tx, actor, { type, subject: version.nodeId, container: model.nodeId, body });
  }
}

interface Announcement {
  files: readonly AnnouncedFile[];
  filesDigest: string;
  isEvidence: boolean;
}

/** Files whose bytes the registry has, or knows to be elsewhere; the blobs by digest, locked. */
export interface HeldFiles {
  files: readonly AnnouncedFile[];
  blobs: ReadonlyMap<string, number>;
}

/** Of these blobs by digest, those that are still there, locked: none is given up before this upload refers to it. */
export async function liveBlobs(
  tx: Transaction,
  seen: ReadonlyMap<string, number>,
): Promise<Map<string, number>> {
  const locked = await lockBlobs(tx, [...seen.keys()]);
  // One that was given up since it was read is not among them: its bytes are to be sent anew.
  const still = locked.filter(({ id, sha256, corruptAt }) => seen.get(sha256) === id && corruptAt === null);
  return new Map(still.map(({ id, sha256 }) => [sha256, id]));
}

function unendedUploads(tx: Transaction, { nodeId }: ModelVersion): Promise<Upload[]> {
  const states = [UploadState.OPEN, UploadState.VERIFYING];
  return uploadsWhere(tx, [sql`u.versionId = ${nodeId}`, among(sql`u.state`, states)]);
}

/** Nothing is to be sent for bytes that are there, and for those that lie elsewhere. */
function* fileRowsOf(
  uploadId: number,
  files: readonly AnnouncedFile[],
  known: ReadonlyMap<string, number>,
): Iterable<Partial<UploadFile>> {
  for (const [position, file] of files.entries()) {
    const blobId = known.get(file.sha256) ?? null;
    const isSent = blobId === null && file.uri === null;
    const storageKey = isSent ? freshKeyFor(file.sha256) : null;
    yield { ...file, uploadId, position, blobId, storageKey, ticket: null, message: null, verifiedAt: null };
  }
}

/** A bundle's status: PENDING while it is on its way. */
export async function setStatus(
  tx: Transaction,
  { nodeId }: ModelVersion,
  status: VersionStatus,
  message: string | null,
): Promise<void> {
  await tx.run(
    sql`UPDATE model_version SET status = ${status}, statusMessage = ${message} WHERE id = ${nodeId}`,
  );
}
