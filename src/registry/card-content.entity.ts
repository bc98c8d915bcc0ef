import { Field, ObjectType } from "type-graphql";

/** What a card says, whatever it was written in: kept as JSON beside the text it was read from. */
export interface CardContent extends CardSections {
  name: string | null;
  version: string | null;
  owner: string | null;
  limitations: string | null;
  riskClass: string | null;
  fairnessMetrics: CardMeasure[];
  /** What the card's form has no place for, as it came. */
  extra: Record<string, unknown>;
  /** Why its front matter could not be read; null where it was, or where there is none. */
  problem: string | null;
}

@ObjectType({ description: "A measure for one group of people or cases.", simpleResolvers: true })
export class CardGroupValue {
  @Field(() => String, { description: "Which group, such as age < 25." })
  group!: string;

  @Field(() => Number, { nullable: true, description: "Its value; null where that is no number." })
  value!: number | null;

  @Field(() => String, { nullable: true, description: "What stands there instead of a number." })
  text!: string | null;
}

@ObjectType({ description: "A measure as a card tells it, overall and per group.", simpleResolvers: true })
export class CardMeasure {
  @Field(() => String, { description: "Which measure, such as auc." })
  name!: string;

  @Field(() => Number, { nullable: true, description: "Its value overall; null where that is no number." })
  value!: number | null;

  @Field(() => String, { nullable: true, description: "What stands there instead of a number." })
  text!: string | null;

  @Field(() => String, { nullable: true, description: "On which data; null where the card does not say." })
  dataset!: string | null;

  @Field(() => String, { nullable: true, description: "On which split of it; null where not told." })
  split!: string | null;

  @Field(() => [CardGroupValue], { description: "The same measure per group; at most 1,000." })
  perGroup!: CardGroupValue[];
}

@ObjectType({
  description:
    "The nine sections of a model card (Mitchell et al., 2019). Their text is Markdown by whoever wrote the card: sanitise before rendering.",
  simpleResolvers: true,
})
export class CardSections {
  @Field(() => String, { nullable: true, description: "What the model is: developers, kind, licence…" })
  details!: string | null;

  @Field(() => String, { nullable: true, description: "What it is for, for whom, and what it is not for." })
  intendedUse!: string | null;

  @Field(() => String, { nullable: true, description: "Groups, instruments, environments that matter." })
  factors!: string | null;

  @Field(() => String, { nullable: true, description: "What is measured, and why that." })
  metrics!: string | null;

  @Field(() => String, { nullable: true, description: "What it was evaluated on." })
  evaluationData!: string | null;

  @Field(() => String, { nullable: true, description: "What it was trained on." })
  trainingData!: string | null;

  @Field(() => [CardMeasure], { description: "Results, overall and per group; at most 1,000." })
  quantitativeAnalyses!: CardMeasure[];

  @Field(() => String, { nullable: true, description: "Results where the card tells them in words." })
  quantitativeAnalysesText!: string | null;

  @Field(() => String, { nullable: true, description: "Risks, harms, sensitive data." })
  ethicalConsiderations!: string | null;

  @Field(() => String, { nullable: true, description: "Caveats and recommendations." })
  caveats!: string | null;
}

@ObjectType({
  description:
    "Front matter as the Hugging Face Hub knows it, read: what may be one text or a list is a list here. The card's Markdown keeps it as it came.",
  simpleResolvers: true,
})
export class CardFrontMatter {
  @Field(() => [String], { description: "Languages, such as en; no is Norwegian." })
  language!: string[];

  @Field(() => [String], { description: "Licences, such as apache-2.0." })
  license!: string[];

  @Field(() => [String], { description: "Data it was trained on, by their names on the Hub." })
  datasets!: string[];

  @Field(() => [String], { description: "Names of metrics." })
  metrics!: string[];

  @Field(() => [String], { description: "Tags." })
  tags!: string[];

  @Field(() => [String], { description: "Models it was made from." })
  baseModel!: string[];

  @Field(() => String, { nullable: true, description: "The library that loads it." })
  libraryName!: string | null;

  @Field(() => String, { nullable: true, description: "Its task, such as text-classification." })
  pipelineTag!: string | null;
}

@ObjectType({ description: "How much of a model card is written.", simpleResolvers: true })
export class CardCompleteness {
  @Field(() => Number, { description: "0–1: the share of the nine sections that say something." })
  score!: number;

  @Field(() => [String], { description: "Those that do not, by their names in CardSections." })
  missing!: string[];
}
