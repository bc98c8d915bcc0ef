import { type Sql, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { guessRole } from "../formats/role.rules.ts";
import type { Actor } from "../kernel/actor.ts";
import { conflict, invalid, notFound, overLimit } from "../kernel/errors.ts";
import { filePathOf, inOrderOfPaths, mustFitInOneFolder, nameInPath } from "../kernel/paths.ts";
import { mustWithin } from "../tracking/guarding.ts";
import { isAtOrBelow } from "../tracking/logged-file.query.ts";
import type { LoggedModelService } from "../tracking/logged-model.service.ts";
import type { RunService } from "../tracking/run.service.ts";
import { ArtifactRole } from "./artifact.entity.ts";
import { type AnnouncedFile, mostFiles } from "./bundle.rules.ts";
import type { Model } from "./model.entity.ts";
import type { Told } from "./registration.rules.ts";
import { type HeldFiles, liveBlobs, type UploadService } from "./upload.service.ts";
import type { UploadVerifier } from "./upload-verifier.ts";
import type { BundleFromInput } from "./version.inputs.ts";
import { findWithModel } from "./version.query.ts";
import { readFixedRef } from "./version.rules.ts";
import type { LockedVersion } from "./version.service.ts";

const field = "bundleFrom";

interface StoredFile extends AnnouncedFile {
  blobId: number | null;
}

interface Found {
  stored: StoredFile[];
  /** What the version is said to be whose bundle it is; null where these are files of a run or a logged model. */
  facts: Told | null;
}

/**
 * Takes files that the registry holds already as a new version's bundle: the paths and digests they have in that
 * transaction. What becomes of a run's files later does not change them, since bytes at a key never change.
 */
export class BundleSnapshot {
  constructor(
    private readonly runs: RunService,
    private readonly loggedModels: LoggedModelService,
    private readonly uploads: UploadService,
    private readonly verifier: UploadVerifier,
    /** Told of what went wrong where nobody waits for it. */
    private readonly onFault: (error: unknown) => void,
  ) {}

  /**
   * What is to be taken, locked; before anything of the version is written. Throws FORBIDDEN, NOT_FOUND, INVALID, LIMIT,
   * CONFLICT where bytes are gone.
   */
  async find(
    tx: Transaction,
    actor: Actor,
    model: Model,
    from: BundleFromInput,
  ): Promise<HeldFiles & Pick<Found, "facts">> {
    actor.must("artifact:upload", model.name);
    const { stored, facts } = await this.filesOf(tx, actor, from);
    const files = inOrderOfPaths(stored.map(({ blobId: _, ...file }) => file));
    mustFitInOneFolder(files.map(({ path }) => path));
    const seen = stored.flatMap(({ sha256, blobId }) => (blobId === null ? [] : [[sha256, blobId] as const]));
    const blobs = await liveBlobs(tx, new Map(seen));
    const lost = files.find(({ sha256, uri }) => uri === null && !blobs.has(sha256));
    if (!lost) return { files, blobs, facts };
    throw conflict(`${field}: the bytes of ${lost.path} are kept no more, or were found to be others`, field);
  }

  /** The upload by which they come. */
  take(tx: Transaction, actor: Actor, locked: LockedVersion, found: HeldFiles): Promise<number> {
    return this.uploads.takeStored(tx, actor, locked, found);
  }

  /** Has the files looked at and the bundle sealed; what keeps it from being sealed stands in the version's status. */
  async settle(upload: number): Promise<void> {
    // The version is registered, whatever comes of this: others go on with it.
    await this.verifier.settle(upload).catch(this.onFault);
  }

  private async filesOf(tx: Transaction, actor: Actor, from: BundleFromInput): Promise<Found> {
    const { runId, loggedModelId, version } = from;
    if ([runId, loggedModelId, version].filter((named) => named != null).length !== 1) {
      throw invalid(field, "one of runId, loggedModelId and version", from);
    }
    if (version != null) return this.ofVersion(tx, actor, version);
    const path = from.path ? filePathOf(`${field}.path`, from.path) : "";
    const owner = await (runId != null
      ? this.runs.find(tx, actor, runId)
      : this.loggedModels.find(tx, actor, loggedModelId!));
    const name = runId != null ? `run ${runId}` : `logged model ${loggedModelId}`;
    if (!owner) throw notFound(name, `${field}.${runId != null ? "runId" : "loggedModelId"}`);
    await mustWithin(tx, actor, "artifact:download", [{ container: owner.experimentId }]);
    const rows = await tx.query<Omit<StoredFile, "role" | "isRoleGuessed" | "uri">>(
      sql`SELECT path, sizeBytes, sha256, contentType, blobId FROM logged_file
          WHERE ownerId = ${owner.nodeId} AND ${isAtOrBelow(path)} LIMIT ${mostFiles + 1}`,
    );
    if (rows.length === 0) throw notFound(`file or folder ${path} of ${name}`, `${field}.path`);
    if (rows.length > mostFiles) throw overLimit(`${field}: at most ${mostFiles} files`, field);
    const within = rows.map((row) => ({ ...row, path: pathWithin(path, row.path) }));
    const stored = within.map((file) => ({
      ...file,
      ...{ role: ArtifactRole[guessRole(file.path)], isRoleGuessed: true, uri: null },
    }));
    return { stored, facts: null };
  }

  /** The bundle of another version, with its roles, and what that one is said to be to who may read it. */
  private async ofVersion(tx: Transaction, actor: Actor, version: string): Promise<Found> {
    const ref = readFixedRef(version, `${field}.version`);
    const absent = () => notFound(`model version ${version}`, `${field}.version`);
    const found = await findWithModel(tx, ref);
    if (!found) throw absent();
    actor.must("artifact:download", found.model.name, absent);
    if (found.version.digest === null) throw conflict(`${field}: version ${version} has no bundle`, field);
    const isInBundle: Sql = sql`versionId = ${found.version.nodeId} AND isEvidence = ${false}`;
    const rows = await tx.query<StoredFile>(
      sql`SELECT path, role, isRoleGuessed, sizeBytes, sha256, contentType, blobId, uri FROM artifact WHERE ${isInBundle}`,
    );
    const stored = rows.map((file) => ({ ...file, isRoleGuessed: Boolean(file.isRoleGuessed) }));
    return { stored, facts: actor.may("registry:read", found.model.name) ? found.version : {} };
  }
}

/** Within the folder; of a single file, its name. */
function pathWithin(folder: string, path: string): string {
  if (folder === "") return path;
  return path === folder ? nameInPath(path) : path.slice(folder.length + 1);
}
