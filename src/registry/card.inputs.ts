import { Field, InputType, Int, ObjectType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { Json, VersionRef } from "../kernel/scalars.ts";
import { CardStatus, ModelCard } from "./card.entity.ts";
import { CardCompleteness } from "./card-content.entity.ts";

const prose = (what: string) => ({ nullable: true, description: `${what}; Markdown, kept as it is.` });

@InputType({ description: "A measure for one group of people or cases." })
export class CardGroupValueInput {
  @Field(() => String, { description: "Which group, such as age < 25." })
  group!: string;

  @Field(() => Number, { nullable: true, description: "Its value." })
  value?: number | null;

  @Field(() => String, { nullable: true, description: "What to say instead of a number." })
  text?: string | null;
}

@InputType({ description: "A measure, overall and per group." })
export class CardMeasureInput {
  @Field(() => String, { description: "Which measure, such as auc." })
  name!: string;

  @Field(() => Number, { nullable: true, description: "Its value overall." })
  value?: number | null;

  @Field(() => String, { nullable: true, description: "What to say instead of a number." })
  text?: string | null;

  @Field(() => String, { nullable: true, description: "On which data." })
  dataset?: string | null;

  @Field(() => String, { nullable: true, description: "On which split of it." })
  split?: string | null;

  @Field(() => [CardGroupValueInput], { nullable: true, description: "The same per group; at most 1,000." })
  perGroup?: CardGroupValueInput[] | null;
}

@InputType({ description: "A model card in typed sections; it replaces all that the card said before." })
export class ModelCardInput {
  @Field(() => String, prose("What the model is"))
  details?: string | null;

  @Field(() => String, prose("What it is for, and what not"))
  intendedUse?: string | null;

  @Field(() => String, prose("Groups, instruments, environments that matter"))
  factors?: string | null;

  @Field(() => String, prose("What is measured, and why that"))
  metrics?: string | null;

  @Field(() => String, prose("What it was evaluated on"))
  evaluationData?: string | null;

  @Field(() => String, prose("What it was trained on"))
  trainingData?: string | null;

  @Field(() => [CardMeasureInput], { nullable: true, description: "Results; at most 1,000." })
  quantitativeAnalyses?: CardMeasureInput[] | null;

  @Field(() => String, prose("Results in words"))
  quantitativeAnalysesText?: string | null;

  @Field(() => String, prose("Risks, harms, sensitive data"))
  ethicalConsiderations?: string | null;

  @Field(() => String, prose("Caveats and recommendations"))
  caveats?: string | null;

  @Field(() => String, { nullable: true, description: "What the card calls the model." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "What the card calls the version." })
  version?: string | null;

  @Field(() => String, { nullable: true, description: "Who answers for the model." })
  owner?: string | null;

  @Field(() => String, prose("What it cannot do"))
  limitations?: string | null;

  @Field(() => [CardMeasureInput], { nullable: true, description: "Measures of fairness; at most 1,000." })
  fairnessMetrics?: CardMeasureInput[] | null;

  @Field(() => String, { nullable: true, description: "Its class of risk, such as high." })
  riskClass?: string | null;

  @Field(() => Json, { nullable: true, description: "Whatever else there is to say: an object." })
  extra?: unknown;
}

@InputType({
  description: "What a card shall say, in one of three forms, or how far it has come, or both.",
})
export class SetModelCardInput extends MutationInput {
  @Field(() => VersionRef, { description: "Of which version; not latest." })
  version!: string;

  @Field(() => ModelCardInput, { nullable: true, description: "In typed sections." })
  card?: ModelCardInput | null;

  @Field(() => String, {
    nullable: true,
    description: "As model_card.yaml, flat or in sections; at most 256 KiB, without aliases.",
  })
  yaml?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "As Markdown, with or without Hugging Face front matter; at most 256 KiB. It is kept as it is and never rendered.",
  })
  markdown?: string | null;

  @Field(() => CardStatus, {
    nullable: true,
    description:
      "Where not given, a card that says something new is a DRAFT. APPROVED takes transition:review: besides version:write where it comes with a text, instead of it where it comes alone.",
  })
  status?: CardStatus | null;

  @Field(() => Int, {
    nullable: true,
    description: "The card's revision now; 0 where there must be none; unchecked where not given.",
  })
  expectedRevision?: number | null;
}

@ObjectType({ description: "What became of a model card." })
export class SetModelCardPayload extends Payload {
  @Field(() => ModelCard, { nullable: true, description: "The card as it is now.", simple: true })
  card!: ModelCard | null;
}

@ObjectType({ description: "What is to be said of a card that is not kept.", simpleResolvers: true })
export class ModelCardCheck {
  @Field(() => CardCompleteness, { description: "How much of it is written." })
  completeness!: CardCompleteness;

  @Field(() => String, {
    nullable: true,
    description: "Why its front matter cannot be read; null where it can, or where there is none.",
  })
  problem!: string | null;
}
