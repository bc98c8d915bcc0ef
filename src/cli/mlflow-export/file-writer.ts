import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { downloadFiles } from "../../client/bundle-download.ts";
import { recordedVersion } from "../../client/bundle-listing.ts";
import { bundleDigestOf } from "../../client/bundle-paths.ts";
import type { StemmaClient } from "../../client/client.ts";
import { Destination } from "../../client/destination.ts";
import { type MlflowVersion, nothing, oneRun } from "../../client/mlflow-answers.ts";
import { quoted, runsOf } from "../../client/mlflow-lists.ts";
import { type MlflowServer, urlPathOf } from "../../client/mlflow-server.ts";
import { proxiedPathOf, proxyPath } from "../sources/mlflow-artifacts.ts";
import { artifactPathOf } from "../sources/mlflow-model-file.ts";
import type { FileOptions, LoggedFileWriter } from "./logged-file-writer.ts";
import type { LoggedModelWriter } from "./logged-model-writer.ts";
import { filesTag, idTag } from "./mlflow-form.ts";
import type { ExportedVersion } from "./registry-records.ts";
import type { RunWriter } from "./run-writer.ts";
import type { Origin } from "./version-form.ts";

/** The experiment that every MLflow server has. */
const anyExperiment = "0";

/** What brought what versions were made from. */
interface Holders {
  runs: RunWriter;
  loggedModels: LoggedModelWriter;
  files: LoggedFileWriter;
}

/**
 * Brings the files of versions to where MLflow looks for them: below the logged model or the run that a version was made
 * from. Of one without a run they go below a run that is made for nothing else, for MLflow keeps files nowhere else.
 */
export class FileWriter {
  constructor(
    private readonly server: MlflowServer,
    private readonly client: StemmaClient,
    private readonly holders: Holders,
    private readonly options: FileOptions,
  ) {}

  /** Folders that versions have, by the digest of what lies there. */
  private readonly taken = new Map<string, string>();

  /** Where a version comes from there, and where its files are or are to be. */
  async originOf(model: string, version: ExportedVersion): Promise<Origin> {
    const { run, source, digest } = version;
    const runId = run && this.holders.runs.idOf(run.runId);
    const loggedModel = this.holders.loggedModels.ofVersion(version.id);
    if (loggedModel && (await this.mayTake(loggedModel.artifactUri, version)))
      return { runId, loggedModelId: loggedModel.id, place: loggedModel.artifactUri, isShared: true };
    const path = run && runId ? artifactPathOf(source, run.runId) : undefined;
    const isToHaveFiles = this.options.withFiles && digest !== null;
    if (path === undefined && !isToHaveFiles)
      return { runId, loggedModelId: null, place: null, isShared: false };
    const holder = runId ?? (await this.carrierOf(model, version));
    const root = await this.artifactUriOf(holder);
    const below = (folder: string) => (folder === "" ? root : `${root}/${folder}`);
    const isShared = path !== undefined && !loggedModel && (await this.mayTake(below(path), version));
    const place = isShared ? below(path) : below(`models/${model}/${version.number}`);
    return { runId: holder, loggedModelId: null, place, isShared };
  }

  /**
   * Whether a version's files may lie in a folder of its run or logged model: where others lie there, of another version or
   * logged since it was registered, they would be mixed.
   */
  private async mayTake(place: string, version: ExportedVersion): Promise<boolean> {
    const { digest } = version;
    if (!this.options.withFiles || digest === null) return true;
    const there = this.taken.get(place) ?? (await this.digestOfSent(version)) ?? digest;
    this.taken.set(place, there);
    return there === digest;
  }

  private async digestOfSent(version: ExportedVersion): Promise<string | null> {
    const sent = await this.sentOf(version);
    return sent.size === 0 ? null : bundleDigestOf([...sent].map(([path, sha256]) => ({ path, sha256 })));
  }

