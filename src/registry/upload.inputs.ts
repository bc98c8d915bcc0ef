import { Field, ID, InputType, ObjectType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { BigInt64, VersionRef } from "../kernel/scalars.ts";
import { ArtifactRole } from "./artifact.entity.ts";
import { Upload } from "./upload.entity.ts";
import { ModelVersion } from "./version.entity.ts";

@InputType({ description: "A file to be uploaded, or one that lies elsewhere and is recorded." })
export class UploadFileInput {
  @Field(() => String, {
    description: "Where it lies within the version, such as model/weights.onnx; at most 512 characters.",
  })
  path!: string;

  @Field(() => ArtifactRole, {
    nullable: true,
    description: "What it is for; guessed from the path where not given, and then said to be so.",
  })
  role?: ArtifactRole | null;

  @Field(() => BigInt64, { description: "How many bytes it has; at most 5 TiB." })
  sizeBytes!: number;

  @Field(() => String, { description: "SHA-256 of its bytes, 64 hex digits; a leading sha256: is taken." })
  sha256!: string;

  @Field(() => String, {
    nullable: true,
    description: "Its media type; application/octet-stream where not given.",
  })
  contentType?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Where the bytes are, if elsewhere: a path, or an address with s3, gs, azure, https or the like. Recorded with size and digest, never opened; nothing is to be sent then.",
  })
  uri?: string | null;
}

@InputType({
  description:
    "Files of a version, to be sent straight to the object store. The same files again, while the upload is open, are the same upload: with what is still missing.",
})
export class CreateUploadInput extends MutationInput {
  @Field(() => VersionRef, { description: "Which version; not latest." })
  version!: string;

  @Field(() => [UploadFileInput], { description: "1–10,000 files: the whole bundle." })
  files!: UploadFileInput[];

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Attaches the files beside the bundle, as evidence that came later, such as scan results: no part of the digest. At any time, for a live version, too.",
  })
  isEvidence?: boolean | null;
}

@InputType({ description: "An upload of which everything has been sent." })
export class CompleteUploadInput extends MutationInput {
  @Field(() => ID, { description: "Which upload." })
  upload!: string;
}

@InputType({ description: "An upload to give up; what has arrived is thrown away." })
export class AbortUploadInput extends MutationInput {
  @Field(() => ID, { description: "Which upload." })
  upload!: string;
}

@ObjectType({ description: "What became of files to be uploaded." })
export class UploadPayload extends Payload {
  @Field(() => Upload, { nullable: true, description: "The upload as it is now.", simple: true })
  upload!: Upload | null;

  @Field(() => ModelVersion, { nullable: true, description: "The version as it is now.", simple: true })
  modelVersion!: ModelVersion | null;
}
