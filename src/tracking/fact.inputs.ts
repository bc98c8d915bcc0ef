import { Field, Float, InputType } from "type-graphql";
import { BigInt64, DateTime } from "../kernel/scalars.ts";
import { SpecialValue } from "./fact.entity.ts";

@InputType({ description: "A key with its value: a tag or a parameter." })
export class KeyValueInput {
  @Field(() => String, { description: "1–255 characters." })
  key!: string;

  @Field(() => String, {
    description:
      "A tag's has at most 100,000 characters, those of all tags of one subject 20,000,000 bytes; a parameter's 6,000 characters.",
  })
  value!: string;
}

@InputType({ description: "One measurement." })
export class MetricInput {
  @Field(() => String, { description: "What was measured, 1–255 characters." })
  key!: string;

  @Field(() => Float, { nullable: true, description: "The value; left out where `special` is given." })
  value?: number | null;

  @Field(() => SpecialValue, { nullable: true, description: "For what is no finite number." })
  special?: SpecialValue | null;

  @Field(() => BigInt64, { nullable: true, description: "Training step; 0 where not given." })
  step?: number | null;

  @Field(() => DateTime, { nullable: true, description: "When it was measured; now where not given." })
  at?: number | null;

  @Field(() => String, { nullable: true, description: "Name of the dataset it was measured on." })
  dataset?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Part of the dataset, such as test; at most 64 characters.",
  })
  split?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Group within it, such as age<25; at most 128 characters.",
  })
  slice?: string | null;
}
