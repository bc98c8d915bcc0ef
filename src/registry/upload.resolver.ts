import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { conflict, StemmaError } from "../kernel/errors.ts";
import { nodeOf } from "../kernel/ids.ts";
import { PathArgs, pathPageOf } from "../kernel/path-page.ts";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { BigInt64 } from "../kernel/scalars.ts";
import type { SignedHeader, SignedPart } from "../objects/object-store.ts";
import { partBytesOf } from "../objects/parts.rules.ts";
import { Upload, UploadFile, UploadState } from "./upload.entity.ts";
import { AbortUploadInput, CompleteUploadInput, CreateUploadInput, UploadPayload } from "./upload.inputs.ts";
import type { UploadLoaders } from "./upload.loaders.ts";
import type { UploadService } from "./upload.service.ts";
import type { UploadTransfers } from "./upload-transfers.ts";
import type { UploadVerifier } from "./upload-verifier.ts";
import { ModelVersion } from "./version.entity.ts";
import type { VersionLoaders } from "./version.loaders.ts";

@ObjectType({
  description: "A header that must be sent with a signed request, just so.",
  simpleResolvers: true,
})
export class UploadHeader implements SignedHeader {
  @Field(() => String, { description: "Its name." })
  name!: string;

  @Field(() => String, { description: "Its value." })
  value!: string;
}

@ObjectType({
  description:
    "A part of a file that is still to be sent by PUT; its bytes begin where those of the parts before end.",
  simpleResolvers: true,
})
export class UploadPart implements SignedPart {
  method!: "PUT";

  @Field(() => Int, { description: "From 1." })
  number!: number;

  @Field(() => BigInt64, { description: "Where its bytes begin in the file." })
  offsetBytes!: number;

  @Field(() => BigInt64, { description: "How many bytes it has." })
  sizeBytes!: number;

  @Field(() => String, { description: "Where it goes; works until the upload's URLs expire. A secret." })
  url!: string;

  @Field(() => [UploadHeader], { description: "Headers to be sent with it." })
  headers!: UploadHeader[];
}

/** What the mutations answer from: the upload they were about, read anew. */
type Act = () => Promise<{ upload: number }>;

@Resolver(() => Upload)
export class UploadResolver {
  constructor(
    private readonly service: UploadService,
    private readonly verifier: UploadVerifier,
    private readonly uploads: UploadLoaders,
    private readonly versions: VersionLoaders,
  ) {}

  @Query(() => Upload, {
    nullable: true,
    description: "An upload, to those who may upload files of its model; null where there is none.",
  })
  upload(
    @Ctx() request: Request,
    @Arg("id", () => ID, { description: "Its id." }) id: string,
  ): Promise<Upload | null> {
    return this.uploads.byId(request, nodeOf(id, "id", "UPLOAD"));
  }

  @FieldResolver(() => ModelVersion, { nullable: true, description: "The version whose files these are." })
  modelVersion(@Root() upload: Upload, @Ctx() request: Request): Promise<ModelVersion | null> {
    return this.versions.byId(request, upload.versionId);
  }

  @FieldResolver(() => [UploadFile], {
    description: "Its files in order of their paths, with what is still to be sent of each.",
  })
  files(@Root() upload: Upload, @Args(() => PathArgs) page: PathArgs): Promise<UploadFile[]> {
    return this.uploads.files(upload, pathPageOf(page));
  }

  @Mutation(() => UploadPayload, {
    description:
      "Begins an upload of a version's files, which is PENDING from then on; needs artifact:upload. Bytes that are stored and that the caller may download need not be sent again.",
  })
  createUpload(
    @Ctx() request: Request,
    @Arg("input", () => CreateUploadInput, { description: "See the input type." }) input: CreateUploadInput,
  ): Promise<UploadPayload> {
    return this.answered(request, () => this.service.create(request.actor, input));
  }

