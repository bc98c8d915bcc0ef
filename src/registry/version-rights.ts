import type { Permission } from "../kernel/permission.ts";
import type { Request } from "../kernel/request.ts";
import { everywhere } from "../kernel/scope.ts";
import type { ModelLoaders } from "./model.loaders.ts";
import type { ModelVersion } from "./version.entity.ts";

/** What the actor of a request may do with versions, by the name of their model. */
export class VersionRights {
  constructor(private readonly models: ModelLoaders) {}

  /** The model is looked at only where its name decides. */
  async may(request: Request, permission: Permission, { modelId }: ModelVersion): Promise<boolean> {
    const { actor } = request;
    if (actor.mayAllOver(permission, everywhere)) return true;
    if (!actor.mayAnywhere(permission)) return false;
    const model = await this.models.byId(request, modelId);
    return model !== null && actor.may(permission, model.name);
  }
}
