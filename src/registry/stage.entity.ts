import { Field, Int, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** The stage of a version that has not been moved yet. */
export const firstStage = "None";

@ObjectType({
  description: "Where a version can stand. Every version is in exactly one.",
  simpleResolvers: true,
})
@Entity("stage")
export class Stage {
  @Field(() => String, { description: "Canonical spelling; input is taken in any case." })
  @PrimaryColumn("varchar", { length: 64 })
  name!: string;

  @Field(() => Int, { description: "Order along the way, from 0." })
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
}

/** One stay of a version in a stage: from the event that put it there to the one that took it away. */
@Entity("stage_change")
@Index("stage_change_model", ["modelId", "stage", "fromSeq"])
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
}
