import { Arg, Ctx, Mutation, Query, Resolver } from "type-graphql";
import { invalid } from "../kernel/errors.ts";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { ModelCardCheck, SetModelCardInput, SetModelCardPayload } from "./card.inputs.ts";
import type { CardLoaders } from "./card.loaders.ts";
import type { CardService } from "./card.service.ts";
import { cardCompletenessOf } from "./card-content.rules.ts";
import { givenCardOf } from "./card-given.rules.ts";

@Resolver()
export class CardVerbResolver {
  constructor(
    private readonly cards: CardLoaders,
    private readonly service: CardService,
  ) {}

  @Mutation(() => SetModelCardPayload, {
    description:
      "Sets a version's card, or how far it has come. A person who sets it as it is confirms it. Whatever it was before is kept as a revision.",
  })
  setModelCard(
    @Ctx() request: Request,
    @Arg("input", () => SetModelCardInput, { description: "See the input type." }) input: SetModelCardInput,
  ): Promise<SetModelCardPayload> {
    return answer<SetModelCardPayload>({ card: null }, async () => {
      const { card } = await this.service.set(request.actor, input);
      return { card: await this.cards.byId(request, card) };
    });
  }

  @Query(() => ModelCardCheck, {
    description: "What is to be said of a card, without keeping it; refused as setModelCard would refuse it.",
  })
  checkModelCard(
    @Arg("yaml", () => String, { nullable: true, description: "As model_card.yaml." }) yaml?: string | null,
    @Arg("markdown", () => String, { nullable: true, description: "As Markdown; one of the two." })
    markdown?: string | null,
  ): ModelCardCheck {
    const given = givenCardOf({ yaml, markdown });
    if (!given) throw invalid("yaml", "one of yaml and markdown", null);
    return { completeness: cardCompletenessOf(given.content), problem: given.content.problem };
  }
}
