import { Arg, Args, Ctx, Field, FieldResolver, ObjectType, Query, Resolver, Root } from "type-graphql";
import { PathArgs, pathPageOf } from "../kernel/path-page.ts";
import type { Request } from "../kernel/request.ts";
import { VersionRef } from "../kernel/scalars.ts";
import { Artifact } from "./artifact.entity.ts";
import type { ArtifactLoaders } from "./artifact.loaders.ts";
import type { Resolved, ResolveQuery } from "./resolve.query.ts";
import { Image, ModelVersion } from "./version.entity.ts";

@ObjectType({ description: "What serving needs of a version.", simpleResolvers: true })
export class Resolution {
  @Field(() => ModelVersion, { description: "The version." })
  modelVersion!: ModelVersion;

  @Field(() => String, { description: "Where its bytes are: the source as told, else models:/name/7." })
  uri!: string;

  @Field(() => String, { nullable: true, description: "The digest of its bundle; null where it has none." })
  digest!: string | null;

  @Field(() => Image, { nullable: true, description: "The container image that serves it." })
  image!: Image | null;

  @Field(() => String, {
    nullable: true,
    description: "The alias it was found by: with a sticky key, the one that the key was given.",
  })
  alias!: string | null;
}

function resolutionOf({ modelVersion, uri, alias }: Resolved): Resolution {
  const { digest, image } = modelVersion;
  return { modelVersion, uri, digest, image, alias };
}

/** Its files, in the same answer. */
@Resolver(() => Resolution)
export class ResolutionFilesResolver {
  constructor(private readonly loaders: ArtifactLoaders) {}

  @FieldResolver(() => [Artifact], {
    description: "The files of its bundle in order of their paths, each with a downloadUrl.",
  })
  files(
    @Root() { modelVersion }: Resolution,
    @Ctx() request: Request,
    @Args(() => PathArgs) page: PathArgs,
  ): Promise<Artifact[]> {
    return this.loaders.ofVersion(request, modelVersion, { ...pathPageOf(page), isEvidence: false });
  }
}

@Resolver()
export class ResolveResolver {
  constructor(private readonly query: ResolveQuery) {}

  @Query(() => Resolution, {
    nullable: true,
    description: "What a reference stands for now; null where it names nothing.",
  })
  async resolve(
    @Ctx() request: Request,
    @Arg("ref", () => VersionRef, { description: "Such as fraud-detector@champion." }) ref: string,
    @Arg("requireLive", () => Boolean, {
      description: "Refuses a version that is not in a live stage, and latest in both spellings.",
      nullable: true,
      defaultValue: false,
    })
    requireLive?: boolean | null,
    @Arg("stickyKey", () => String, {
      nullable: true,
      description:
        "1–255 characters that stand for who is served. Where ref is an alias in a weighted set, the same member of the set for the same key, by the shares: the place SHA-256 over the JSON text [model id, key] modulo 100, with the set in order of its names.",
    })
    stickyKey?: string | null,
  ): Promise<Resolution | null> {
    const found = await this.query.of(request, { ref, requireLive, stickyKey });
    return found && resolutionOf(found);
  }
}
