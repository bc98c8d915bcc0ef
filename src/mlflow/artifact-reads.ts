import { nameInPath } from "../kernel/paths.ts";
import type { Request } from "../kernel/request.ts";
import type { Downloadable } from "../objects/downloads.ts";
import type { ArtifactLoaders } from "../registry/artifact.loaders.ts";
import type { ArtifactDownloads } from "../registry/artifact-downloads.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import type { ExperimentLoaders } from "../tracking/experiment.loaders.ts";
import type { LoggedFileLoaders } from "../tracking/logged-file.loaders.ts";
import type { LoggedFileDownloads } from "../tracking/logged-file-downloads.ts";
import type { LoggedModelLoaders } from "../tracking/logged-model.loaders.ts";
import type { RunLoaders } from "../tracking/run.loaders.ts";
import { type ArtifactPlace, type LoggedPlace, placeOf, safePath } from "./artifact-path.rules.ts";
import { absent, badParameter, MlflowError } from "./mlflow-error.ts";
import { absentRun } from "./run-reads.ts";
import { absentModel } from "./run-refusals.ts";

export interface FileLoading {
  runs: RunLoaders;
  loggedModels: LoggedModelLoaders;
  experiments: ExperimentLoaders;
  files: LoggedFileLoaders;
  versions: VersionLoaders;
  artifacts: ArtifactLoaders;
}

/** FileInfo of MLflow's protobuf, by its name alone. */
export interface FileInfo {
  path: string;
  is_dir: boolean;
  file_size?: number;
}

/** A file to hand out. */
export interface FoundFile extends Downloadable {
  sizeBytes: number;
}

/** Reads files of runs, logged models and versions. */
export class ArtifactReads {
  constructor(
    private readonly loaders: FileLoading,
    private readonly downloads: { logged: LoggedFileDownloads; artifacts: ArtifactDownloads },
  ) {}

  /** Throws RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE for a path that leads elsewhere. */
  async placeInRun(request: Request, runId: string, told: string): Promise<LoggedPlace> {
    const path = safePath(told);
    const run = await this.loaders.runs.byRunId(request, runId);
    const experiment = run && (await this.loaders.experiments.byId(request, run.experimentId));
    if (!experiment) throw absentRun(runId);
    return { is: "run", experimentId: experiment.experimentId, runId, path };
  }

  /** Throws RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE for a path that leads elsewhere. */
  async placeInModel(request: Request, modelId: string, told: string): Promise<LoggedPlace> {
    const path = safePath(told);
    const model = await this.loaders.loggedModels.byModelId(request, modelId);
    const experiment = model && (await this.loaders.experiments.byId(request, model.experimentId));
    if (!experiment || model.deletedAt !== null) throw absentModel(modelId);
    return { is: "loggedModel", experimentId: experiment.experimentId, modelId, path };
  }

  /** What lies right in a folder; nothing where there is none such, or nothing that the actor may read. */
  async folder(request: Request, place: ArtifactPlace): Promise<FileInfo[]> {
    if (place.is === "version") return this.folderOfVersion(request, place);
    const owner = await this.ownerAt(request, place);
    if (owner === null) return [];
    const { files, folders } = await this.loaders.files.folder(owner, place.path);
    return [
      ...files.map(({ path, sizeBytes }) => fileInfo(nameInPath(path), sizeBytes)),
      ...folders.map((path) => ({ path, is_dir: true })),
    ].sort(byPath);
  }

  /** By a path of the proxy; throws as `file` does. */
  async fileAt(request: Request, told: string): Promise<FoundFile> {
    const place = placeOf(told);
    if (place) return this.file(request, place);
    throw absent(`No such artifact: '${told.slice(0, 500)}'`);
  }

  /** Throws RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE for a folder; PERMISSION_DENIED where it may be seen and not downloaded. */
  async file(request: Request, place: ArtifactPlace): Promise<FoundFile> {
    if (place.is === "version") {
      const version = await this.loaders.versions.byId(request, place.version);
      const artifact = version && (await this.loaders.artifacts.at(request, version, place.path));
      if (!artifact || artifact.isEvidence) throw await this.noFile(request, place);
      const found = await this.downloads.artifacts.of(request, artifact);
      if (!found)
        throw this.withheld(place.path, artifact.storageKey !== null && artifact.corruptAt === null);
      return { ...found, sizeBytes: artifact.sizeBytes };
    }
    const owner = await this.ownerAt(request, place);
    const file = owner === null ? null : await this.loaders.files.at(owner, place.path);
    if (!file) throw await this.noFile(request, place);
    const found = await this.downloads.logged.of(request, file);
    if (!found) throw this.withheld(place.path, file.storageKey !== null);
    return { ...found, sizeBytes: file.sizeBytes };
  }

  private async noFile(request: Request, place: ArtifactPlace): Promise<MlflowError> {
    const told = `'${place.path.slice(0, 500)}'`;
    const within = await this.folder(request, place);
    if (within.length === 0) return absent(`No such artifact: ${told}`);
    return badParameter(`Artifact path refers to a directory, not a file: ${told}`);
  }

  private withheld(path: string, isThere: boolean): MlflowError {
    if (!isThere)
      return absent(`The bytes of artifact '${path.slice(0, 500)}' are not kept here, or are corrupt.`);
    return new MlflowError("PERMISSION_DENIED", "artifact:download is needed to read artifacts");
  }

  /** Throws RESOURCE_DOES_NOT_EXIST where nobody holds files there. */
  async mustBeThere(request: Request, place: LoggedPlace): Promise<void> {
    if ((await this.ownerAt(request, place)) !== null) return;
    throw place.is === "run" ? absentRun(place.runId) : absentModel(place.modelId);
  }

  /** The node of the run or logged model, by its experiment; null where there is none that the actor may read. */
  private async ownerAt(request: Request, place: LoggedPlace): Promise<number | null> {
    const { runs, loggedModels, experiments } = this.loaders;
    const owner = await (place.is === "run"
      ? runs.byRunId(request, place.runId)
      : loggedModels.byModelId(request, place.modelId));
    const experiment = owner && (await experiments.byId(request, owner.experimentId));
    const isGone = place.is === "loggedModel" && owner?.deletedAt != null;
    return experiment?.experimentId === place.experimentId && !isGone ? owner!.nodeId : null;
  }

  private async folderOfVersion(
    request: Request,
    { version: id, path }: Extract<ArtifactPlace, { is: "version" }>,
  ): Promise<FileInfo[]> {
    const version = await this.loaders.versions.byId(request, id);
    if (!version) return [];
    const from = path === "" ? 0 : path.length + 1;
    const files = (await this.loaders.artifacts.below(request, version, path)).filter(
      (file) => !file.isEvidence,
    );
    const found = new Map<string, FileInfo>();
    for (const file of files) {
      const [name, deeper] = file.path.slice(from).split("/", 2);
      found.set(
        name!,
        deeper === undefined ? fileInfo(name!, file.sizeBytes) : { path: name!, is_dir: true },
      );
    }
    return [...found.values()].sort(byPath);
  }
}

function fileInfo(path: string, file_size: number): FileInfo {
  return { path, is_dir: false, file_size };
}

function byPath(one: FileInfo, other: FileInfo): number {
  return one.path < other.path ? -1 : 1;
}
