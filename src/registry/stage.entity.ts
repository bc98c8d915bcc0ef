import { Field, Int, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { Node } from "../kernel/node.ts";
import { DateTime } from "../kernel/scalars.ts";

@ObjectType({
  description: "Where a version can stand. Every version is in exactly one.",
  simpleResolvers: true,
})
@Entity("stage")
export class Stage {
  @Field(() => String, { description: "Canonical spelling; input is taken in any case." })
  @PrimaryColumn("varchar", { length: 64 })
  name!: string;

  @Field(() => Int, { description: "Order along the way, from 0, where new versions stand." })
  @Column("int", { unsigned: true })
  position!: number;

  @Field(() => Boolean, { description: "Whether versions in it serve." })
  @Column("boolean")
  isLive!: boolean;

  @Field(() => Boolean, { description: "Whether versions in it are put away." })
  @Column("boolean")
  isRetired!: boolean;

  @Field(() => [String], { description: "Other names taken for it on input, in any case." })
  @Column("json")
  synonyms!: string[];

  @Field(() => [String], { description: "Stages a version may move to from here." })
  @Column("json")
  allowedMoves!: string[];

  /** Since when no version can stand in it; its row stays, as past stays name it. */
  @Column("bigint", { nullable: true })
  removedAt!: number | null;
}

/** A name or synonym of a stage, so that no two stages answer to one. */
@Entity("stage_name")
export class StageName {
  /** In lower case, as `stageKey` makes it. */
  @PrimaryColumn("varchar", { length: 255 })
  nameKey!: string;

  @Column("varchar", { length: 64 })
  stage!: string;
}

@ObjectType({
  implements: Node,
  description: "The stages of this registry, which are defined all at once.",
  simpleResolvers: true,
})
@Entity("stage_set")
export class StageSet extends Node {
  override get nodeKind() {
    return "STAGE_SET" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Field(() => Int, { description: "Grows by one with each definition, from 1." })
  @Column("int", { unsigned: true })
  revision!: number;

  @Field(() => DateTime, { description: "When they were defined." })
  @Column("bigint")
  updatedAt!: number;
}

/** One stay of a version in a stage: from the event that put it there to the one that took it away. */
@Entity("stage_change")
@Index("stage_change_in_model", ["modelId", "stage", "fromSeq", "toSeq", "fromAt", "toAt"])
@Index("stage_change_recorded", ["fromSeq", "toSeq", "stage", "modelId"])
@Index("stage_change_occurred", ["fromAt", "fromSeq", "toAt", "toSeq", "stage", "modelId"])
export class StageChangeRow {
  @PrimaryColumn("int", { unsigned: true })
  versionId!: number;

  @PrimaryColumn("bigint")
  fromSeq!: number;

  /** Null while the stay lasts. */
  @Column("bigint", { nullable: true })
  toSeq!: number | null;

  @Column("int", { unsigned: true })
  modelId!: number;

  @Column("varchar", { length: 64 })
  stage!: string;

  /** When it happened, as told; differs from when it was recorded for imported history. */
  @Column("bigint")
  fromAt!: number;

  @Column("bigint", { nullable: true })
  toAt!: number | null;

  /** Node number of the policy that it passed, with all that it asks for; null where none let it in. */
  @Column("int", { unsigned: true, nullable: true })
  passedPolicyId!: number | null;

  /** That policy's revision then. */
  @Column("int", { unsigned: true, nullable: true })
  passedRevision!: number | null;

  /** Whether it began in an emergency; null: no. */
  @Column("boolean", { nullable: true })
  isBreakGlass!: boolean | null;

  /** Whether a rollback ended it, to take the version out; null: no, or not yet. */
  @Column("boolean", { nullable: true })
  isRolledBack!: boolean | null;
}
