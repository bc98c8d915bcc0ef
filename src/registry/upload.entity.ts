import { Field, ObjectType, registerEnumType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { Node } from "../kernel/node.ts";
import { BigInt64, DateTime } from "../kernel/scalars.ts";
import { ArtifactRole } from "./artifact.entity.ts";

export enum UploadState {
  OPEN = "OPEN",
  VERIFYING = "VERIFYING",
  COMPLETED = "COMPLETED",
  ABORTED = "ABORTED",
}

registerEnumType(UploadState, {
  name: "UploadState",
  description: "How far an upload has come.",
  valuesConfig: {
    OPEN: { description: "Files are on their way." },
    VERIFYING: { description: "The registry is hashing what arrived." },
    COMPLETED: { description: "Its files are artifacts of the version." },
    ABORTED: { description: "It was given up, by its sender or because it expired." },
  },
});

@ObjectType({
  implements: Node,
  description: "Files on their way to a version, by signed requests straight to the object store.",
  simpleResolvers: true,
})
@Entity("upload")
@Index("upload_open", ["openKey"], { unique: true })
@Index("upload_version", ["versionId", "nodeId"])
@Index("upload_state", ["state", "expiresAt"])
export class Upload extends Node {
  override get nodeKind() {
    return "UPLOAD" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Column("int", { unsigned: true })
  versionId!: number;

  @Column("int", { unsigned: true })
  modelId!: number;

  @Field(() => Boolean, { description: "Whether its files come beside the bundle rather than into it." })
  @Column("boolean")
  isEvidence!: boolean;

  @Field(() => UploadState, { description: "How far it has come." })
  @Column("varchar", { length: 9 })
  state!: UploadState;

  /** One upload of a version's bundle at a time; null once it has ended, and for evidence. */
  @Column("varchar", { length: 32, nullable: true })
  openKey!: string | null;

  /** Over the files as they were announced: the same ones again are the same upload. */
  @Column("varchar", { length: 64 })
  filesDigest!: string;

  @Field(() => DateTime, { description: "When it was begun." })
  @Column("bigint")
  createdAt!: number;

  @Column("int", { unsigned: true })
  createdById!: number;

  @Field(() => DateTime, { description: "When it is given up, unless it is completed." })
  @Column("bigint")
  expiresAt!: number;

  @Column("int", { unsigned: true, nullable: true })
  completedById!: number | null;

  /**
   * Until when whoever verifies it has it for itself, epoch ms; with a message, until when it is left alone, since the
   * store could not be read.
   */
  @Column("bigint", { nullable: true })
  leasedUntil!: number | null;

  /** How often somebody began to verify it and was not heard of again. */
  @Column("int", { unsigned: true })
  attempts!: number;

  /** Whether who completes it may write the version's card, too. */
  @Column("boolean")
  takesCard!: boolean;

  @Field(() => String, { nullable: true, description: "Why it was not taken when it was to be completed." })
  @Column("text", { nullable: true })
  message!: string | null;
}

/** One file of an upload, as it was announced. */
@ObjectType({ description: "One file of an upload, as it was announced.", simpleResolvers: true })
@Entity("upload_file")
@Index("upload_file_blob", ["blobId"])
@Index("upload_file_key", ["storageKey"])
export class UploadFile {
  @PrimaryColumn("int", { unsigned: true })
  uploadId!: number;

  @PrimaryColumn("int", { unsigned: true })
  position!: number;

  @Field(() => String, { description: "Where it lies within the version." })
  @Column("varchar", { length: 512 })
  path!: string;

  @Field(() => ArtifactRole, { description: "What it is for." })
  @Column("varchar", { length: 17 })
  role!: ArtifactRole;

  @Field(() => Boolean, { description: "Whether the role was guessed from the path." })
  @Column("boolean")
  isRoleGuessed!: boolean;

  @Field(() => BigInt64, { description: "How many bytes it has, as announced." })
  @Column("bigint")
  sizeBytes!: number;

  @Field(() => String, { description: "SHA-256 of its bytes, as announced." })
  @Column("varchar", { length: 64 })
  sha256!: string;

  @Column("varchar", { length: 255 })
  contentType!: string;

  @Column("text", { nullable: true })
  uri!: string | null;

  /** Bytes that are there already, which the sender may read; with a storageKey, they were found wrong and come anew. */
  @Column("int", { unsigned: true, nullable: true })
  blobId!: number | null;

  /** Where its bytes go; null where none are to be sent. */
  @Column("varchar", { length: 200, nullable: true })
  storageKey!: string | null;

  /** The store's own, once something was signed for it. */
  @Column("text", { nullable: true })
  ticket!: string | null;

  @Field(() => String, { nullable: true, description: "Why what arrived was not taken: send it again." })
  @Column("text", { nullable: true })
  message!: string | null;

  /** When its bytes were hashed and found right, epoch ms. */
  @Column("bigint", { nullable: true })
  verifiedAt!: number | null;
}
