// Files of imported versions: from the MLflow server that has them to the registry.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uploadFiles } from "../client/bundle-upload.ts";
import type { StemmaClient } from "../client/client.ts";
import { FileError, StemmaClientError } from "../client/errors.ts";
import { digestsOf } from "../client/file-digests.ts";
import type { ImportBatch, ImportedVersion } from "../client/import-batch.ts";
import { localFilesAt } from "../client/local-files.ts";
import type { MlflowServer } from "../client/mlflow-server.ts";
import type { TransferOptions } from "../client/paged-transfers.ts";
import { note, printable } from "./printing.ts";
import { versionAt } from "./push-version.ts";
import { fetchAll, placeOf } from "./sources/mlflow-artifacts.ts";

/** What one version lacks is told; the next one is taken over. */
const ofOneVersion = new Set(["UNSAFE_PATH", "INVALID", "MLFLOW_UNREADABLE", "RESOURCE_DOES_NOT_EXIST"]);

const mostTold = 20;

/** Takes over the files of versions that have none here. */
export class VersionFiles {
  filled = 0;
  fileCount = 0;
  sentBytes = 0;
  private told = 0;

  constructor(
    private readonly server: MlflowServer,
    private readonly client: StemmaClient,
    private readonly options: TransferOptions,
  ) {}

  /** Once a batch is in: fills its versions. */
  async after({ versions = [] }: ImportBatch): Promise<void> {
    for (const version of versions) if (version.deletedAt === undefined) await this.fill(version);
  }

  private async fill(imported: ImportedVersion): Promise<void> {
    const name = `${imported.model}/${imported.number}`;
    const held = await versionAt(this.client, imported.model, String(imported.number));
    if (held.digest !== null) return;
    const folder = await mkdtemp(join(tmpdir(), "stemma-import-"));
    try {
      const trouble = await this.take(imported, held.id, folder);
      if (trouble !== null) this.tell(name, trouble);
    } catch (error) {
      const isOfThis =
        error instanceof FileError || (error instanceof StemmaClientError && ofOneVersion.has(error.code));
      if (!isOfThis) throw error;
      this.tell(name, `its files are left out: ${error.message}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private tell(name: string, trouble: string): void {
    if (++this.told <= mostTold) note(`note: ${printable(`${name}: ${trouble}`)}`);
    else if (this.told === mostTold + 1) note("note: … and more like these");
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
