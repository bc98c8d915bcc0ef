import { bundleDigestOf } from "../../client/bundle-paths.ts";
import type { StemmaClient } from "../../client/client.ts";
import { StemmaClientError } from "../../client/errors.ts";
import { fetchLoggedFiles, type LoggedFile, loggedFilesOf } from "../../client/logged-files.ts";
import { type MlflowServer, urlPathOf } from "../../client/mlflow-server.ts";
import type { TransferOptions } from "../../client/paged-transfers.ts";
import { proxiedPathOf, proxyPath } from "../sources/mlflow-artifacts.ts";
import type { LoggedModelWriter } from "./logged-model-writer.ts";
import type { Outcome } from "./outcome.ts";
import type { ExportedLoggedModel, ExportedRun } from "./records.ts";
import type { RunWriter } from "./run-writer.ts";

export interface FileOptions {
  /** Whether files are exported at all. */
  withFiles: boolean;
  transfer: TransferOptions;
  outcome: Outcome;
}

/** Where MLflow keeps the files of a run or a logged model, and which ones it has by an export. */
export interface FilePlace {
  /** `mlflow-artifacts:` and the like; empty where MLflow tells none. */
  artifactUri: string;
  /** Of the files that were brought there; null before. */
  filesDigest: string | null;
}

/** What files are brought for. */
interface Holder {
  /** Run id or model id. */
  name: string;
  id: string;
  kind: "runs" | "logged models";
  loggedFiles: readonly unknown[];
}

/** Brings the files of runs and of logged models below the ones they became in MLflow, once. */
export class LoggedFileWriter {
  /** Run id or model id → id of what has all its files there. */
  private readonly complete = new Map<string, string>();

  constructor(
    private readonly server: MlflowServer,
    private readonly client: StemmaClient,
    private readonly runs: RunWriter,
    private readonly loggedModels: LoggedModelWriter,
    private readonly options: FileOptions,
  ) {}

  async ofRun(run: ExportedRun, experiment: string): Promise<void> {
    const { id, runId: name, loggedFiles } = run;
    await this.write({ name, id, kind: "runs", loggedFiles }, this.runs.placeOf(name), (digest) =>
      this.runs.markFiles(run, experiment, digest),
    );
  }

  async ofLoggedModel(model: ExportedLoggedModel): Promise<void> {
    const { id, modelId: name, loggedFiles } = model;
    const place = this.loggedModels.placeOf(name);
    await this.write({ name, id, kind: "logged models", loggedFiles }, place, (digest) =>
      this.loggedModels.markFiles(model, digest),
    );
  }

  /** What a run or a logged model has in a folder of its own and has there, too: path within it → SHA-256. */
  async sentBelow(name: string, folder: string): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const id = this.complete.get(name);
    if (id === undefined) return found;
    const start = folder === "" ? "" : `${folder}/`;
    for await (const { path, sha256 } of this.filesOf(id))
      if (path.startsWith(start)) found.set(path.slice(start.length), sha256);
    return found;
  }

  private async write(
    { name, id, kind, loggedFiles }: Holder,
    place: FilePlace | null,
    mark: (digest: string) => Promise<void>,
  ): Promise<void> {
    const { withFiles, transfer, outcome } = this.options;
    if (loggedFiles.length === 0) return;
    if (!withFiles) return outcome.leaves(`files of ${kind} (--files takes them along)`);
    const folder = place && proxiedPathOf(place.artifactUri, this.server.url);
    if (folder === null) {
      outcome.leaves(`files of ${kind}`);
      return place ? outcome.warn(`Files of ${name}: the server takes no files`) : undefined;
    }
    const files: LoggedFile[] = [];
    for await (const file of this.filesOf(id)) {
      if (file.downloadUrl) files.push({ ...file, downloadUrl: null });
      else outcome.leaves(file.purgedAt === null ? "files that cannot be had" : "files that were let go");
    }
    const digest = bundleDigestOf(files);
    if (files.length > 0 && digest !== place!.filesDigest) {
      const put = (file: LoggedFile, source: string) => this.put(`${folder}/${file.path}`, file, source);
      await fetchLoggedFiles(this.client, id, files, put, transfer);
      await mark(digest);
    }
    this.complete.set(name, id);
  }

  private filesOf(id: string): AsyncGenerator<LoggedFile> {
    return loggedFilesOf(this.client, id, { ...this.options.transfer, withUrls: true });
  }

  private async put(place: string, { sizeBytes }: LoggedFile, source: string): Promise<void> {
    const { outcome } = this.options;
    try {
      await this.server.putFile(`${proxyPath}/${urlPathOf(place)}`, source, sizeBytes);
      outcome.wrote("files");
    } catch (error) {
      if (!(error instanceof StemmaClientError) || error.code !== "INVALID_PARAMETER_VALUE") throw error;
      outcome.leaves("files whose names MLflow refuses");
    }
  }
}
