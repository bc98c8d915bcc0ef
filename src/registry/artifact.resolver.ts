import { Arg, Args, Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from "type-graphql";
import { ActorRow } from "../access/actor.entity.ts";
import type { ActorLoaders } from "../access/actor.loaders.ts";
import { PathArgs, pathPageOf } from "../kernel/path-page.ts";
import type { Request } from "../kernel/request.ts";
import { BigInt64 } from "../kernel/scalars.ts";
import { Artifact, FileContents, Tensor } from "./artifact.entity.ts";
import type { ArtifactLoaders } from "./artifact.loaders.ts";
import type { ArtifactDownloads } from "./artifact-downloads.ts";
import { ModelVersion } from "./version.entity.ts";
import type { VersionLoaders } from "./version.loaders.ts";

@ObjectType({ description: "The files that make up a version, complete and for good." })
export class Bundle {
  /** Whose it is. */
  version!: ModelVersion;

  @Field(() => String, { description: "The version's digest, over the paths and bytes of all its files." })
  get digest(): string {
    return this.version.digest!;
  }
}

function bundleOf(version: ModelVersion): Bundle {
  return Object.assign(new Bundle(), { version });
}

@Resolver(() => Bundle)
export class BundleResolver {
  constructor(private readonly loaders: ArtifactLoaders) {}

  @FieldResolver(() => Int, { description: "How many files it has, at most 10,000." })
  async fileCount(@Root() { version }: Bundle, @Ctx() request: Request): Promise<number> {
    return (await this.loaders.sizeOf(request, version)).fileCount;
  }

  @FieldResolver(() => BigInt64, { description: "How many bytes they have together." })
  async sizeBytes(@Root() { version }: Bundle, @Ctx() request: Request): Promise<number> {
    return (await this.loaders.sizeOf(request, version)).sizeBytes;
  }

  @FieldResolver(() => [Artifact], { description: "Its files in order of their paths (UTF-8)." })
  files(
    @Root() { version }: Bundle,
    @Ctx() request: Request,
    @Args(() => PathArgs) page: PathArgs,
  ): Promise<Artifact[]> {
    const slice = { ...pathPageOf(page), isEvidence: false };
    return this.loaders.ofVersion(request, version, slice);
  }
}

@Resolver(() => ModelVersion)
export class VersionArtifactsResolver {
  constructor(private readonly loaders: ArtifactLoaders) {}

  @FieldResolver(() => [Artifact], {
    description: "Its files in order of their paths (UTF-8): those of the bundle, and evidence beside it.",
  })
  artifacts(
    @Root() version: ModelVersion,
    @Ctx() request: Request,
    @Args(() => PathArgs) page: PathArgs,
    @Arg("isEvidence", () => Boolean, {
      nullable: true,
      description: "Only evidence beside the bundle, or only the bundle.",
    })
    isEvidence?: boolean | null,
  ): Promise<Artifact[]> {
    const slice = { ...pathPageOf(page), isEvidence: isEvidence ?? null };
    return this.loaders.ofVersion(request, version, slice);
  }

  @FieldResolver(() => Boolean, {
    description: "Whether stored bytes of its files were found to be others than recorded, or gone.",
  })
  isCorrupt(@Root() { nodeId }: ModelVersion, @Ctx() request: Request): Promise<boolean> {
    return this.loaders.isCorrupt(request, nodeId);
  }

  @FieldResolver(() => Bundle, {
    nullable: true,
    description: "Its files, once they are complete; null before, and where it has none.",
  })
  bundle(@Root() version: ModelVersion): Bundle | null {
    return version.digest === null ? null : bundleOf(version);
  }
}

@Resolver(() => FileContents)
export class FileContentsResolver {
  @FieldResolver(() => [Tensor], {
    description: "Its tensors as they come in the file; at most 1,000 are kept.",
  })
  tensors(
    @Root() { tensors }: FileContents,
    @Arg("first", () => Int, {
      nullable: true,
      defaultValue: 100,
      description: "How many, 1–1,000; 100 where not given.",
    })
    first?: number | null,
  ): Tensor[] {
    return tensors.slice(0, pathPageOf({ first }).first);
  }
}

@Resolver(() => Artifact)
export class ArtifactResolver {
  constructor(
    private readonly artifacts: ArtifactLoaders,
    private readonly versions: VersionLoaders,
    private readonly actors: ActorLoaders,
    private readonly downloads: ArtifactDownloads,
  ) {}

  @FieldResolver(() => ModelVersion, { nullable: true, description: "The version whose file it is." })
  modelVersion(@Root() artifact: Artifact, @Ctx() request: Request): Promise<ModelVersion | null> {
    return this.versions.byId(request, artifact.versionId);
  }

  @FieldResolver(() => FileContents, {
    nullable: true,
    description: "What its header says it holds; null where it lies elsewhere.",
  })
  contents(@Root() { nodeId }: Artifact, @Ctx() request: Request): Promise<FileContents | null> {
    return this.artifacts.contents(request, nodeId);
  }

  @FieldResolver(() => ActorRow, { description: "Who uploaded it." })
  createdBy(@Root() artifact: Artifact, @Ctx() request: Request): Promise<ActorRow | null> {
    return this.actors.byId(request, artifact.createdById);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      "Where its bytes can be got by GET, straight from the object store, until it expires. A secret. Null where uri says that they are elsewhere, where they are corrupt or were let go, and without artifact:download.",
  })
  downloadUrl(
    @Root() artifact: Artifact,
    @Ctx() request: Request,
    @Arg("expiresInSeconds", () => Int, {
      nullable: true,
      description: "How long it works, 1–43,200; as long as the server's settings say where not given.",
    })
    expiresInSeconds?: number | null,
  ): Promise<string | null> {
    return this.downloads.urlOf(request, artifact, expiresInSeconds ?? null);
  }
}
