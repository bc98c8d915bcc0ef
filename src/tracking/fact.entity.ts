import { Field, Float, ObjectType, registerEnumType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from "typeorm";
import { connectionType, type Page } from "../kernel/connection.ts";
import { BigInt64, DateTime } from "../kernel/scalars.ts";

/** What JSON numbers cannot hold. */
export enum SpecialValue {
  NAN = "NAN",
  POSITIVE_INFINITY = "POSITIVE_INFINITY",
  NEGATIVE_INFINITY = "NEGATIVE_INFINITY",
}

registerEnumType(SpecialValue, {
  name: "SpecialValue",
  description: "A metric value that is no finite number.",
  valuesConfig: {
    NAN: { description: "Not a number." },
    POSITIVE_INFINITY: { description: "Larger than any number." },
    NEGATIVE_INFINITY: { description: "Smaller than any number." },
  },
});

/** A tag of any noun. */
@ObjectType({ description: "A label that can be changed at any time.", simpleResolvers: true })
@Entity("tag")
@Index("tag_name", ["key", "nodeId"])
export class Tag {
  @PrimaryColumn("int", { unsigned: true })
  nodeId!: number;

  @Field(() => String, { description: "Unique within its subject." })
  @PrimaryColumn("varchar", { length: 255, name: "name" })
  key!: string;

  @Field(() => String, { description: "At most 100,000 characters." })
  @Column("mediumtext")
  value!: string;
}

/** A parameter of a run, a logged model or a model version. */
@ObjectType({ description: "A named setting that does not change once given.", simpleResolvers: true })
@Entity("param")
@Index("param_name", ["key", "nodeId"])
export class Param {
  @PrimaryColumn("int", { unsigned: true })
  nodeId!: number;

  @Field(() => String, { description: "Unique within its subject." })
  @PrimaryColumn("varchar", { length: 255, name: "name" })
  key!: string;

  @Field(() => String, { description: "At most 6,000 characters." })
  @Column("text")
  value!: string;
}

/** A series of measurements, with its latest point: the greatest (step, at, value). */
@ObjectType({
  description: "A measurement: one key, for one dataset, split and slice.",
  simpleResolvers: true,
})
@Entity("metric")
@Index("metric_series", ["nodeId", "key", "dataset", "split", "slice"], { unique: true })
@Index("metric_value", ["key", "stored", "nodeId"])
export class Metric {
  @PrimaryGeneratedColumn({ type: "int", unsigned: true, name: "id" })
  metricId!: number;

  @Column("int", { unsigned: true })
  nodeId!: number;

  @Field(() => String, { description: "What was measured, such as auc." })
  @Column("varchar", { length: 255, name: "name" })
  key!: string;

  @Field(() => String, {
    nullable: true,
    description: "Name of the dataset it was measured on; null where not told.",
  })
  @Column("varchar", { length: 255 })
  dataset!: string;

  @Field(() => String, {
    nullable: true,
    description: "Part of the dataset, such as test; null where not told.",
  })
  @Column("varchar", { length: 64 })
  split!: string;

  @Field(() => String, {
    nullable: true,
    description: "Group within it, such as age<25; null where not told.",
  })
  @Column("varchar", { length: 128 })
  slice!: string;

  @Field(() => BigInt64, { description: "Training step; 0 where there are none." })
  @Column("bigint")
  step!: number;

  @Field(() => DateTime, { description: "When it was measured." })
  @Column("bigint")
  at!: number;

  /** 0 beside a special value: the column is part of a key. */
  @Column("double", { name: "value" })
  stored!: number;

  /** `''` for a finite value. */
  @Column("varchar", { length: 20, name: "special" })
  storedSpecial!: SpecialValue | "";

  @Field(() => Float, { nullable: true, description: "The value; null where it is special." })
  get value(): number | null {
    return this.storedSpecial === "" ? this.stored : null;
  }

  @Field(() => SpecialValue, { nullable: true, description: "What the value is instead of a finite number." })
  get special(): SpecialValue | null {
    return this.storedSpecial === "" ? null : this.storedSpecial;
  }
}

/** One point of a series. */
@Entity("metric_point")
export class MetricPoint {
  @PrimaryColumn("int", { unsigned: true })
  metricId!: number;

  @PrimaryColumn("bigint")
  step!: number;

  @PrimaryColumn("bigint")
  at!: number;

  @PrimaryColumn("double", { name: "value" })
  stored!: number;

  @PrimaryColumn("varchar", { length: 20, name: "special" })
  storedSpecial!: SpecialValue | "";
}

export const MetricConnection = connectionType("Metric", () => Metric);
export type MetricConnection = Page<Metric>;
