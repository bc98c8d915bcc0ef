import { Field, ObjectType } from "type-graphql";
import { Json } from "../kernel/scalars.ts";
import { ModelVersion } from "../registry/version.entity.ts";
import { Metric } from "../tracking/fact.entity.ts";

@ObjectType({ description: "One fact of each compared version.", simpleResolvers: true })
export class FactRow {
  @Field(() => String, { description: "Which fact." })
  key!: string;

  @Field(() => [String], {
    nullable: "items",
    description: "One cell a version, in the order asked for; null where it has none.",
  })
  cells!: (string | null)[];

  @Field(() => Boolean, { description: "Whether all versions say the same." })
  isSame!: boolean;
}

@ObjectType({ description: "One metric of each compared version.", simpleResolvers: true })
export class MetricRow {
  @Field(() => String, { description: "What was measured." })
  key!: string;

  @Field(() => String, { nullable: true, description: "On which dataset; null where not told." })
  dataset!: string | null;

  @Field(() => String, { nullable: true, description: "On which split; null where not told." })
  split!: string | null;

  @Field(() => String, { nullable: true, description: "On which slice; null where not told." })
  slice!: string | null;

  @Field(() => [Metric], {
    nullable: "items",
    description: "One cell a version, in the order asked for; null where it has none.",
  })
  cells!: (Metric | null)[];

  @Field(() => Boolean, { description: "Whether all versions have the same value." })
  isSame!: boolean;
}

@ObjectType({ description: "The signatures of the compared versions.", simpleResolvers: true })
export class SignatureRow {
  @Field(() => [Json], {
    nullable: "items",
    description: "One cell a version, in the order asked for; null where it has none.",
  })
  cells!: unknown[];

  @Field(() => Boolean, { description: "Whether all versions have the same signature." })
  isSame!: boolean;
}

@ObjectType({
  description: "Several versions side by side: rows of facts with one cell a version.",
  simpleResolvers: true,
})
export class Comparison {
  @Field(() => [ModelVersion], { description: "The versions, in the order asked for." })
  versions!: ModelVersion[];

  @Field(() => [FactRow], { description: "Stage, framework, format, source, run, commit, image and data." })
  facts!: FactRow[];

  @Field(() => [FactRow], { description: "Params of the versions or their runs, by key." })
  params!: FactRow[];

  @Field(() => [MetricRow], { description: "Latest metrics of the versions or their runs, by key." })
  metrics!: MetricRow[];

  @Field(() => SignatureRow, { description: "Their signatures." })
  signature!: SignatureRow;
}
