import { Field, Int, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { DateTime } from "../kernel/scalars.ts";

@ObjectType({
  description: "A named pointer of a model to one of its versions, moved atomically.",
  simpleResolvers: true,
})
@Entity("alias")
@Index("alias_version", ["versionId"])
export class Alias {
  @PrimaryColumn("int", { unsigned: true })
  modelId!: number;

  @Field(() => String, { description: "Such as champion. `latest` is reserved: it is computed." })
  @PrimaryColumn("varchar", { length: 255 })
  name!: string;

  @Column("int", { unsigned: true })
  versionId!: number;

  @Field(() => Int, {
    nullable: true,
    description: "Its share of 100 in the model's weighted set; null where it is in none.",
  })
  @Column("int", { unsigned: true, nullable: true })
  weight!: number | null;

  @Field(() => DateTime, { description: "When it was last moved or given another weight." })
  @Column("bigint")
  updatedAt!: number;
}
