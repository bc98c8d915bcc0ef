import { Field, InputType, registerEnumType } from "type-graphql";
import { OrderDirection } from "../kernel/connection.ts";
import { DateTimeFilter, KeyValueFilter, MetricFilter, StringFilter } from "../kernel/filter.ts";
import { RunStatus } from "./run.entity.ts";

@InputType({ description: "Conditions on runs; all given ones must hold." })
export class RunFilter {
  @Field(() => [RunFilter], { nullable: true, description: "All of these." })
  and?: RunFilter[] | null;

  @Field(() => [RunFilter], { nullable: true, description: "Any of these." })
  or?: RunFilter[] | null;

  @Field(() => RunFilter, { nullable: true, description: "Not this." })
  not?: RunFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the run id." })
  runId?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the name." })
  name?: StringFilter | null;

  @Field(() => [RunStatus], { nullable: true, description: "One of these." })
  status?: RunStatus[] | null;

  @Field(() => StringFilter, { nullable: true, description: "On the name of its experiment." })
  experiment?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On who ran it, as claimed." })
  attributedTo?: StringFilter | null;

  @Field(() => KeyValueFilter, { nullable: true, description: "On a tag." })
  tag?: KeyValueFilter | null;

  @Field(() => KeyValueFilter, { nullable: true, description: "On a parameter." })
  param?: KeyValueFilter | null;

  @Field(() => MetricFilter, { nullable: true, description: "On the latest value of a metric." })
  metric?: MetricFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the name of a dataset it used." })
  dataset?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the digest of a dataset version it used." })
  datasetDigest?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the role of a dataset version it used." })
  datasetRole?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the sha of the commit it executed." })
  commit?: StringFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "On the time it began." })
  startedAt?: DateTimeFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "On the time it ended." })
  endedAt?: DateTimeFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "On the time it was made known." })
  createdAt?: DateTimeFilter | null;

  @Field(() => Boolean, { nullable: true, description: "Whether it is nested in another run." })
  hasParent?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether it is deleted, itself or with its experiment. Deleted ones are listed with `includeDeleted` only.",
  })
  isDeleted?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Lists deleted runs and runs of deleted experiments, too. Counts on the outermost filter.",
  })
  includeDeleted?: boolean | null;
}

export enum RunOrderField {
  CREATED_AT = "CREATED_AT",
  STARTED_AT = "STARTED_AT",
  ENDED_AT = "ENDED_AT",
  NAME = "NAME",
  METRIC = "METRIC",
  RUN_ID = "RUN_ID",
  STATUS = "STATUS",
  ATTRIBUTED_TO = "ATTRIBUTED_TO",
  PARAM = "PARAM",
  TAG = "TAG",
}

registerEnumType(RunOrderField, {
  name: "RunOrderField",
  description: "What runs are sorted by. Those that have no such thing come last, whichever the direction.",
  valuesConfig: {
    CREATED_AT: { description: "By the time they were made known." },
    STARTED_AT: { description: "By the time they began." },
    ENDED_AT: { description: "By the time they ended." },
    NAME: { description: "By name, code point by code point." },
    METRIC: { description: "By the latest value of the metric named beside it; NaN counts as none." },
    RUN_ID: { description: "By run id." },
    STATUS: { description: "By the name of its status." },
    ATTRIBUTED_TO: { description: "By who ran it, as claimed." },
    PARAM: { description: "By the value of the parameter named beside it, as a text." },
    TAG: { description: "By the value of the tag named beside it." },
  },
});

@InputType({ description: "How runs are sorted; last of all by id." })
export class RunOrder {
  @Field(() => RunOrderField, { description: "What by." })
  field!: RunOrderField;

  @Field(() => String, {
    nullable: true,
    description:
      "With METRIC, its key. Of several series (datasets, splits, slices) the best in the direction counts.",
  })
  metric?: string | null;

  @Field(() => String, { nullable: true, description: "With PARAM or TAG, its key." })
  key?: string | null;

  @Field(() => OrderDirection, { description: "Which end first.", defaultValue: OrderDirection.ASC })
  direction!: OrderDirection;

  @Field(() => RunOrder, {
    nullable: true,
    description: "How those are sorted that this leaves equal; up to ten in a row.",
  })
  thenBy?: RunOrder | null;
}
