import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { Request } from "../kernel/request.ts";
import { Model } from "./model.entity.ts";
import { ModelVersion } from "./version.entity.ts";
import type { VersionRights } from "./version-rights.ts";

/** What the caller may do with a model, so that no user interface has to guess. */
@Resolver(() => Model)
export class ModelRightsResolver {
  @FieldResolver(() => Boolean, { description: "Whether the caller may change, rename and tag it." })
  viewerCanUpdate(@Root() { name }: Model, @Ctx() { actor }: Request): boolean {
    return actor.may("model:write", name);
  }

  @FieldResolver(() => Boolean, { description: "Whether the caller may delete and restore it." })
  viewerCanDelete(@Root() { name }: Model, @Ctx() { actor }: Request): boolean {
    return actor.may("model:delete", name);
  }

  @FieldResolver(() => Boolean, { description: "Whether the caller may hand it over to another owner." })
  viewerCanTransfer(@Root() { name }: Model, @Ctx() { actor }: Request): boolean {
    return actor.may("model:transfer", name);
  }

  @FieldResolver(() => Boolean, { description: "Whether the caller may register versions of it." })
  viewerCanRegister(@Root() { name }: Model, @Ctx() { actor }: Request): boolean {
    return actor.may("version:write", name);
  }

  @FieldResolver(() => Boolean, { description: "Whether the caller may set and delete its aliases." })
  viewerCanSetAlias(@Root() { name }: Model, @Ctx() { actor }: Request): boolean {
    return actor.may("alias:write", name);
  }
}

/** The same for a version; moving it is in promotion/. */
@Resolver(() => ModelVersion)
export class VersionRightsResolver {
  constructor(private readonly rights: VersionRights) {}

  @FieldResolver(() => Boolean, { description: "Whether the caller may describe, tag and measure it." })
  viewerCanUpdate(@Root() version: ModelVersion, @Ctx() request: Request): Promise<boolean> {
    return this.rights.may(request, "version:write", version);
  }

  @FieldResolver(() => Boolean, { description: "Whether the caller may delete it, once it is not live." })
  viewerCanDelete(@Root() version: ModelVersion, @Ctx() request: Request): Promise<boolean> {
    return this.rights.may(request, "version:delete", version);
  }

  @FieldResolver(() => Boolean, { description: "Whether the caller may download its files." })
  viewerCanDownload(@Root() version: ModelVersion, @Ctx() request: Request): Promise<boolean> {
    return this.rights.may(request, "artifact:download", version);
  }

  @FieldResolver(() => Boolean, { description: "Whether the caller may upload its files." })
  viewerCanUpload(@Root() version: ModelVersion, @Ctx() request: Request): Promise<boolean> {
    return this.rights.may(request, "artifact:upload", version);
  }

  @FieldResolver(() => Boolean, { description: "Whether the caller may request its transitions." })
  viewerCanRequestTransition(@Root() version: ModelVersion, @Ctx() request: Request): Promise<boolean> {
    return this.rights.may(request, "transition:request", version);
  }
}
