import { longestUrlSeconds } from "../config/objects.ts";
import type { Clock } from "../kernel/clock.ts";
import { invalid } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import type { Artifact } from "./artifact.entity.ts";
import type { ModelLoaders } from "./model.loaders.ts";

/** Signs downloads of artifacts. */
export class ArtifactDownloads {
  constructor(
    private readonly store: ObjectStore,
    private readonly models: ModelLoaders,
    private readonly clock: Clock,
    private readonly urlSeconds: number,
  ) {}

  /**
   * Where the file can be got for so long; null where its bytes are elsewhere, are known to be wrong, or the actor may
   * not download them. Throws INVALID.
   */
  async urlOf(request: Request, artifact: Artifact, seconds: number | null): Promise<string | null> {
    const lasting = seconds ?? this.urlSeconds;
    if (lasting < 1 || lasting > longestUrlSeconds) {
      throw invalid("expiresInSeconds", `1–${longestUrlSeconds}`, lasting);
    }
    if (artifact.storageKey === null || artifact.corruptAt !== null) return null;
    const model = await this.models.byId(request, artifact.modelId);
    if (!model || !request.actor.may("artifact:download", model.name)) return null;
    const { path, contentType } = artifact;
    const fileName = path.slice(path.lastIndexOf("/") + 1);
    const expiresAt = this.clock() + lasting * 1_000;
    return (await this.store.signDownload(artifact.storageKey, { expiresAt, fileName, contentType })).url;
  }
}
