import { Field, Int, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { Node } from "../kernel/node.ts";
import { DateTime } from "../kernel/scalars.ts";

/** For versions that came as far as one stage, and no further. */
@ObjectType({
  description: "How long the files of versions are kept that came as far as one stage, and no further.",
  simpleResolvers: true,
})
export class RetentionRule {
  @Field(() => String, { description: "The stage." })
  stage!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Days that files are kept after the version has left the stage; null for ever.",
  })
  keepDays!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Of each model, so many that were in the stage last, beside those that are in it, are kept for ever; null for none.",
  })
  keepLast!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Days after the version has left the stage from which on its files belong into a colder storage class. They are moved there where the registry's settings name one. Null for never.",
  })
  coldAfterDays!: number | null;
}

/** What is set, as its row keeps it. */
export interface RetentionBody {
  rules: RetentionRule[];
  runDays: number | null;
  abandonedRunDays: number | null;
}

@ObjectType({
  implements: Node,
  description:
    "How long files are kept. Of all that cover a model, the nearest holds; where none does, files are kept for ever.",
  simpleResolvers: true,
})
@Entity("retention")
@Index("retention_pattern", ["pattern"], { unique: true })
export class RetentionPolicy extends Node {
  override get nodeKind() {
    return "RETENTION" as const;
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

  /** JSON of a RetentionBody; null once it is taken back. */
  @Column("text", { nullable: true })
  body!: string | null;

  @Field(() => Int, { description: "Grows by one with each change, from 1." })
  @Column("int", { unsigned: true })
  revision!: number;

  @Field(() => DateTime, { description: "When it was last changed." })
  @Column("bigint")
  updatedAt!: number;

  @Field(() => Boolean, { description: "False once it was taken back: a wider one holds, or none." })
  get isSet(): boolean {
    return this.body !== null;
  }

  @Field(() => [RetentionRule], { description: "One for each stage that it speaks of." })
  get rules(): RetentionRule[] {
    return this.parsed?.rules ?? [];
  }

  @Field(() => Int, {
    nullable: true,
    description:
      "Days after its end that files of a finished run are kept, and of logged models that it left; null for ever. For runs of experiments whose scope it covers. Versions that were registered from them keep theirs.",
  })
  get runDays(): number | null {
    return this.parsed?.runDays ?? null;
  }

  @Field(() => Int, {
    nullable: true,
    description: "The same for runs that failed, were killed or deleted. Those under way keep their files.",
  })
  get abandonedRunDays(): number | null {
    return this.parsed?.abandonedRunDays ?? null;
  }

  private get parsed(): RetentionBody | null {
    return this.body === null ? null : (JSON.parse(this.body) as RetentionBody);
  }
}
