// Files of imported runs and logged models: from the MLflow server that has them to the registry's own artifact proxy.
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StemmaClient } from "../client/client.ts";
import { gql } from "../client/document.ts";
import { StemmaClientError } from "../client/errors.ts";
import type { ImportBatch } from "../client/import-batch.ts";
import { loggedFilesOf } from "../client/logged-files.ts";
import { type MlflowServer, urlPathOf } from "../client/mlflow-server.ts";
import type { PatienceOptions } from "../client/patience.ts";
import { FewNotes } from "./printing.ts";
import {
  fetchFile,
  filesAt,
  loggedModelPlace,
  type Place,
  proxyPath,
  runPlace,
} from "./sources/mlflow-artifacts.ts";

export const importedRunDocument = gql`
  query ImportedRun($name: String!) {
    holder: run(runId: $name) {
      id
      experiment {
        experimentId
      }
    }
  }
`;

export const importedLoggedModelDocument = gql`
  query ImportedLoggedModel($name: String!) {
    holder: loggedModel(modelId: $name) {
      id
      experiment {
        experimentId
      }
    }
  }
`;

/** What one run lacks is told; the next one is taken over. */
const ofOneHolder = new Set([
  "UNSAFE_PATH",
  "MLFLOW_UNREADABLE",
  "RESOURCE_DOES_NOT_EXIST",
  "INVALID_PARAMETER_VALUE",
  "INVALID_STATE",
  "RESOURCE_CONFLICT",
]);

/** A run or logged model as it was imported: its name is the same there and here. */
interface Imported {
  kind: "run" | "logged model";
  name: string;
}

/** One that is here: the folder of its files below the proxy, and which ones it has, by path. */
interface Holder {
  folder: string;
  sizes: Map<string, number>;
}

/** Takes over the files of runs and logged models that they have not here. */
export class LoggedFiles {
  /** How many got files. */
  readonly filled = { run: 0, "logged model": 0 };
  /** How many runs are deleted, so that they take none. A server tells no deleted logged models. */
  deletedRuns = 0;
  fileCount = 0;
  sentBytes = 0;
  private readonly seen = new Set<string>();
  private readonly notes = new FewNotes();

  /** `here`: the registry, as MLflow's clients see it. */
  constructor(
    private readonly server: MlflowServer,
    private readonly client: StemmaClient,
    private readonly here: MlflowServer,
    private readonly options: PatienceOptions,
  ) {}

  /** Once a batch is in. */
  async after({ runs = [], loggedModels = [] }: ImportBatch): Promise<void> {
    for (const { runId: name, deletedAt } of runs) {
      // A long one comes in several batches.
      if (this.seen.has(name)) continue;
      this.seen.add(name);
      if (deletedAt === undefined) await this.bring({ kind: "run", name });
      else this.deletedRuns++;
    }
    for (const { modelId: name } of loggedModels) await this.bring({ kind: "logged model", name });
  }

  private async bring(imported: Imported): Promise<void> {
    const { kind, name } = imported;
    const before = this.fileCount;
    try {
      await this.take(imported);
    } catch (error) {
      if (!(error instanceof StemmaClientError) || !ofOneHolder.has(error.code)) throw error;
      this.notes.tell(`${kind} ${name}`, `the rest of its files is left out: ${error.message}`);
    }
    if (this.fileCount > before) this.filled[kind]++;
  }

  private async take(imported: Imported): Promise<void> {
    const { kind, name } = imported;
    const place = kind === "run" ? runPlace(name, "") : loggedModelPlace(name);
    let holder: Holder | null = null;
    for await (const { path, sizeBytes } of filesAt(this.server, place)) {
      holder ??= await this.holderOf(imported);
      if (holder.sizes.get(path) !== sizeBytes) await this.move(place, path, holder.folder);
    }
  }

  private async holderOf({ kind, name }: Imported): Promise<Holder> {
    const document = kind === "run" ? importedRunDocument : importedLoggedModelDocument;
    const { holder } = await this.client.query<{
      holder: { id: string; experiment: { experimentId: string } } | null;
    }>(document, { name });
    if (!holder) throw new StemmaClientError("RESOURCE_DOES_NOT_EXIST", "it is not here");
    const sizes = new Map<string, number>();
    for await (const { path, sizeBytes } of loggedFilesOf(this.client, holder.id, this.options))
      sizes.set(path, sizeBytes);
    const within = kind === "run" ? name : `models/${name}`;
    return { folder: `${holder.experiment.experimentId}/${within}/artifacts`, sizes };
  }

  private async move(place: Place, path: string, folder: string): Promise<void> {
    const temporary = await mkdtemp(join(tmpdir(), "stemma-import-"));
    const source = join(temporary, "file");
    try {
      await fetchFile(this.server, place, path, source, this.options);
      const { size } = await stat(source);
      await this.put(`${folder}/${path}`, source, size);
      this.fileCount++;
      this.sentBytes += size;
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  private async put(target: string, source: string, sizeBytes: number): Promise<void> {
    try {
      await this.here.putFile(`${proxyPath}/${urlPathOf(target)}`, source, sizeBytes);
    } catch (error) {
      if (!(error instanceof StemmaClientError) || error.code !== "PERMISSION_DENIED") throw error;
      const message = `files of runs and logged models need run:write here; without --files they are left out`;
      throw new StemmaClientError("FORBIDDEN", message, error.errors, { cause: error });
    }
  }
}
