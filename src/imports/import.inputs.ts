import { Field, InputType, Int, ObjectType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { DateTime, Json } from "../kernel/scalars.ts";
import { VersionStatus } from "../registry/version.entity.ts";
import { CommitInput, ImportedCommitInput } from "../tracking/commit.inputs.ts";
import { DatasetUseInput } from "../tracking/dataset.inputs.ts";
import { ImportedExperimentInput } from "../tracking/experiment.inputs.ts";
import { KeyValueInput, MetricInput } from "../tracking/fact.inputs.ts";
import { ImportedLoggedModelInput } from "../tracking/logged-model.inputs.ts";
import { ImportedRunInput } from "../tracking/run.inputs.ts";

@InputType({ description: "A model as another registry knew it." })
export class ImportedModelInput {
  @Field(() => String, { description: "Its name." })
  name!: string;

  @Field(() => String, { nullable: true, description: "What it is for." })
  description?: string | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Its tags." })
  tags?: KeyValueInput[] | null;

  @Field(() => DateTime, { nullable: true, description: "When it was made there." })
  createdAt?: number | null;

  @Field(() => DateTime, { nullable: true, description: "When it last changed there." })
  updatedAt?: number | null;

  @Field(() => DateTime, { nullable: true, description: "When it was deleted there." })
  deletedAt?: number | null;
}

@InputType({
  description:
    "A stay of a version in a stage; only the last one may be without an end, where it stands there now.",
})
export class ImportedStayInput {
  @Field(() => String, { description: "The stage, in any case." })
  stage!: string;

  @Field(() => DateTime, { description: "When it came there." })
  from!: number;

  @Field(() => DateTime, { nullable: true, description: "When it left." })
  until?: number | null;

  @Field(() => String, { nullable: true, description: "Why it came there; at most 5,000 characters." })
  comment?: string | null;

  @Field(() => String, { nullable: true, description: "Who brought it there, as claimed." })
  attributedTo?: string | null;
}

@InputType({ description: "A version as another registry knew it." })
export class ImportedVersionInput {
  @Field(() => String, { description: "Its model's name." })
  model!: string;

  @Field(() => Int, { description: "Its number there, kept here; gaps stay gaps." })
  number!: number;

  @Field(() => String, { description: "Its name there; a number held under another one is CONFLICT." })
  externalId!: string;

  @Field(() => String, { nullable: true, description: "The run that made it." })
  runId?: string | null;

  @Field(() => String, { nullable: true, description: "The logged model it was registered from." })
  loggedModelId?: string | null;

  @Field(() => String, { nullable: true, description: "Where it came from; recorded, never opened." })
  source?: string | null;

  @Field(() => String, { nullable: true, description: "At most 5,000 characters." })
  description?: string | null;

  @Field(() => String, { nullable: true, description: "Such as 1.4.0." })
  semanticVersion?: string | null;

  @Field(() => String, { nullable: true, description: "What it was made with." })
  framework?: string | null;

  @Field(() => String, { nullable: true, description: "How it is stored." })
  format?: string | null;

  @Field(() => Json, { nullable: true, description: "Schema of inputs, outputs and params." })
  signature?: unknown;

  @Field(() => VersionStatus, { nullable: true, description: "READY where not given." })
  status?: VersionStatus | null;

  @Field(() => String, { nullable: true, description: "Why it is PENDING or FAILED." })
  statusMessage?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Where it stands now, in any case; None where not given.",
  })
  stage?: string | null;

  @Field(() => [ImportedStayInput], {
    nullable: true,
    description:
      "Its stays so far, oldest first; a last one without an end, in the stage where it stands now, tells since when.",
  })
  stays?: ImportedStayInput[] | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Its tags." })
  tags?: KeyValueInput[] | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Hyperparameters of its own." })
  params?: KeyValueInput[] | null;

  @Field(() => [MetricInput], { nullable: true, description: "Measurements of its own." })
  metrics?: MetricInput[] | null;

  @Field(() => [DatasetUseInput], {
    nullable: true,
    description: "The data it was made with, beside its run's.",
  })
  datasets?: DatasetUseInput[] | null;

  @Field(() => CommitInput, { nullable: true, description: "The code it was made with, where no run tells." })
  commit?: CommitInput | null;

  @Field(() => DateTime, { nullable: true, description: "When it was registered there." })
  createdAt?: number | null;

  @Field(() => DateTime, { nullable: true, description: "When it last changed there." })
  updatedAt?: number | null;

  @Field(() => DateTime, { nullable: true, description: "When it was deleted there." })
  deletedAt?: number | null;

  @Field(() => String, { nullable: true, description: "Who registered it, as claimed there." })
  attributedTo?: string | null;
}

@InputType({ description: "An alias as another registry knew it." })
export class ImportedAliasInput {
  @Field(() => String, { description: "The model's name." })
  model!: string;

  @Field(() => String, { description: "The alias." })
  alias!: string;

  @Field(() => Int, { description: "Number of the version it points to." })
  version!: number;
}

@InputType({
  description:
    "What some other registry or repository already knew. At most 5,000 records; the same batch again changes nothing.",
})
export class ImportBatchInput {
  @Field(() => String, { description: "Where this past comes from, such as mlflow:mlruns." })
  source!: string;

  @Field(() => [ImportedExperimentInput], { nullable: true, description: "Experiments." })
  experiments?: ImportedExperimentInput[] | null;

  @Field(() => [ImportedCommitInput], { nullable: true, description: "Commits." })
  commits?: ImportedCommitInput[] | null;

  @Field(() => [ImportedRunInput], { nullable: true, description: "Runs; parents before children." })
  runs?: ImportedRunInput[] | null;

  @Field(() => [ImportedLoggedModelInput], { nullable: true, description: "Logged models." })
  loggedModels?: ImportedLoggedModelInput[] | null;

  @Field(() => [ImportedModelInput], { nullable: true, description: "Models." })
  models?: ImportedModelInput[] | null;

  @Field(() => [ImportedVersionInput], { nullable: true, description: "Versions." })
  versions?: ImportedVersionInput[] | null;

  @Field(() => [ImportedAliasInput], { nullable: true, description: "Aliases." })
  aliases?: ImportedAliasInput[] | null;
}

@InputType({ description: "One batch of history." })
export class ImportHistoryInput extends MutationInput {
  @Field(() => ImportBatchInput, { description: "The batch; all of it is taken, or none." })
  batch!: ImportBatchInput;
}

@ObjectType({ description: "What became of a batch." })
export class ImportHistoryPayload extends Payload {
  @Field(() => Int, { description: "Records that were new, or brought something new.", simple: true })
  imported!: number;

  @Field(() => Int, { description: "Records that were here already, as they are.", simple: true })
  unchanged!: number;
}
