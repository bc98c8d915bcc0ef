import type { Readable } from "node:stream";
import type { Request } from "../kernel/request.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import type { OwnerRef } from "../tracking/file-owner.query.ts";
import type { ComingFile, FilePlace, LoggedFileService } from "../tracking/logged-file.service.ts";
import { type LoggedPlace, loggedPlaceOf, safePath } from "./artifact-path.rules.ts";
import type { ArtifactReads, FoundFile } from "./artifact-reads.ts";
import type { RegistryViews } from "./registry-views.ts";

/** Files whose bytes go through this server, since MLflow's client follows no redirect. */
export class ArtifactBytes {
  constructor(
    private readonly reads: ArtifactReads,
    private readonly views: RegistryViews,
    private readonly files: LoggedFileService,
    private readonly store: ObjectStore,
  ) {}

  /** By a path of the proxy. Throws RESOURCE_DOES_NOT_EXIST, PERMISSION_DENIED, INVALID_PARAMETER_VALUE. */
  at(request: Request, path: string): Promise<FoundFile> {
    return this.reads.fileAt(request, path);
  }

  async ofRun(request: Request, runId: string, path: string): Promise<FoundFile> {
    return this.reads.file(request, await this.reads.placeInRun(request, runId, path));
  }

  async ofModel(request: Request, modelId: string, path: string): Promise<FoundFile> {
    return this.reads.file(request, await this.reads.placeInModel(request, modelId, path));
  }

  /** Its own, as they were when it was registered. */
  async ofVersion(request: Request, model: string, number: string, path: string): Promise<FoundFile> {
    const { nodeId: version } = await this.views.version(request, model, number);
    return this.reads.file(request, { is: "version", version, path: safePath(path) });
  }

  /** Throws PERMISSION_DENIED, INVALID_PARAMETER_VALUE, ObjectStoreError. */
  async take(request: Request, path: string, came: ComingFile): Promise<void> {
    const place = loggedPlaceOf(path);
    await this.reads.mustBeThere(request, place);
    await this.files.log(request.actor, filePlaceOf(place), came);
  }

  read({ storageKey }: FoundFile): Promise<Readable> {
    return this.store.read(storageKey);
  }
}

export function filePlaceOf(place: LoggedPlace): FilePlace {
  const owner: OwnerRef = place.is === "run" ? { runId: place.runId } : { loggedModelId: place.modelId };
  return { owner, path: place.path };
}
