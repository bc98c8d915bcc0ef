import { Field, ObjectType, registerEnumType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { connectionType, type Page } from "../kernel/connection.ts";
import { Node } from "../kernel/node.ts";
import { DateTime } from "../kernel/scalars.ts";

export enum RunStatus {
  RUNNING = "RUNNING",
  SCHEDULED = "SCHEDULED",
  FINISHED = "FINISHED",
  FAILED = "FAILED",
  KILLED = "KILLED",
}

registerEnumType(RunStatus, {
  name: "RunStatus",
  description: "How far a run is.",
  valuesConfig: {
    RUNNING: { description: "Under way." },
    SCHEDULED: { description: "To be started." },
    FINISHED: { description: "Ended as it should." },
    FAILED: { description: "Ended in an error." },
    KILLED: { description: "Stopped from outside." },
  },
});

@ObjectType({
  implements: Node,
  description: "One execution of code: what it was given, what it measured, what it made.",
  simpleResolvers: true,
})
@Entity("run")
@Index("run_run_id", ["runId"], { unique: true })
@Index("run_experiment", ["experimentId", "startedAt", "nodeId"])
@Index("run_parent", ["nestedIn", "nodeId"])
@Index("run_started", ["startedAt", "nodeId"])
export class Run extends Node {
  override get nodeKind() {
    return "RUN" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Field(() => String, { description: "32 lower-case hex digits, minted here or by the caller." })
  @Column("varchar", { length: 32 })
  runId!: string;

  /** Node number of its experiment. */
  @Column("int", { unsigned: true })
  experimentId!: number;

  @Field(() => String, { nullable: true, description: "For people; need not be unique." })
  @Column("varchar", { length: 255, nullable: true })
  name!: string | null;

  @Field(() => RunStatus, { description: "How far it is." })
  @Column("varchar", { length: 10 })
  status!: RunStatus;

  @Field(() => DateTime, { nullable: true, description: "When it began." })
  @Column("bigint", { nullable: true })
  startedAt!: number | null;

  @Field(() => DateTime, { nullable: true, description: "When it ended." })
  @Column("bigint", { nullable: true })
  endedAt!: number | null;

  /** Node number of the actor who created it here; null where it was imported. */
  @Column("int", { unsigned: true, nullable: true })
  startedBy!: number | null;

  @Field(() => String, { nullable: true, description: "Who ran it, as claimed." })
  @Column("varchar", { length: 255, nullable: true })
  attributedTo!: string | null;

  @Field(() => String, { nullable: true, description: "What was executed, such as train.py." })
  @Column("text", { nullable: true })
  entryPoint!: string | null;

  /** Node number of the run it is nested in. */
  @Column("int", { unsigned: true, nullable: true, name: "parentId" })
  nestedIn!: number | null;

  /** Node number of the commit it executed. */
  @Column("int", { unsigned: true, nullable: true })
  commitId!: number | null;

  @Field(() => DateTime, { description: "When it was made known to the registry." })
  @Column("bigint")
  createdAt!: number;

  @Field(() => DateTime, { description: "When it last changed; what a running run logs does not count." })
  @Column("bigint")
  updatedAt!: number;

  @Field(() => DateTime, { nullable: true, description: "When it was deleted." })
  @Column("bigint", { nullable: true })
  deletedAt!: number | null;
}

export const RunConnection = connectionType("Run", () => Run);
export type RunConnection = Page<Run>;
