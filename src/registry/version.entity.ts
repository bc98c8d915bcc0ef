import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { connectionType, type Page } from "../kernel/connection.ts";
import { Node } from "../kernel/node.ts";
import { DateTime, Json } from "../kernel/scalars.ts";

export enum VersionStatus {
  PENDING = "PENDING",
  READY = "READY",
  FAILED = "FAILED",
}

registerEnumType(VersionStatus, {
  name: "VersionStatus",
  description: "Whether a version's registration is complete.",
  valuesConfig: {
    PENDING: { description: "Its files are on their way." },
    READY: { description: "Registered." },
    FAILED: { description: "Registration failed; statusMessage says why." },
  },
});

@ObjectType({ description: "A container image that serves a version.", simpleResolvers: true })
export class Image {
  @Field(() => String, { description: "Where it is, such as registry.example/fraud:7." })
  uri!: string;

  @Field(() => String, { nullable: true, description: "Its content digest, such as sha256:…" })
  digest!: string | null;
}

@ObjectType({
  implements: Node,
  description: "An immutable, numbered release of a model. Numbers count from 1 and are never reused.",
  simpleResolvers: true,
})
@Entity("model_version")
@Index("model_version_number", ["modelId", "number"], { unique: true })
@Index("model_version_semantic", ["modelId", "semanticVersion"], { unique: true })
@Index("model_version_external", ["modelId", "externalId"], { unique: true })
@Index("model_version_stage", ["modelId", "stage", "number"])
@Index("model_version_in_stage", ["stage", "nodeId"])
@Index("model_version_run", ["runId", "nodeId"])
@Index("model_version_logged_model", ["loggedModelId", "nodeId"])
@Index("model_version_updated", ["updatedAt", "nodeId"])
@Index("model_version_created", ["createdAt", "nodeId"])
export class ModelVersion extends Node {
  override get nodeKind() {
    return "MODEL_VERSION" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Column("int", { unsigned: true })
  modelId!: number;

  @Field(() => Int, { description: "1, 2, 3… within its model." })
  @Column("int", { unsigned: true })
  number!: number;

  @Field(() => String, {
    nullable: true,
    description: "Semantic version beside the number, such as 1.4.0; given once.",
  })
  @Column("varchar", { length: 255, nullable: true })
  semanticVersion!: string | null;

  /** Sorts as semantic versions do; see version.rules.ts. */
  @Column("varchar", { length: 512, nullable: true })
  semanticOrder!: string | null;

  @Field(() => String, { description: "Where it stands, such as Production." })
  @Column("varchar", { length: 64 })
  stage!: string;

  @Field(() => VersionStatus, { description: "Whether its registration is complete." })
  @Column("varchar", { length: 8 })
  status!: VersionStatus;

  @Field(() => String, {
    nullable: true,
    description: "Why it is PENDING or FAILED, or what is to be said of its files.",
  })
  @Column("text", { nullable: true })
  statusMessage!: string | null;

  @Field(() => String, { nullable: true, description: "What is special about it; at most 5,000 characters." })
  @Column("text", { nullable: true })
  description!: string | null;

  @Field(() => String, { nullable: true, description: "What it was made with, such as sklearn." })
  @Column("varchar", { length: 255, nullable: true })
  framework!: string | null;

  @Field(() => String, { nullable: true, description: "How it is stored, such as onnx." })
  @Column("varchar", { length: 255, nullable: true })
  format!: string | null;

  @Column("text", { nullable: true })
  imageUri!: string | null;

  @Column("varchar", { length: 255, nullable: true })
  imageDigest!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Where it came from, as told; never opened by the registry.",
  })
  @Column("text", { nullable: true })
  source!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Its name in another system; unique within the model.",
  })
  @Column("varchar", { length: 255, nullable: true })
  externalId!: string | null;

  @Field(() => Json, { nullable: true, description: "Schema of its inputs, outputs and params." })
  @Column("json", { nullable: true })
  signature!: unknown;

  @Column("int", { unsigned: true, nullable: true })
  runId!: number | null;

  @Column("int", { unsigned: true, nullable: true })
  loggedModelId!: number | null;

  @Column("int", { unsigned: true, nullable: true })
  commitId!: number | null;

  @Column("int", { unsigned: true, name: "createdBy" })
  createdById!: number;

  @Field(() => String, {
    nullable: true,
    description: "Author as claimed elsewhere; createdBy is who was authenticated.",
  })
  @Column("varchar", { length: 255, nullable: true })
  attributedTo!: string | null;

  @Field(() => DateTime, { description: "When it was registered." })
  @Column("bigint")
  createdAt!: number;

  @Field(() => DateTime, { description: "When it last changed." })
  @Column("bigint")
  updatedAt!: number;

  @Field(() => DateTime, { nullable: true, description: "When it was deleted." })
  @Column("bigint", { nullable: true })
  deletedAt!: number | null;

  @Field(() => Int, { description: "Counts its changes; for expectedRevision." })
  @Column("int", { unsigned: true })
  revision!: number;

  @Field(() => String, {
    nullable: true,
    description:
      "SHA-256 over its bundle: the canonical JSON (RFC 8785) of the list of [path, sha256] in order of the paths by code points. Null while it has no files.",
  })
  @Column("varchar", { length: 64, nullable: true })
  digest!: string | null;

  @Field(() => DateTime, { nullable: true, description: "When its bundle became complete, for good." })
  @Column("bigint", { nullable: true })
  sealedAt!: number | null;

  @Field(() => Image, { nullable: true, description: "The container image that serves it." })
  get image(): Image | null {
    return this.imageUri === null ? null : { uri: this.imageUri, digest: this.imageDigest };
  }
}

@ObjectType({ description: "How one model version came out of another.", simpleResolvers: true })
export class Derivation {
  @Field(() => String, { description: "finetune, adapter, quantized, merge, distilled, …" })
  relation!: string;

  @Field(() => ModelVersion, { description: "The version at the other end: the parent, or the child." })
  modelVersion!: ModelVersion;
}

@ObjectType({ description: "How much of what a reviewer would ask for is on record.", simpleResolvers: true })
export class Completeness {
  @Field(() => Number, { description: "0–1: the share of the six parts that are there." })
  score!: number;

  @Field(() => [String], {
    description: "Of code, dataset, params, metrics, owner, documentation (a card): those missing.",
  })
  missing!: string[];
}

export const ModelVersionConnection = connectionType("ModelVersion", () => ModelVersion);
export type ModelVersionConnection = Page<ModelVersion>;

export const DerivationConnection = connectionType("Derivation", () => Derivation);
export type DerivationConnection = Page<Derivation>;
