import { Field, InputType, ObjectType, registerEnumType } from "type-graphql";
import { OrderDirection } from "../kernel/connection.ts";
import { DateTimeFilter, StringFilter } from "../kernel/filter.ts";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { Json } from "../kernel/scalars.ts";
import { DatasetVersion } from "./dataset.entity.ts";

/** What may be told of a dataset version wherever one is named. */
export interface DatasetFacts {
  name: string;
  digest: string;
  digestAlgorithm?: string | null;
  source?: string | null;
  schema?: unknown;
  profile?: unknown;
  /** For a dataset not known yet. */
  scope?: string | null;
}

@InputType({
  description:
    "A dataset version in a role; whoever may read it may use it. Who may write its dataset makes it known if it is not, and adds what was not told before. A new dataset takes the scope of the run's experiment; without a run, the empty one.",
})
export class DatasetUseInput implements DatasetFacts {
  @Field(() => String, { description: "Name of the dataset, 1–255 characters." })
  name!: string;

  @Field(() => String, { description: "Fingerprint of the content, 1–255 characters." })
  digest!: string;

  @Field(() => String, { nullable: true, description: "How the digest was computed, such as sha256." })
  digestAlgorithm?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Where the data lies, or how it is read; at most 16,000 characters.",
  })
  source?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "What for: train, validation, test, eval, …; at most 64 characters.",
  })
  role?: string | null;

  @Field(() => Json, { nullable: true, description: "Its columns, in any form; at most 1 MiB." })
  schema?: unknown;

  @Field(() => Json, { nullable: true, description: "Counts and statistics; at most 1 MiB." })
  profile?: unknown;
}

@InputType({ description: "A dataset version by its natural key." })
export class DatasetKeyInput {
  @Field(() => String, { description: "Name of the dataset." })
  name!: string;

  @Field(() => String, { description: "Fingerprint of the content." })
  digest!: string;
}

@InputType({ description: "A dataset version to make known, or to tell more of." })
export class RecordDatasetInput extends MutationInput implements DatasetFacts {
  @Field(() => String, { description: "Name of the dataset, 1–255 characters." })
  name!: string;

  @Field(() => String, { description: "Fingerprint of the content, 1–255 characters." })
  digest!: string;

  @Field(() => String, { nullable: true, description: "How the digest was computed, such as sha256." })
  digestAlgorithm?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Where the data lies, or how it is read; at most 16,000 characters.",
  })
  source?: string | null;

  @Field(() => Json, { nullable: true, description: "Its columns, in any form; at most 1 MiB." })
  schema?: unknown;

  @Field(() => Json, { nullable: true, description: "Counts and statistics; at most 1 MiB." })
  profile?: unknown;

  @Field(() => String, {
    nullable: true,
    description:
      "Dotted prefix on which permissions are granted, empty where not given; counts where the dataset is new.",
  })
  scope?: string | null;

  @Field(() => [DatasetKeyInput], {
    nullable: true,
    description:
      "What it was made from, at most 100; unknown ones are made known, new datasets in the scope of this one.",
  })
  derivedFrom?: DatasetKeyInput[] | null;
}

@ObjectType({ description: "What became of a mutation of a dataset." })
export class DatasetPayload extends Payload {
  @Field(() => DatasetVersion, {
    nullable: true,
    description: "The dataset version as it is now.",
    simple: true,
  })
  datasetVersion!: DatasetVersion | null;
}

@InputType({ description: "Conditions on datasets; all given ones must hold." })
export class DatasetFilter {
  @Field(() => [DatasetFilter], { nullable: true, description: "All of these." })
  and?: DatasetFilter[] | null;

  @Field(() => [DatasetFilter], { nullable: true, description: "Any of these." })
  or?: DatasetFilter[] | null;

  @Field(() => DatasetFilter, { nullable: true, description: "Not this." })
  not?: DatasetFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the name." })
  name?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the scope." })
  scope?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "Has a version with such a digest." })
  digest?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "Has a version with such a source." })
  source?: StringFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "On the time it was made known." })
  createdAt?: DateTimeFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "On the time of its latest version." })
  updatedAt?: DateTimeFilter | null;
}

export enum DatasetOrderField {
  NAME = "NAME",
  CREATED_AT = "CREATED_AT",
  UPDATED_AT = "UPDATED_AT",
}

registerEnumType(DatasetOrderField, {
  name: "DatasetOrderField",
  description: "What datasets are sorted by.",
  valuesConfig: {
    NAME: { description: "By name, code point by code point." },
    CREATED_AT: { description: "By the time they were made known." },
    UPDATED_AT: { description: "By the time of the latest version." },
  },
});

@InputType({ description: "How datasets are sorted; ties by id." })
export class DatasetOrder {
  @Field(() => DatasetOrderField, { description: "What by." })
  field!: DatasetOrderField;

  @Field(() => OrderDirection, { description: "Which end first.", defaultValue: OrderDirection.ASC })
  direction!: OrderDirection;
}
