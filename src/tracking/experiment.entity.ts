import { Field, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { connectionType, type Page } from "../kernel/connection.ts";
import { Node } from "../kernel/node.ts";
import { DateTime } from "../kernel/scalars.ts";

/** The `experimentId` of the experiment that runs belong to where none is named; the first migration makes it. */
export const defaultExperimentId = "0";

@ObjectType({
  implements: Node,
  description: "A named line of inquiry; its trials are runs.",
  simpleResolvers: true,
})
@Entity("experiment")
@Index("experiment_local_id", ["experimentId"], { unique: true })
@Index("experiment_live_name", ["liveName"], { unique: true })
export class Experiment extends Node {
  override get nodeKind() {
    return "EXPERIMENT" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Field(() => String, {
    description: 'Its number as MLflow clients know it; "0" is the default experiment.',
  })
  @Column("varchar", { length: 20 })
  experimentId!: string;

  @Field(() => String, { description: "Unique among experiments that are not deleted." })
  @Column("varchar", { length: 500 })
  name!: string;

  /** The name while the experiment lives, NULL once it is deleted: what the unique key holds. */
  @Column("varchar", { length: 500, nullable: true })
  liveName!: string | null;

  @Field(() => String, { description: "Dotted prefix on which permissions are granted; empty where none." })
  @Column("varchar", { length: 255 })
  scope!: string;

  @Field(() => DateTime, { description: "When it was made." })
  @Column("bigint")
  createdAt!: number;

  @Field(() => DateTime, { description: "When its name, its tags or its deletion last changed." })
  @Column("bigint")
  updatedAt!: number;

  @Field(() => DateTime, { nullable: true, description: "When it was deleted." })
  @Column("bigint", { nullable: true })
  deletedAt!: number | null;
}

export const ExperimentConnection = connectionType("Experiment", () => Experiment);
export type ExperimentConnection = Page<Experiment>;
