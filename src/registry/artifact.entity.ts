import { Field, ObjectType, registerEnumType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { Node } from "../kernel/node.ts";
import { BigInt64, DateTime, Json } from "../kernel/scalars.ts";
import { BlobClass } from "../objects/blob.entity.ts";

export enum ArtifactRole {
  WEIGHTS = "WEIGHTS",
  PREPROCESSOR = "PREPROCESSOR",
  TOKENIZER = "TOKENIZER",
  FEATURE_CONFIG = "FEATURE_CONFIG",
  FEATURES = "FEATURES",
  THRESHOLDS = "THRESHOLDS",
  EVALUATION_REPORT = "EVALUATION_REPORT",
  MODEL_CARD = "MODEL_CARD",
  SIGNATURE = "SIGNATURE",
  OTHER = "OTHER",
}

registerEnumType(ArtifactRole, {
  name: "ArtifactRole",
  description: "What a file is for, within a version's bundle.",
  valuesConfig: {
    WEIGHTS: { description: "What was learned: the model itself." },
    PREPROCESSOR: { description: "What inputs go through first: scalers, encoders, feature extractors." },
    TOKENIZER: { description: "What cuts texts into tokens: vocabularies, merges, its settings." },
    FEATURE_CONFIG: { description: "How features are computed." },
    FEATURES: { description: "Which features go in." },
    THRESHOLDS: { description: "Where scores become decisions." },
    EVALUATION_REPORT: { description: "How well it did." },
    MODEL_CARD: { description: "The model card; it becomes the version's card, too." },
    SIGNATURE: { description: "The schema of its inputs and outputs, or a cryptographic signature." },
    OTHER: { description: "Anything else." },
  },
});

export enum ContentScan {
  NOT_EXECUTABLE = "NOT_EXECUTABLE",
  UNSCANNED = "UNSCANNED",
  SUSPECT = "SUSPECT",
}

registerEnumType(ContentScan, {
  name: "ContentScan",
  description:
    "What a look at a file's header and opcodes tells of code in it. None of these says that it is safe.",
  valuesConfig: {
    NOT_EXECUTABLE: { description: "By the rules of its format it holds nothing that is run." },
    UNSCANNED: {
      description:
        "It may hold code, as pickles do, or was not read to its end; nobody looked at what that does.",
    },
    SUSPECT: {
      description: "It holds what an honest file of its format has no need of; contents.findings tells.",
    },
  },
});

@ObjectType({ description: "A tensor, as a file's header names it.", simpleResolvers: true })
export class Tensor {
  @Field(() => String, { description: "Its name." })
  name!: string;

  @Field(() => String, { description: "What its numbers are, as the format names it, such as F32." })
  dtype!: string;

  @Field(() => [BigInt64], { description: "Its dimensions; -1 where the file leaves one open." })
  shape!: number[];
}

@ObjectType({
  description: "What a file's header says it holds. Nothing in it was run.",
})
export class FileContents {
  @Field(() => [String], { description: "What there is to say about it, at most 100 short sentences." })
  findings!: string[];

  @Field(() => BigInt64, { description: "How many tensors were met." })
  tensorCount!: number;

  /** The first 1,000 of them. */
  tensors!: Tensor[];

  @Field(() => Json, { description: "What it says of itself: at most 40 short texts by their names." })
  metadata!: Record<string, string>;
}

@ObjectType({
  implements: Node,
  description: "One file of a version: part of its bundle, or evidence beside it.",
  simpleResolvers: true,
})
@Entity("artifact")
@Index("artifact_path", ["versionId", "path"], { unique: true })
@Index("artifact_blob", ["blobId"])
@Index("artifact_sha256", ["sha256"])
export class Artifact extends Node {
  override get nodeKind() {
    return "ARTIFACT" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Column("int", { unsigned: true })
  versionId!: number;

  @Column("int", { unsigned: true })
  modelId!: number;

  @Field(() => String, { description: "Where it lies within the version, such as model/weights.onnx." })
  @Column("varchar", { length: 512 })
  path!: string;

  @Field(() => Boolean, {
    description: "Whether it was attached beside the bundle, later: no part of the version's digest.",
  })
  @Column("boolean")
  isEvidence!: boolean;

  @Field(() => ArtifactRole, { description: "What it is for." })
  @Column("varchar", { length: 17 })
  role!: ArtifactRole;

  @Field(() => Boolean, { description: "Whether the role was guessed from the path." })
  @Column("boolean")
  isRoleGuessed!: boolean;

  @Field(() => BigInt64, { description: "How many bytes it has." })
  @Column("bigint")
  sizeBytes!: number;

  @Field(() => String, {
    description:
      "SHA-256 of all its bytes, 64 hex digits: hashed by the registry, unless uri says it is elsewhere.",
  })
  @Column("varchar", { length: 64 })
  sha256!: string;

  @Field(() => String, {
    description: "Its media type, as told; application/octet-stream where nothing was.",
  })
  @Column("varchar", { length: 255 })
  contentType!: string;

  @Column("int", { unsigned: true, nullable: true })
  blobId!: number | null;

  @Field(() => String, {
    nullable: true,
    description: "Where it is, if elsewhere, as told; never opened by the registry.",
  })
  @Column("text", { nullable: true })
  uri!: string | null;

  @Field(() => String, { nullable: true, description: "What its header says it is, such as safetensors." })
  @Column("varchar", { length: 64, nullable: true })
  format!: string | null;

  @Field(() => ContentScan, {
    nullable: true,
    description: "Whether it may run code when it is loaded; null where it lies elsewhere and nobody looked.",
  })
  @Column("varchar", { length: 16, nullable: true })
  scan!: ContentScan | null;

  /** As `FileContents`; long, so lists do not load it. */
  @Column("json", { nullable: true })
  contents!: unknown;

  @Field(() => DateTime, { description: "When it was recorded." })
  @Column("bigint")
  createdAt!: number;

  @Column("int", { unsigned: true })
  createdById!: number;

  @Field(() => DateTime, {
    nullable: true,
    description:
      "When its bytes were let go, by a retention policy: what it was is still known. Null while they are kept.",
  })
  @Column("bigint", { nullable: true })
  purgedAt!: number | null;

  /** Of its blob; not a column of its own. */
  @Field(() => DateTime, {
    nullable: true,
    description:
      "When the registry last hashed its stored bytes and found them right; null where they are elsewhere.",
  })
  verifiedAt!: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "When its stored bytes were found to be others, or gone; null where they are right.",
  })
  corruptAt!: number | null;

  @Field(() => BlobClass, {
    nullable: true,
    description:
      "How the object store keeps its bytes, which it may share with other versions; null where they are elsewhere or were let go.",
  })
  storageClass!: BlobClass | null;

  /** Of its blob; null where the bytes are elsewhere. */
  storageKey!: string | null;
}
