import { Field, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { Node } from "../kernel/node.ts";
import { DateTime } from "../kernel/scalars.ts";

/** Never changed: another validation is another record. */
@ObjectType({
  implements: Node,
  description: "That somebody apart from the owner's team has validated a version, as on record.",
  simpleResolvers: true,
})
@Entity("validation")
@Index("validation_version", ["versionId", "nodeId"])
export class Validation extends Node {
  override get nodeKind() {
    return "VALIDATION" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Column("int", { unsigned: true })
  versionId!: number;

  @Field(() => String, { description: "Who validated it, as told; createdBy is who was authenticated." })
  @Column("varchar", { length: 255 })
  validator!: string;

  @Field(() => String, { description: "For whom the validator did so, such as an auditor's firm." })
  @Column("varchar", { length: 255 })
  organisation!: string;

  @Field(() => String, { nullable: true, description: "What was validated, such as fairness by age group." })
  @Column("text", { nullable: true })
  scope!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Where the report is, as told; never opened by the registry.",
  })
  @Column("text", { nullable: true })
  reportUri!: string | null;

  @Field(() => String, { nullable: true, description: "The report's content digest, such as sha256:…" })
  @Column("varchar", { length: 71, nullable: true })
  reportDigest!: string | null;

  @Field(() => DateTime, { nullable: true, description: "Until when it is good; null where for ever." })
  @Column("bigint", { nullable: true })
  expiresAt!: number | null;

  @Field(() => DateTime, { description: "When it was recorded." })
  @Column("bigint")
  createdAt!: number;

  @Column("int", { unsigned: true })
  createdById!: number;
}
