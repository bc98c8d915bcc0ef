import { Field, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { connectionType, type Page } from "../kernel/connection.ts";
import { Node } from "../kernel/node.ts";
import { BigInt64, DateTime } from "../kernel/scalars.ts";

@ObjectType({
  implements: Node,
  description: "A model as a run left it, before it is registered; a checkpoint, often.",
  simpleResolvers: true,
})
@Entity("logged_model")
@Index("logged_model_model_id", ["modelId"], { unique: true })
@Index("logged_model_run", ["runId", "nodeId"])
@Index("logged_model_experiment", ["experimentId", "nodeId"])
export class LoggedModel extends Node {
  override get nodeKind() {
    return "LOGGED_MODEL" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Field(() => String, { description: "m- and 32 lower-case hex digits, minted here or by the caller." })
  @Column("varchar", { length: 64 })
  modelId!: string;

  @Field(() => String, { nullable: true, description: "For people; need not be unique." })
  @Column("varchar", { length: 255, nullable: true })
  name!: string | null;

  /** Node number of the run that produced it. */
  @Column("int", { unsigned: true, nullable: true })
  runId!: number | null;

  /** Node number of its experiment. */
  @Column("int", { unsigned: true })
  experimentId!: number;

  @Field(() => String, { description: "PENDING, READY, FAILED, or what its old home called it." })
  @Column("varchar", { length: 32 })
  status!: string;

  @Field(() => String, { nullable: true, description: "Who made it, as claimed." })
  @Column("varchar", { length: 255, nullable: true })
  attributedTo!: string | null;

  @Field(() => DateTime, { description: "When it was made." })
  @Column("bigint")
  createdAt!: number;

  @Field(() => DateTime, { description: "When it last changed." })
  @Column("bigint")
  updatedAt!: number;

  @Field(() => DateTime, { nullable: true, description: "When it was deleted, here or in its old home." })
  @Column("bigint", { nullable: true })
  deletedAt!: number | null;

  @Field(() => BigInt64, { nullable: true, description: "The training step at which its run made it." })
  @Column("bigint", { nullable: true })
  step!: number | null;
}

export const LoggedModelConnection = connectionType("LoggedModel", () => LoggedModel);
export type LoggedModelConnection = Page<LoggedModel>;
