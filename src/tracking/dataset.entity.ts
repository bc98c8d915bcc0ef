import { Field, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { connectionType, type Page } from "../kernel/connection.ts";
import { Node } from "../kernel/node.ts";
import { DateTime, Json } from "../kernel/scalars.ts";

@ObjectType({
  implements: Node,
  description: "A named body of data; its states are dataset versions.",
  simpleResolvers: true,
})
@Entity("dataset")
@Index("dataset_name", ["name"], { unique: true })
export class Dataset extends Node {
  override get nodeKind() {
    return "DATASET" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Field(() => String, { description: "Unique." })
  @Column("varchar", { length: 255 })
  name!: string;

  @Field(() => String, { description: "Dotted prefix on which permissions are granted; empty where none." })
  @Column("varchar", { length: 255 })
  scope!: string;

  @Field(() => DateTime, { description: "When it was made known to the registry." })
  @Column("bigint")
  createdAt!: number;

  @Field(() => DateTime, { description: "When its latest version was made known." })
  @Column("bigint")
  updatedAt!: number;
}

@ObjectType({
  implements: Node,
  description: "One state of a dataset; known by the dataset's name and its digest.",
  simpleResolvers: true,
})
@Entity("dataset_version")
@Index("dataset_version_digest", ["datasetId", "digest"], { unique: true })
@Index("dataset_version_any", ["digest"])
export class DatasetVersion extends Node {
  override get nodeKind() {
    return "DATASET_VERSION" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  /** Node number of its dataset. */
  @Column("int", { unsigned: true })
  datasetId!: number;

  @Field(() => String, { description: "Fingerprint of the content, as whoever recorded it computed it." })
  @Column("varchar", { length: 255 })
  digest!: string;

  @Field(() => String, { nullable: true, description: "How the digest was computed, such as sha256." })
  @Column("varchar", { length: 64, nullable: true })
  digestAlgorithm!: string | null;

  @Field(() => String, { nullable: true, description: "Where the data lies, or how it is read." })
  @Column("text", { nullable: true })
  source!: string | null;

  @Field(() => Json, { nullable: true, description: "Its columns, in the form of whoever recorded it." })
  @Column("json", { nullable: true })
  schema!: unknown;

  @Field(() => Json, { nullable: true, description: "Counts and statistics, such as num_rows." })
  @Column("json", { nullable: true })
  profile!: unknown;

  @Field(() => DateTime, { description: "When it was made known to the registry." })
  @Column("bigint")
  createdAt!: number;
}

/** How a dataset version was used; `datasetVersion` is a field resolver. */
@ObjectType({ description: "A dataset version in a role.", simpleResolvers: true })
export class DatasetUse {
  /** Node number of the dataset version. */
  datasetVersionId!: number;

  @Field(() => String, { description: "What for: train, validation, test, eval, …; empty where not told." })
  role!: string;

  @Field(() => Boolean, { description: "True where it was read out of params or tags, not declared." })
  isInferred!: boolean;
}

export const DatasetConnection = connectionType("Dataset", () => Dataset);
export type DatasetConnection = Page<Dataset>;

export const DatasetVersionConnection = connectionType("DatasetVersion", () => DatasetVersion);
export type DatasetVersionConnection = Page<DatasetVersion>;
