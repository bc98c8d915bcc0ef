import { Field, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { OrderDirection } from "../kernel/connection.ts";
import { DateTimeFilter, FloatFilter, KeyValueFilter, MetricFilter, StringFilter } from "../kernel/filter.ts";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { Json, VersionRef } from "../kernel/scalars.ts";
import { CommitInput } from "../tracking/commit.inputs.ts";
import { DatasetUseInput } from "../tracking/dataset.inputs.ts";
import { KeyValueInput, MetricInput } from "../tracking/fact.inputs.ts";
import { ModelVersion, VersionStatus } from "./version.entity.ts";

/** Of what files tell where the caller does not. */
const filled = " Where not given, what bundleFrom tells.";

@InputType({ description: "A container image." })
export class ImageInput {
  @Field(() => String, { description: "Where it is." })
  uri!: string;

  @Field(() => String, { nullable: true, description: "Its content digest." })
  digest?: string | null;
}

@InputType({ description: "A model version that this one was made from." })
export class ParentInput {
  @Field(() => VersionRef, { description: "The parent." })
  version!: string;

  @Field(() => String, {
    description: "finetune, adapter, quantized, merge, distilled, …; at most 64 characters.",
  })
  relation!: string;
}

@InputType({
  description:
    "Files that the registry holds, to be a version's bundle as they are now. Name one of runId, loggedModelId and version. Framework, format and signature that are not given are those in the file MLmodel among the files, where it has at most 1 MiB, or those of the version.",
})
export class BundleFromInput {
  @Field(() => String, { nullable: true, description: "Files of this run; needs artifact:download there." })
  runId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Files of this logged model; needs artifact:download there.",
  })
  loggedModelId?: string | null;

  @Field(() => VersionRef, {
    nullable: true,
    description: "The bundle of this version; needs artifact:download there.",
  })
  version?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The folder of the run or logged model that is to be the bundle, or one file of it; everything where not given.",
  })
  path?: string | null;
}

@InputType({
  description: "A new version of a model. What is given here is fixed; a change of it is a new version.",
})
export class RegisterModelVersionInput extends MutationInput {
  @Field(() => String, { description: "The model's name or id." })
  model!: string;

  @Field(() => Boolean, { nullable: true, description: "Makes the model where there is none of this name." })
  createModel?: boolean | null;

  @Field(() => String, { nullable: true, description: "The run that made it." })
  runId?: string | null;

  @Field(() => String, { nullable: true, description: "The logged model it is registered from." })
  loggedModelId?: string | null;

  @Field(() => String, { nullable: true, description: "Where it came from; recorded, never opened." })
  source?: string | null;

  @Field(() => String, { nullable: true, description: "At most 5,000 characters." })
  description?: string | null;

  @Field(() => String, { nullable: true, description: "Such as 1.4.0; unique within the model." })
  semanticVersion?: string | null;

  @Field(() => [KeyValueInput], { nullable: true, description: "Its first tags." })
  tags?: KeyValueInput[] | null;

  @Field(() => [KeyValueInput], {
    nullable: true,
    description: "Hyperparameters of its own, beside its run's.",
  })
  params?: KeyValueInput[] | null;

  @Field(() => [MetricInput], { nullable: true, description: "Measurements of its own, beside its run's." })
  metrics?: MetricInput[] | null;

  @Field(() => CommitInput, { nullable: true, description: "The code it was made with, where no run tells." })
  commit?: CommitInput | null;

  @Field(() => [DatasetUseInput], {
    nullable: true,
    description: "The data it was made with, beside its run's.",
  })
  datasets?: DatasetUseInput[] | null;

  @Field(() => [ParentInput], { nullable: true, description: "Versions it was derived from." })
  parents?: ParentInput[] | null;

  @Field(() => Json, { nullable: true, description: `Schema of inputs, outputs and params.${filled}` })
  signature?: unknown;

  @Field(() => String, { nullable: true, description: `What it was made with, such as sklearn.${filled}` })
  framework?: string | null;

  @Field(() => String, { nullable: true, description: `How it is stored, such as onnx.${filled}` })
  format?: string | null;

  @Field(() => ImageInput, { nullable: true, description: "The container image that serves it." })
  image?: ImageInput | null;

  @Field(() => String, {
    nullable: true,
    description: "Its name in another system; unique within the model.",
  })
  externalId?: string | null;

  @Field(() => BundleFromInput, {
    nullable: true,
    description:
      "Files that the registry holds, to be its bundle; needs artifact:upload. Many or large ones are looked at in the background: the version is PENDING then.",
  })
  bundleFrom?: BundleFromInput | null;
}

@InputType()
abstract class OfVersion extends MutationInput {
  @Field(() => VersionRef, { description: "Which version." })
  version!: string;

