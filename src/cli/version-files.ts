// Files of imported versions: from the MLflow server that has them to the registry.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uploadFiles } from "../client/bundle-upload.ts";
import type { StemmaClient } from "../client/client.ts";
import { gql } from "../client/document.ts";
import { FileError, StemmaClientError } from "../client/errors.ts";
import { digestsOf } from "../client/file-digests.ts";
import type { ImportBatch, ImportedVersion } from "../client/import-batch.ts";
import { localFilesAt } from "../client/local-files.ts";
import type { MlflowServer } from "../client/mlflow-server.ts";
import type { TransferOptions } from "../client/paged-transfers.ts";
import { FewNotes } from "./printing.ts";
import { bringToStage } from "./push-stage.ts";
import { versionAt } from "./push-version.ts";
import { fetchAll, placeOf } from "./sources/mlflow-artifacts.ts";

export const movedDocument = gql`
  query MovedVersion($id: ID!) {
    node(id: $id) {
      ... on ModelVersion {
        transitions(first: 1) {
          nodes {
            at
          }
        }
        requests {
          id
        }
      }
    }
  }
`;

/** What one version lacks is told; the next one is taken over. */
const ofOneVersion = new Set([
  "UNSAFE_PATH",
  "INVALID",
  "MLFLOW_UNREADABLE",
  "RESOURCE_DOES_NOT_EXIST",
  "CONFLICT",
  "REFUSED_BY_POLICY",
]);

/**
 * Takes over the files of versions that have none here. A version takes none once it has been live: so each comes without
 * its stage, gets its files, and then moves there by the rules that hold here.
 */
export class VersionFiles {
  filled = 0;
  fileCount = 0;
  sentBytes = 0;
  private readonly notes = new FewNotes();

  constructor(
    private readonly server: MlflowServer,
    private readonly client: StemmaClient,
    private readonly options: TransferOptions,
  ) {}

  /** A batch as it is to be sent: its versions without the stages that they go to later. */
  before(batch: ImportBatch): ImportBatch {
    if (!batch.versions) return batch;
    const versions = batch.versions.map(({ stage, ...version }) => version);
    return { ...batch, versions };
  }

  /** Once a batch is in: fills its versions, and moves them. */
  async after({ versions = [] }: ImportBatch): Promise<void> {
    for (const version of versions) if (version.deletedAt === undefined) await this.bring(version);
  }

  private async bring(imported: ImportedVersion): Promise<void> {
    const { model, number, stage } = imported;
    const held = await versionAt(this.client, model, String(number));
    try {
      if (held.digest === null) await this.fill(imported, held.id);
      if (stage !== undefined && !(await this.hasMoved(held.id)))
        await bringToStage(this.client, held.id, stage, `${held.id} ${stage} imported`);
    } catch (error) {
      if (!(error instanceof StemmaClientError) || !ofOneVersion.has(error.code)) throw error;
      this.notes.tell(`${model}/${number}`, `it stays where it is, not in ${stage}: ${error.message}`);
    }
  }

  private async hasMoved(id: string): Promise<boolean> {
    const { node } = await this.client.query<{
      node: { transitions: { nodes: unknown[] }; requests: unknown[] } | null;
    }>(movedDocument, { id });
    return !node || node.transitions.nodes.length > 0 || node.requests.length > 0;
  }

  private async fill(imported: ImportedVersion, id: string): Promise<void> {
    const name = `${imported.model}/${imported.number}`;
    const folder = await mkdtemp(join(tmpdir(), "stemma-import-"));
    try {
      const trouble = await this.take(imported, id, folder);
      if (trouble !== null) this.notes.tell(name, trouble);
    } catch (error) {
      const isOfThis =
        error instanceof FileError || (error instanceof StemmaClientError && ofOneVersion.has(error.code));
      if (!isOfThis) throw error;
      this.notes.tell(name, `its files are left out: ${error.message}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Answers why there is nothing to take. */
  private async take(imported: ImportedVersion, id: string, folder: string): Promise<string | null> {
    const place = await placeOf(this.server, versionThereOf(imported));
    if (typeof place === "string") return place;
    if ((await fetchAll(this.server, place, folder, this.options)) === 0)
      return "the server has no files of it";
    const { files } = await localFilesAt([folder]);
    const { sentBytes } = await uploadFiles(this.client, id, await digestsOf(files), this.options);
    this.filled++;
    this.fileCount += files.length;
    this.sentBytes += sentBytes;
    return null;
  }
}

/** The version under its name there, which `externalId` keeps. */
function versionThereOf({ externalId, number, source, runId, loggedModelId }: ImportedVersion) {
  const name = externalId.slice("mlflow:".length, externalId.lastIndexOf("/"));
  return {
    ...{ model: name, version: String(number), source: source ?? null },
    ...{ runId: runId ?? null, modelId: loggedModelId ?? null },
  };
}
