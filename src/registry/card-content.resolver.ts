import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { Request } from "../kernel/request.ts";
import { Json } from "../kernel/scalars.ts";
import { CardRevision, ModelCard, type StoredCard } from "./card.entity.ts";
import type { CardLoaders } from "./card.loaders.ts";
import {
  CardCompleteness,
  type CardContent,
  CardFrontMatter,
  CardMeasure,
  CardSections,
} from "./card-content.entity.ts";
import { cardCompletenessOf, frontMatterOf } from "./card-content.rules.ts";
import { markdownTextOf, yamlTextOf } from "./card-text.mapping.ts";

const unrendered = "It is data by whoever wrote it: sanitise before rendering.";

/** What a card says, in every form; its text is read only where one of these is asked for. */
@Resolver(() => ModelCard)
export class CardContentResolver {
  constructor(private readonly cards: CardLoaders) {}

  @FieldResolver(() => String, {
    description: `As Markdown with front matter; exactly as it came where it came as that. ${unrendered}`,
  })
  async markdown(@Root() card: ModelCard, @Ctx() request: Request): Promise<string> {
    return markdownTextOf(card.format, await this.stored(request, card));
  }

  @FieldResolver(() => String, {
    description: "As model_card.yaml in sections; exactly as it came where it came as that.",
  })
  async yaml(@Root() card: ModelCard, @Ctx() request: Request): Promise<string> {
    return yamlTextOf(card.format, await this.stored(request, card));
  }

  @FieldResolver(() => CardSections, { description: "What it says in each of the nine sections." })
  sections(@Root() card: ModelCard, @Ctx() request: Request): Promise<CardSections> {
    return this.content(request, card);
  }

  @FieldResolver(() => CardCompleteness, { description: "How much of it is written." })
  async completeness(@Root() card: ModelCard, @Ctx() request: Request): Promise<CardCompleteness> {
    return cardCompletenessOf(await this.content(request, card));
  }

  @FieldResolver(() => String, { nullable: true, description: "What the card calls the model." })
  async name(@Root() card: ModelCard, @Ctx() request: Request): Promise<string | null> {
    return (await this.content(request, card)).name;
  }

  @FieldResolver(() => String, { nullable: true, description: "What the card calls the version." })
  async version(@Root() card: ModelCard, @Ctx() request: Request): Promise<string | null> {
    return (await this.content(request, card)).version;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "Who answers for the model, as the card says.",
  })
  async owner(@Root() card: ModelCard, @Ctx() request: Request): Promise<string | null> {
    return (await this.content(request, card)).owner;
  }

  @FieldResolver(() => String, { nullable: true, description: "What the model cannot do." })
  async limitations(@Root() card: ModelCard, @Ctx() request: Request): Promise<string | null> {
    return (await this.content(request, card)).limitations;
  }

  @FieldResolver(() => [CardMeasure], { description: "Measures of fairness; at most 1,000." })
  async fairnessMetrics(@Root() card: ModelCard, @Ctx() request: Request): Promise<CardMeasure[]> {
    return (await this.content(request, card)).fairnessMetrics;
  }

  @FieldResolver(() => String, { nullable: true, description: "Its class of risk, such as high." })
  async riskClass(@Root() card: ModelCard, @Ctx() request: Request): Promise<string | null> {
    return (await this.content(request, card)).riskClass;
  }

  @FieldResolver(() => CardFrontMatter, {
    nullable: true,
    description: "What it says in the words of the Hugging Face Hub; null where it says nothing in them.",
  })
  async frontMatter(@Root() card: ModelCard, @Ctx() request: Request): Promise<CardFrontMatter | null> {
    return frontMatterOf(await this.content(request, card));
  }

  @FieldResolver(() => Json, { description: "What has no place in the card's form, as it came: an object." })
  async extra(@Root() card: ModelCard, @Ctx() request: Request): Promise<unknown> {
    return (await this.content(request, card)).extra;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "Why its front matter could not be read; the text is kept as it came. Null where it was.",
  })
  async problem(@Root() card: ModelCard, @Ctx() request: Request): Promise<string | null> {
    return (await this.content(request, card)).problem;
  }

  private stored(request: Request, { nodeId, contentRevision }: ModelCard): Promise<StoredCard> {
    return this.cards.stored(request, { cardId: nodeId, contentRevision });
  }

  private async content(request: Request, card: ModelCard): Promise<CardContent> {
    return (await this.stored(request, card)).content;
  }
}

@Resolver(() => CardRevision)
export class CardRevisionContentResolver {
  constructor(private readonly cards: CardLoaders) {}

  @FieldResolver(() => String, { description: `As Markdown, see ModelCard. ${unrendered}` })
  async markdown(@Root() revision: CardRevision, @Ctx() request: Request): Promise<string> {
    return markdownTextOf(revision.format, await this.cards.stored(request, revision));
  }

  @FieldResolver(() => String, { description: "As model_card.yaml, see ModelCard." })
  async yaml(@Root() revision: CardRevision, @Ctx() request: Request): Promise<string> {
    return yamlTextOf(revision.format, await this.cards.stored(request, revision));
  }
}
