import { Field, Int, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { Node } from "../kernel/node.ts";
import { DateTime } from "../kernel/scalars.ts";

@ObjectType({
  implements: Node,
  description:
    "An alias that only those with alias:protect may move or delete, and that points to versions in certain stages only. All that cover a model hold at once.",
  simpleResolvers: true,
})
@Entity("alias_protection")
@Index("alias_protection_live", ["liveKey"], { unique: true })
@Index("alias_protection_alias", ["alias", "nodeId"])
export class AliasProtection extends Node {
  override get nodeKind() {
    return "ALIAS_PROTECTION" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Column("varchar", { length: 255 })
  pattern!: string;

  @Field(() => String, {
    description: "Of which models: `*`, a dotted prefix such as `risk.*`, or one model's name.",
  })
  get model(): string {
    return this.pattern;
  }

  @Field(() => String, { description: "The alias, such as champion." })
  @Column("varchar", { length: 255 })
  alias!: string;

  /** While it is not deleted: a digest of pattern and alias, so that there is one of each. */
  @Column("varchar", { length: 64, nullable: true })
  liveKey!: string | null;

  /** JSON list of stages as they were called when it was made; empty for any. */
  @Column("text")
  stagesText!: string;

  @Field(() => Int, { description: "Grows by one with each change, from 1." })
  @Column("int", { unsigned: true })
  revision!: number;

  @Field(() => DateTime, { description: "Since when." })
  @Column("bigint")
  createdAt!: number;

  @Field(() => DateTime, { description: "When it was last changed." })
  @Column("bigint")
  updatedAt!: number;

  @Field(() => DateTime, { nullable: true, description: "Until when; null where it holds still." })
  @Column("bigint", { nullable: true })
  deletedAt!: number | null;
}
