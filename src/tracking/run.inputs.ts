import { ArgsType, Field, InputType, Int, ObjectType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { BigInt64, DateTime } from "../kernel/scalars.ts";
import { CommitInput } from "./commit.inputs.ts";
import { DatasetUseInput } from "./dataset.inputs.ts";
import { KeyValueInput, MetricInput } from "./fact.inputs.ts";
import { Run, RunStatus } from "./run.entity.ts";

@InputType({ description: "A new run." })
export class CreateRunInput extends MutationInput {
  @Field(() => String, {
    nullable: true,
    description: "Name or id of its experiment; the default one where not given.",
  })
  experiment?: string | null;

  @Field(() => String, { nullable: true, description: "For people, 1–255 characters; need not be unique." })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "32 lower-case hex digits that no run has; minted where not given.",
  })
  runId?: string | null;

  @Field(() => String, { nullable: true, description: "The run it is nested in, by run id or id." })
  parentRunId?: string | null;

  @Field(() => RunStatus, { nullable: true, description: "RUNNING, or SCHEDULED; RUNNING where not given." })
  status?: RunStatus | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "When it began; now where not given and it is running.",
  })
  startedAt?: number | null;

  @Field(() => String, {
    nullable: true,
    description: "What is executed, such as train.py; at most 16,000 characters.",
  })
  entryPoint?: string | null;

  @Field(() => String, { nullable: true, description: "Who runs it, as claimed." })
  attributedTo?: string | null;

  @Field(() => CommitInput, { nullable: true, description: "The code it executes." })
  commit?: CommitInput | null;

  @Field(() => [DatasetUseInput], { nullable: true, description: "The data it uses, at most 100 at once." })
  datasets?: DatasetUseInput[] | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Its parameters; they never change." })
  params?: KeyValueInput[] | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Its first tags." })
  tags?: KeyValueInput[] | null;
}

@InputType()
abstract class OfRun extends MutationInput {
  @Field(() => String, { description: "The run, by run id or id." })
  runId!: string;
}

@InputType({ description: "What a run has to tell." })
export class LogRunInput extends OfRun {
  @Field(() => [KeyValueInput], {
    nullable: true,
    description: "Parameters to add; one that is there already must say the same.",
  })
  params?: KeyValueInput[] | null;

  @Field(() => [MetricInput], {
    nullable: true,
    description: "Metric points to add, at most 1,000; one that is there already is left.",
  })
  metrics?: MetricInput[] | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Tags to set." })
  tags?: KeyValueInput[] | null;

  @Field(() => [DatasetUseInput], { nullable: true, description: "The data it uses, at most 100 at once." })
  datasets?: DatasetUseInput[] | null;
}

@InputType({ description: "The end of a run." })
export class FinishRunInput extends OfRun {
  @Field(() => RunStatus, { description: "FINISHED, FAILED or KILLED.", defaultValue: RunStatus.FINISHED })
  status!: RunStatus;

  @Field(() => DateTime, { nullable: true, description: "When it ended; now where not given." })
  endedAt?: number | null;
}

@InputType({ description: "Changes of a run; what is not given stays." })
export class UpdateRunInput extends OfRun {
  @Field(() => String, { nullable: true, description: "For people, 1–255 characters; need not be unique." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "Who runs it, as claimed." })
  attributedTo?: string | null;

  @Field(() => RunStatus, {
    nullable: true,
    description: "How far it is: it is ended, ended otherwise, or taken up again.",
  })
  status?: RunStatus | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "When it ended; where it ends and this is not given, now. Not for one that is under way.",
  })
  endedAt?: number | null;
}

@InputType({ description: "A run to delete; it leaves the lists, and whatever rests on it still shows it." })
export class DeleteRunInput extends OfRun {}

@InputType({ description: "A deleted run to restore." })
export class RestoreRunInput extends OfRun {}

@InputType({ description: "Tags to set and to delete." })
export class SetRunTagsInput extends OfRun {
  @Field(() => [KeyValueInput], { nullable: true, description: "Tags to set." })
  set?: KeyValueInput[] | null;

  @Field(() => [String], { nullable: true, description: "Keys of tags to delete; absent ones are no error." })
  delete?: string[] | null;
}

@InputType({ description: "A run of imported history." })
export class ImportedRunInput {
  @Field(() => String, { description: "32 lower-case hex digits; a long metric history may come in parts." })
  runId!: string;

  @Field(() => String, { description: "Name of its experiment." })
  experiment!: string;

  @Field(() => String, { nullable: true, description: "For people." })
  name?: string | null;

  @Field(() => RunStatus, { description: "How far it is, or how it ended." })
  status!: RunStatus;

  @Field(() => DateTime, { nullable: true, description: "When it began." })
  startedAt?: number | null;

  @Field(() => DateTime, { nullable: true, description: "When it ended." })
  endedAt?: number | null;

  @Field(() => DateTime, { nullable: true, description: "When it was deleted in its old home." })
  deletedAt?: number | null;

  @Field(() => String, { nullable: true, description: "Who ran it, as claimed." })
  attributedTo?: string | null;

  @Field(() => String, { nullable: true, description: "What was executed; at most 16,000 characters." })
  entryPoint?: string | null;

  @Field(() => String, { nullable: true, description: "The run it is nested in; here or in this batch." })
  parentRunId?: string | null;

  @Field(() => CommitInput, { nullable: true, description: "The code it executed." })
  commit?: CommitInput | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Parameters; those there already stay." })
  params?: KeyValueInput[] | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Tags; those there already stay." })
  tags?: KeyValueInput[] | null;

  @Field(() => [MetricInput], { nullable: true, description: "Metric points, at most 10,000." })
  metrics?: MetricInput[] | null;

  @Field(() => [DatasetUseInput], { nullable: true, description: "The data it used, at most 100." })
  inputs?: DatasetUseInput[] | null;

  @Field(() => [DatasetUseInput], { nullable: true, description: "The data it made, at most 100." })
  outputs?: DatasetUseInput[] | null;
}

@ObjectType({ description: "What became of a mutation of a run." })
export class RunPayload extends Payload {
  @Field(() => Run, { nullable: true, description: "The run as it is now.", simple: true })
  run!: Run | null;
}

@ArgsType()
export class MetricHistoryArgs {
  @Field(() => String, { description: "What was measured." })
  key!: string;

  @Field(() => String, { nullable: true, description: "Only as measured on this dataset." })
  dataset?: string | null;

  @Field(() => String, { nullable: true, description: "Only on this split." })
  split?: string | null;

  @Field(() => String, { nullable: true, description: "Only on this slice." })
  slice?: string | null;

  @Field(() => BigInt64, { nullable: true, description: "Only points of this step and later ones." })
  fromStep?: number | null;

  @Field(() => BigInt64, { nullable: true, description: "Only points up to this step." })
  toStep?: number | null;

  @Field(() => Int, { nullable: true, description: "How many points, 1–1,000; 100 where not given." })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Only what comes after this edge's cursor." })
  after?: string | null;
}
