import { Field, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { BigInt64, DateTime } from "../kernel/scalars.ts";

@ObjectType({
  description:
    "A file that a run or a logged model left. Another may take its place; a version that was registered from it keeps the bytes it was registered with.",
  simpleResolvers: true,
})
@Entity("logged_file")
@Index("logged_file_folder", ["ownerId", "folder"])
@Index("logged_file_blob", ["blobId"])
@Index("logged_file_held", ["ownerId", "blobId", "loggedAt"])
export class LoggedFile {
  /** The run's or the logged model's node number. */
  @PrimaryColumn("int", { unsigned: true })
  ownerId!: number;

  @Field(() => String, {
    description: "Where it lies within the run or logged model, such as model/MLmodel.",
  })
  @PrimaryColumn("varchar", { length: 512 })
  path!: string;

  /** The path up to its last `/`; empty at the top. */
  @Column("varchar", { length: 512 })
  folder!: string;

  @Field(() => BigInt64, { description: "How many bytes it has." })
  @Column("bigint")
  sizeBytes!: number;

  @Field(() => String, { description: "SHA-256 of all its bytes, 64 hex digits: hashed by the registry." })
  @Column("varchar", { length: 64 })
  sha256!: string;

  @Field(() => String, {
    description: "Its media type, as told; application/octet-stream where nothing was.",
  })
  @Column("varchar", { length: 255 })
  contentType!: string;

  /** Null once its bytes were let go. */
  @Column("int", { unsigned: true, nullable: true })
  blobId!: number | null;

  @Field(() => DateTime, { description: "When it was logged." })
  @Column("bigint")
  loggedAt!: number;

  @Column("int", { unsigned: true })
  loggedById!: number;

  @Field(() => DateTime, {
    nullable: true,
    description:
      "When its bytes were let go, by a retention policy: what it was is still known. Null while they are kept.",
  })
  @Column("bigint", { nullable: true })
  purgedAt!: number | null;

  /** Of its owner's node. */
  experimentId!: number;

  /** Of its blob; null where its bytes were let go, or found to be others. */
  storageKey!: string | null;
}

/** Parts of a file on their way straight to the object store; nobody knows its size and digest before all have come. */
@Entity("logged_file_upload")
@Index("logged_file_upload_key", ["storageKey"], { unique: true })
@Index("logged_file_upload_expiry", ["expiresAt"])
export class LoggedFileUpload {
  /** Random, 32 hex digits: who does not know it ends no upload of others. */
  @PrimaryColumn("varchar", { length: 32 })
  id!: string;

  @Column("int", { unsigned: true })
  ownerId!: number;

  @Column("varchar", { length: 512 })
  path!: string;

  @Column("varchar", { length: 255 })
  contentType!: string;

  @Column("varchar", { length: 200 })
  storageKey!: string;

  /** What the store calls it. */
  @Column("text")
  ticket!: string;

  @Column("bigint")
  expiresAt!: number;

  @Column("int", { unsigned: true })
  createdById!: number;

  /** When its file was logged; who completes it again finds it done. */
  @Column("bigint", { nullable: true })
  completedAt!: number | null;
}