  @Field(() => Int, {
    nullable: true,
    description: "The revision the caller has seen; unchecked where not given.",
  })
  expectedRevision?: number | null;
}

@InputType({ description: "Changes of a version; what is not given stays." })
export class UpdateModelVersionInput extends OfVersion {
  @Field(() => String, { nullable: true, description: "New description; the empty text removes it." })
  description?: string | null;

  @Field(() => String, { nullable: true, description: "Given once, where it has none." })
  semanticVersion?: string | null;

  @Field(() => ImageInput, { nullable: true, description: "The container image that serves it." })
  image?: ImageInput | null;
}

@InputType({ description: "A version to delete; its number is not used again, its history stays." })
export class DeleteModelVersionInput extends OfVersion {}

@InputType({ description: "Tags to set and to delete." })
export class SetModelVersionTagsInput extends OfVersion {
  @Field(() => [KeyValueInput], { nullable: true, description: "Tags to set." })
  set?: KeyValueInput[] | null;

  @Field(() => [String], { nullable: true, description: "Keys of tags to delete; absent ones are no error." })
  delete?: string[] | null;
}

@InputType({ description: "Measurements of a version made after its registration." })
export class LogModelVersionMetricsInput extends OfVersion {
  @Field(() => [MetricInput], { description: "At most 1,000." })
  metrics!: MetricInput[];
}

@ObjectType({ description: "What became of a mutation of a version." })
export class ModelVersionPayload extends Payload {
  @Field(() => ModelVersion, { nullable: true, description: "The version as it is now.", simple: true })
  modelVersion!: ModelVersion | null;
}

@InputType({ description: "Conditions on model versions; all given ones must hold." })
export class ModelVersionFilter {
  @Field(() => [ModelVersionFilter], { nullable: true, description: "All of these." })
  and?: ModelVersionFilter[] | null;

  @Field(() => [ModelVersionFilter], { nullable: true, description: "Any of these." })
  or?: ModelVersionFilter[] | null;

  @Field(() => ModelVersionFilter, { nullable: true, description: "Not this." })
  not?: ModelVersionFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the model's name." })
  model?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the stage's name, in canonical spelling." })
  stage?: StringFilter | null;

  @Field(() => FloatFilter, { nullable: true, description: "On the number." })
  number?: FloatFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the semantic version." })
  semanticVersion?: StringFilter | null;

  @Field(() => [VersionStatus], { nullable: true, description: "One of these." })
  status?: VersionStatus[] | null;

  @Field(() => StringFilter, { nullable: true, description: "On the framework." })
  framework?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the format." })
  format?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the source." })
  source?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the id of the run that made it." })
  runId?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On its name in another system." })
  externalId?: StringFilter | null;

  @Field(() => KeyValueFilter, { nullable: true, description: "On a tag." })
  tag?: KeyValueFilter | null;

  @Field(() => KeyValueFilter, { nullable: true, description: "On a parameter of its own or its run's." })
  param?: KeyValueFilter | null;

  @Field(() => MetricFilter, { nullable: true, description: "On a metric of its own or its run's." })
  metric?: MetricFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "An alias of such a name points to it." })
  alias?: StringFilter | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether it stands in a live stage without having passed the policy that holds there today: see violatesPolicy of ModelVersion.",
  })
  violatesPolicy?: boolean | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "On the time of registration." })
  createdAt?: DateTimeFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "On the time of the last change." })
  updatedAt?: DateTimeFilter | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Lists deleted ones, too. Counts on the outermost filter.",
  })
  includeDeleted?: boolean | null;
}

export enum ModelVersionOrderField {
  NUMBER = "NUMBER",
  CREATED_AT = "CREATED_AT",
  UPDATED_AT = "UPDATED_AT",
  SEMANTIC_VERSION = "SEMANTIC_VERSION",
  MODEL = "MODEL",
}

registerEnumType(ModelVersionOrderField, {
  name: "ModelVersionOrderField",
  description: "What model versions are sorted by.",
  valuesConfig: {
    NUMBER: { description: "By number." },
    CREATED_AT: { description: "By the time of registration." },
    UPDATED_AT: { description: "By the time of the last change." },
    SEMANTIC_VERSION: { description: "As semantic versions sort; those without one last." },
    MODEL: { description: "By the name of their model, code point by code point." },
  },
});

@InputType({ description: "How model versions are sorted; ties by id." })
export class ModelVersionOrder {
  @Field(() => ModelVersionOrderField, { description: "What by." })
  field!: ModelVersionOrderField;

  @Field(() => OrderDirection, { description: "Which end first.", defaultValue: OrderDirection.DESC })
  direction!: OrderDirection;
}