  /** Sends what a version has of files, once. */
  async write(model: string, version: ExportedVersion, there: MlflowVersion): Promise<void> {
    const { digest, number } = version;
    const { withFiles, outcome } = this.options;
    if (digest === null) return;
    if (there.tags.some(({ key, value }) => key === filesTag && value === digest)) {
      const isOfModel = there.source?.startsWith("models:/") ?? false;
      const place = isOfModel ? this.holders.loggedModels.ofVersion(version.id)?.artifactUri : there.source;
      if (place) this.taken.set(place, digest);
      return;
    }
    if (!withFiles) return outcome.leaves("files of versions (--files takes them along)");
    const { place, loggedModelId, isShared } = await this.originOf(model, version);
    const isFoundThere = loggedModelId !== null || there.source === place;
    const folder = place === null || !isFoundThere ? null : proxiedPathOf(place, this.server.url);
    if (folder === null) {
      outcome.leaves("files of versions");
      const why = isFoundThere ? "the server takes no files" : "its source in MLflow leads elsewhere";
      return outcome.warn(`Files of ${model}/${number}: ${why}`);
    }
    await this.send(version, folder, isShared ? await this.sentOf(version) : new Map());
    const tag = { name: model, version: there.version, key: filesTag, value: digest };
    await this.server.send("POST", "model-versions/set-tag", tag, nothing);
  }

  /** `sent`: what lies there already, path → SHA-256. */
  private async send(
    version: ExportedVersion,
    folder: string,
    sent: ReadonlyMap<string, string>,
  ): Promise<void> {
    const { transfer, outcome } = this.options;
    const temporary = await mkdtemp(join(tmpdir(), "stemma-export-"));
    try {
      const recorded = await recordedVersion(this.client, version.id, transfer);
      const files = recorded.files.filter(({ path, sha256 }) => sent.get(path) !== sha256);
      const destination = await Destination.open(temporary);
      // Of a part of its files there is no digest; each one is held to its own.
      const wanted = files.length < recorded.files.length ? { ...recorded, digest: null, files } : recorded;
      const { elsewhere } = await downloadFiles(this.client, wanted, destination, transfer);
      outcome.leaves("files that lie elsewhere", elsewhere.length);
      for (const { path, sizeBytes, uri } of files) {
        if (uri !== null) continue;
        const target = `${proxyPath}/${urlPathOf(`${folder}/${path}`)}`;
        await this.server.putFile(target, destination.placeOf(path), Number(sizeBytes));
        outcome.wrote("files");
      }
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  /** What of its files came there with its run or logged model: path → SHA-256. */
  private async sentOf({ id, run, source }: ExportedVersion): Promise<Map<string, string>> {
    const { files, loggedModels } = this.holders;
    const model = loggedModels.ofVersion(id);
    if (model) return files.sentBelow(model.modelId, "");
    const path = run ? artifactPathOf(source, run.runId) : undefined;
    return path === undefined ? new Map() : files.sentBelow(run!.runId, path);
  }

  private async artifactUriOf(run_id: string): Promise<string> {
    const { run } = await this.server.get("runs/get", { run_id }, oneRun);
    return run.info.artifact_uri ?? "";
  }

  private async carrierOf(model: string, { id, number, createdAt }: ExportedVersion): Promise<string> {
    const find = async () => {
      for await (const run of runsOf(this.server, [anyExperiment], `tags.\`${idTag}\` = ${quoted(id)}`))
        return run.info.run_id;
      return null;
    };
    const body = {
      ...{ experiment_id: anyExperiment, run_name: `files of ${model}/${number}` },
      start_time: Date.parse(createdAt),
      tags: [{ key: idTag, value: id }],
    };
    const found = await find();
    if (found !== null) return found;
    const made = await this.server.makeOnce(
      find,
      async (server) => (await server.send("POST", "runs/create", body, oneRun)).run.info.run_id,
    );
    const end = { run_id: made, status: "FINISHED", end_time: Date.parse(createdAt) };
    await this.server.send("POST", "runs/update", end, nothing);
    return made;
  }
}
