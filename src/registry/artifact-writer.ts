import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { FileFacts } from "../formats/facts-draft.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import type { Graph, NewNode } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import { listOrDigest } from "../journal/listing.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { filesDigestOf } from "../kernel/paths.ts";
import { keepBlobs } from "../objects/blobs.ts";
import { Artifact, type ContentScan } from "./artifact.entity.ts";
import { mustTakeFiles } from "./artifact.query.ts";
import { type Upload, type UploadFile, UploadState } from "./upload.entity.ts";
import { endUpload } from "./upload.query.ts";
import { setStatus } from "./upload.service.ts";
import { VersionStatus } from "./version.entity.ts";
import type { LockedVersion, VersionService } from "./version.service.ts";

/** An upload's files, and what was found in those that are stored here, by path. */
export interface InspectedFiles {
  files: readonly UploadFile[];
  facts: ReadonlyMap<string, FileFacts>;
}

/** Writes artifacts within a transaction that holds the model's lock: blobs, rows, nodes, the version's digest, one event. */
export class ArtifactWriter {
  constructor(
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly versions: VersionService,
    private readonly clock: Clock,
  ) {}

  /**
   * All of these files are verified, stored already, or elsewhere. Answers keys of bytes that turned out to be stored
   * already: nothing refers to them.
   */
  async write(
    tx: Transaction,
    actor: Actor,
    locked: LockedVersion,
    upload: Upload,
    { files, facts }: InspectedFiles,
  ): Promise<string[]> {
    await mustTakeFiles(tx, locked, files);
    const { blobs, superfluous } = await this.blobsOf(tx, files);
    const nodes = await this.insert(tx, actor, locked, upload, { files, facts, blobs });
    await endUpload(tx, upload, UploadState.COMPLETED);
    await this.record(tx, actor, locked, upload, { files, nodes });
    return superfluous;
  }

  private async blobsOf(tx: Transaction, files: readonly UploadFile[]) {
    const arrived = files.filter(({ storageKey }) => storageKey !== null);
    const verified = arrived.map(({ sha256, sizeBytes, storageKey, verifiedAt, blobId }) => ({
      ...{ sha256, sizeBytes, storageKey: storageKey!, verifiedAt: verifiedAt! },
      isReplacement: blobId !== null,
    }));
    const { ids, superfluous } = await keepBlobs(tx, verified);
    const blobs = files.map(({ blobId, storageKey, sha256 }) =>
      storageKey === null ? blobId : ids.get(sha256)!,
    );
    return { blobs, superfluous };
  }

  /** Answers their nodes, in order of the files. */
  private async insert(
    tx: Transaction,
    actor: Actor,
    { version, model }: LockedVersion,
    { isEvidence }: Upload,
    { files, facts, blobs }: InspectedFiles & { blobs: readonly (number | null)[] },
  ): Promise<number[]> {
    const container = model.nodeId;
    const created = function* (): Iterable<NewNode> {
      for (const { path } of files) yield { kind: "ARTIFACT", label: path, container };
    };
    const nodes = await this.graph.createNodes(tx, created());
    const shared = {
      ...{ versionId: version.nodeId, modelId: model.nodeId, isEvidence },
      ...{ createdAt: this.clock(), createdById: actor.node, purgedAt: null },
    };
    const rows = function* (): Iterable<Partial<Artifact>> {
      for (const [at, file] of files.entries()) {
        const { path, role, isRoleGuessed, sizeBytes, sha256, contentType, uri } = file;
        const { format = null, scan = null, ...contents } = facts.get(path) ?? {};
        yield {
          ...shared,
          nodeId: nodes[at]!,
          path,
          role,
          isRoleGuessed,
          sizeBytes,
          sha256,
          contentType,
          uri,
          blobId: blobs[at]!,
          format,
          scan: scan as ContentScan | null,
          contents: scan === null ? null : contents,
        };
      }
    };
    await tx.insert(Artifact, rows());
    return nodes;
  }

  private async record(
    tx: Transaction,
    actor: Actor,
    { version, model }: LockedVersion,
    { id: upload, isEvidence }: Upload,
    { files, nodes }: { files: readonly UploadFile[]; nodes: readonly number[] },
  ): Promise<void> {
    const digest = filesDigestOf(files);
    if (!isEvidence) {
      await tx.run(
        sql`UPDATE model_version SET digest = ${digest}, sealedAt = ${this.clock()} WHERE id = ${version.nodeId}`,
      );
      await setStatus(tx, version, VersionStatus.READY, null);
    }
    await this.versions.touch(tx, version);
    const edges = isEvidence
      ? await this.graph.propose(
          tx,
          nodes.map((node) => ({ src: version.nodeId, dst: node, type: EdgeType.EVIDENCE })),
        )
      : [];
    const listed = files.map(({ path, role, sizeBytes, sha256 }) => ({ path, role, sizeBytes, sha256 }));
    const recorded = this.journal.record(tx, actor, {
      type: isEvidence ? "evidence.attached" : "bundle.sealed",
      subject: version.nodeId,
      container: model.nodeId,
      body: {
        ...{ version: version.number, upload, digest },
        sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        ...listOrDigest("files", listed),
      },
    });
    this.graph.add(tx, recorded, edges);
  }
}