  @Mutation(() => UploadPayload, {
    description:
      "Has the registry hash what arrived and, where all of it is as announced, makes it the version's bundle, sealed; needs artifact:upload. More than 256 MiB are hashed in the background: the upload is VERIFYING then.",
  })
  completeUpload(
    @Ctx() request: Request,
    @Arg("input", () => CompleteUploadInput, { description: "See the input type." })
    input: CompleteUploadInput,
  ): Promise<UploadPayload> {
    return this.answered(request, async () => {
      const outcome = await this.service.complete(request.actor, input);
      await this.verifier.settle(outcome.upload);
      await this.mustBeTaken(request, outcome.upload);
      return outcome;
    });
  }

  @Mutation(() => UploadPayload, {
    description: "Gives up an upload and what has arrived of it; needs artifact:upload.",
  })
  abortUpload(
    @Ctx() request: Request,
    @Arg("input", () => AbortUploadInput, { description: "See the input type." }) input: AbortUploadInput,
  ): Promise<UploadPayload> {
    return this.answered(request, async () => {
      const outcome = await this.service.abort(request.actor, input);
      await this.verifier.forget(outcome.upload);
      return outcome;
    });
  }

  private answered(request: Request, act: Act): Promise<UploadPayload> {
    return answer<UploadPayload>({ upload: null, modelVersion: null }, async () => {
      const upload = await this.uploads.byId(request, (await act()).upload);
      const modelVersion = upload && (await this.versions.byId(request, upload.versionId));
      return { upload, modelVersion };
    });
  }

  /** A replay, too, says that it was not taken; so does one that was given up before anybody verified it. */
  private async mustBeTaken(request: Request, id: number): Promise<void> {
    const upload = await this.uploads.byId(request, id);
    if (upload?.state === UploadState.ABORTED) throw conflict(`upload ${upload.id} was aborted`, "upload");
    if (upload?.state !== UploadState.OPEN) return;
    throw new StemmaError("INVALID", `upload: ${upload.message ?? "it is open"}`, ["upload"]);
  }
}

@Resolver(() => UploadFile)
export class UploadFileResolver {
  constructor(private readonly transfers: UploadTransfers) {}

  @FieldResolver(() => Boolean, {
    description: "Whether nothing is to be sent for it: its bytes are stored already, or lie elsewhere.",
  })
  alreadyStored(@Root() { storageKey }: UploadFile): boolean {
    return storageKey === null;
  }

  @FieldResolver(() => Boolean, { description: "Whether something of it is still to be sent." })
  async isMissing(@Root() file: UploadFile, @Ctx() request: Request): Promise<boolean> {
    const { whole, parts } = await this.transfers.of(request, file);
    return whole !== null || parts.length > 0;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "The method that sends all of it: PUT; null where nothing, or only parts are to be sent.",
  })
  async method(@Root() file: UploadFile, @Ctx() request: Request): Promise<string | null> {
    return (await this.transfers.of(request, file)).whole?.method ?? null;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      "Where all of it goes in one request. A secret: whoever has it can send the file until it expires.",
  })
  async url(@Root() file: UploadFile, @Ctx() request: Request): Promise<string | null> {
    return (await this.transfers.of(request, file)).whole?.url ?? null;
  }

  @FieldResolver(() => [UploadHeader], { description: "Headers to be sent with it, just so." })
  async headers(@Root() file: UploadFile, @Ctx() request: Request): Promise<UploadHeader[]> {
    return (await this.transfers.of(request, file)).whole?.headers ?? [];
  }

  @FieldResolver(() => [UploadPart], {
    description:
      "The parts that have not arrived, at most 1,000; ask again for more. Empty for smaller files.",
  })
  async parts(@Root() file: UploadFile, @Ctx() request: Request): Promise<UploadPart[]> {
    const { parts } = await this.transfers.of(request, file);
    return parts.map(
      (part) => ({ ...part, offsetBytes: (part.number - 1) * partBytesOf(file.sizeBytes) }) as UploadPart,
    );
  }
}
