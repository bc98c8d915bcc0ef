import { Field, Int, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { connectionType, type Page } from "../kernel/connection.ts";
import { Node } from "../kernel/node.ts";
import { DateTime } from "../kernel/scalars.ts";

@ObjectType({
  implements: Node,
  description: "A named line of work; its releases are model versions.",
  simpleResolvers: true,
})
@Entity("model")
@Index("model_live_name", ["liveName"], { unique: true })
@Index("model_updated", ["updatedAt", "nodeId"])
export class Model extends Node {
  override get nodeKind() {
    return "MODEL" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Field(() => String, {
    description: "Unique among models that are not deleted; dotted prefixes group: risk.fraud.",
  })
  @Column("varchar", { length: 255 })
  name!: string;

  /** The name while the model lives, NULL once it is deleted: what the unique key holds. */
  @Column("varchar", { length: 255, nullable: true })
  liveName!: string | null;

  @Field(() => String, { nullable: true, description: "What it is for; at most 5,000 characters." })
  @Column("text", { nullable: true })
  description!: string | null;

  @Field(() => String, { nullable: true, description: "Who answers for it." })
  @Column("varchar", { length: 255, nullable: true })
  owner!: string | null;

  /** The highest number ever given to a version. */
  @Column("int", { unsigned: true })
  lastNumber!: number;

  @Field(() => DateTime, { description: "When it was made." })
  @Column("bigint")
  createdAt!: number;

  @Field(() => DateTime, {
    description:
      "When it last changed, or one of its versions did: was registered, moved, measured, filled or deleted. What is said of a version, by description or tags, does not count.",
  })
  @Column("bigint")
  updatedAt!: number;

  @Field(() => DateTime, { nullable: true, description: "When it was deleted." })
  @Column("bigint", { nullable: true })
  deletedAt!: number | null;

  @Field(() => Int, { description: "Counts the changes of the model itself; for expectedRevision." })
  @Column("int", { unsigned: true })
  revision!: number;
}

export const ModelConnection = connectionType("Model", () => Model);
export type ModelConnection = Page<Model>;
