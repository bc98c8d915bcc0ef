import type { Request } from "../kernel/request.ts";
import type { Downloadable, Downloads } from "../objects/downloads.ts";
import type { ExperimentLoaders } from "./experiment.loaders.ts";
import type { LoggedFile } from "./logged-file.entity.ts";

/** Downloads of files of runs and logged models, for those who may have them. */
export class LoggedFileDownloads {
  constructor(
    private readonly downloads: Downloads,
    private readonly experiments: ExperimentLoaders,
  ) {}

  /** Where the file can be got for so long; null where its bytes are not to be had, or not by the actor. Throws INVALID. */
  async urlOf(request: Request, file: LoggedFile, seconds: number | null): Promise<string | null> {
    const found = await this.of(request, file);
    return found && (await this.downloads.sign(found, seconds)).url;
  }

  /** What can be downloaded of it; null where nothing, or not by the actor. */
  async of(request: Request, file: LoggedFile): Promise<Downloadable | null> {
    const { storageKey, path, contentType, experimentId } = file;
    if (storageKey === null) return null;
    const experiment = await this.experiments.byId(request, experimentId);
    if (!experiment || !request.actor.may("artifact:download", experiment.scope)) return null;
    return { storageKey, path, contentType };
  }
}
