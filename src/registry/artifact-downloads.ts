import type { Request } from "../kernel/request.ts";
import type { Downloadable, Downloads } from "../objects/downloads.ts";
import type { Artifact } from "./artifact.entity.ts";
import type { ModelLoaders } from "./model.loaders.ts";

/** Downloads of artifacts, for those who may have them. */
export class ArtifactDownloads {
  constructor(
    private readonly downloads: Downloads,
    private readonly models: ModelLoaders,
  ) {}

  /**
   * Where the file can be got for so long; null where its bytes are elsewhere, are known to be wrong, or the actor may
   * not download them. Throws INVALID.
   */
  async urlOf(request: Request, artifact: Artifact, seconds: number | null): Promise<string | null> {
    const file = await this.of(request, artifact);
    const signed = file && (await this.downloads.sign(file, seconds));
    return signed?.url ?? null;
  }

  /** What can be downloaded of it; null where nothing, or not by the actor. */
  async of(request: Request, artifact: Artifact): Promise<Downloadable | null> {
    const { storageKey, corruptAt, path, contentType } = artifact;
    if (storageKey === null || corruptAt !== null) return null;
    const model = await this.models.byId(request, artifact.modelId);
    if (!model || !request.actor.may("artifact:download", model.name)) return null;
    return { storageKey, path, contentType };
  }
}
