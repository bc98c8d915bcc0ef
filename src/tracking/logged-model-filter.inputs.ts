import { Field, InputType, registerEnumType } from "type-graphql";
import { OrderDirection } from "../kernel/connection.ts";
import { DateTimeFilter, KeyValueFilter, MetricFilter, StringFilter } from "../kernel/filter.ts";

@InputType({ description: "Conditions on logged models; all given ones must hold." })
export class LoggedModelFilter {
  @Field(() => [LoggedModelFilter], { nullable: true, description: "All of these." })
  and?: LoggedModelFilter[] | null;

  @Field(() => [LoggedModelFilter], { nullable: true, description: "Any of these." })
  or?: LoggedModelFilter[] | null;

  @Field(() => LoggedModelFilter, { nullable: true, description: "Not this." })
  not?: LoggedModelFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the model id." })
  modelId?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the name." })
  name?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the status." })
  status?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the run id of the run that made it." })
  runId?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the number of its experiment." })
  experimentId?: StringFilter | null;

  @Field(() => KeyValueFilter, { nullable: true, description: "On a tag." })
  tag?: KeyValueFilter | null;

  @Field(() => KeyValueFilter, { nullable: true, description: "On a parameter." })
  param?: KeyValueFilter | null;

  @Field(() => MetricFilter, { nullable: true, description: "On the latest value of a metric." })
  metric?: MetricFilter | null;

  @Field(() => StringFilter, {
    nullable: true,
    description: "On the name of a dataset that something was measured on.",
  })
  measuredOn?: StringFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "On the time it was made." })
  createdAt?: DateTimeFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "On the time of the last change." })
  updatedAt?: DateTimeFilter | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Lists deleted ones, too. Counts on the outermost filter.",
  })
  includeDeleted?: boolean | null;
}

export enum LoggedModelOrderField {
  CREATED_AT = "CREATED_AT",
  UPDATED_AT = "UPDATED_AT",
  NAME = "NAME",
  STATUS = "STATUS",
  MODEL_ID = "MODEL_ID",
  METRIC = "METRIC",
  TAG = "TAG",
}

registerEnumType(LoggedModelOrderField, {
  name: "LoggedModelOrderField",
  description: "What logged models are sorted by. Those that have no such thing come last.",
  valuesConfig: {
    CREATED_AT: { description: "By the time they were made." },
    UPDATED_AT: { description: "By the time of the last change." },
    NAME: { description: "By name, code point by code point." },
    STATUS: { description: "By status." },
    MODEL_ID: { description: "By model id." },
    METRIC: { description: "By the latest value of the metric named beside it; NaN counts as none." },
    TAG: { description: "By the value of the tag named beside it." },
  },
});

@InputType({ description: "How logged models are sorted; last of all by id." })
export class LoggedModelOrder {
  @Field(() => LoggedModelOrderField, { description: "What by." })
  field!: LoggedModelOrderField;

  @Field(() => String, { nullable: true, description: "With METRIC or TAG, its key." })
  key?: string | null;

  @Field(() => String, { nullable: true, description: "With METRIC, only as measured on this dataset." })
  dataset?: string | null;

  @Field(() => OrderDirection, { description: "Which end first.", defaultValue: OrderDirection.ASC })
  direction!: OrderDirection;

  @Field(() => LoggedModelOrder, {
    nullable: true,
    description: "How those are sorted that this leaves equal; up to ten in a row.",
  })
  thenBy?: LoggedModelOrder | null;
}
