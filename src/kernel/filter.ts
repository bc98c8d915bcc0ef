import { Field, Float, InputType } from "type-graphql";
import { DateTime } from "./scalars.ts";

@InputType({
  description:
    "Conditions on a text; all given ones must hold. Compared exactly, upper and lower case apart.",
})
export class StringFilter {
  @Field(() => String, { nullable: true, description: "Equal to this." })
  eq?: string | null;

  @Field(() => String, { nullable: true, description: "Not equal to this." })
  ne?: string | null;

  @Field(() => [String], { nullable: true, description: "One of these, at most 100." })
  in?: string[] | null;

  @Field(() => String, { nullable: true, description: "Begins with this." })
  startsWith?: string | null;

  @Field(() => String, { nullable: true, description: "Holds this somewhere." })
  contains?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Is of this form: % stands for any characters, _ for one, all else for itself; at most 1,000 characters.",
  })
  like?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The same, whatever is in upper or lower case; certain for ASCII letters only.",
  })
  ilike?: string | null;
}

@InputType({ description: "Conditions on a number; all given ones must hold. NaN meets none." })
export class FloatFilter {
  @Field(() => Float, { nullable: true, description: "Equal to this." })
  eq?: number | null;

  @Field(() => Float, { nullable: true, description: "Not equal to this." })
  ne?: number | null;

  @Field(() => Float, { nullable: true, description: "Less than this." })
  lt?: number | null;

  @Field(() => Float, { nullable: true, description: "At most this." })
  lte?: number | null;

  @Field(() => Float, { nullable: true, description: "Greater than this." })
  gt?: number | null;

  @Field(() => Float, { nullable: true, description: "At least this." })
  gte?: number | null;
}

@InputType({ description: "Conditions on an instant; all given ones must hold." })
export class DateTimeFilter {
  @Field(() => DateTime, { nullable: true, description: "Before this." })
  lt?: number | null;

  @Field(() => DateTime, { nullable: true, description: "At or before this." })
  lte?: number | null;

  @Field(() => DateTime, { nullable: true, description: "After this." })
  gt?: number | null;

  @Field(() => DateTime, { nullable: true, description: "At or after this." })
  gte?: number | null;
}

@InputType({
  description: "Holds where the subject has this tag or parameter and its value meets the conditions.",
})
export class KeyValueFilter {
  @Field(() => String, { description: "The key." })
  key!: string;

  @Field(() => StringFilter, {
    nullable: true,
    description: "Conditions on the value; any value where not given.",
  })
  value?: StringFilter | null;
}

@InputType({ description: "Holds where the subject has such a metric, by its latest value." })
export class MetricFilter {
  @Field(() => String, { description: "What was measured." })
  key!: string;

  @Field(() => FloatFilter, {
    nullable: true,
    description: "Conditions on the latest value; any where not given.",
  })
  value?: FloatFilter | null;

  @Field(() => String, { nullable: true, description: "Only as measured on this dataset." })
  dataset?: string | null;

  @Field(() => String, { nullable: true, description: "Only on this split." })
  split?: string | null;

  @Field(() => String, { nullable: true, description: "Only on this slice." })
  slice?: string | null;
}
