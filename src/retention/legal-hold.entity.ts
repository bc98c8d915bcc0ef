import { Field, ObjectType } from "type-graphql";
import { Column, Entity, PrimaryColumn } from "typeorm";
import { DateTime } from "../kernel/scalars.ts";

/** A model or a version that is or was under legal hold. */
@Entity("legal_hold")
export class LegalHoldRow {
  /** Node number of the model or version. */
  @PrimaryColumn("int", { unsigned: true })
  subjectId!: number;

  @Column("text")
  reason!: string;

  @Column("bigint")
  since!: number;

  @Column("int", { unsigned: true })
  setById!: number;

  /** When it ended; null while it holds. */
  @Column("bigint", { nullable: true })
  releasedAt!: number | null;
}

@ObjectType({
  description: "Nothing of what is under legal hold is let go, whatever a retention policy says.",
  simpleResolvers: true,
})
export class LegalHold {
  @Field(() => String, { description: "Why it is held." })
  reason!: string;

  @Field(() => DateTime, { description: "Since when." })
  since!: number;

  @Field(() => Boolean, { description: "Whether it is on the whole model." })
  isOfModel!: boolean;

  /** Node number of what it is on. */
  subjectId!: number;

  setById!: number;
}
