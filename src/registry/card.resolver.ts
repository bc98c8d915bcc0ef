import { Args, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { ActorRow } from "../access/actor.entity.ts";
import type { ActorLoaders } from "../access/actor.loaders.ts";
import { ForwardArgs } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { CardRevision, CardRevisionConnection, ModelCard } from "./card.entity.ts";
import type { CardLoaders } from "./card.loaders.ts";
import { isForEvaluation } from "./card.rules.ts";
import { CardFilled } from "./card-filled.entity.ts";
import type { Evidence } from "./evidence.ts";
import { ModelVersion } from "./version.entity.ts";
import type { VersionLoaders } from "./version.loaders.ts";

@Resolver(() => ModelVersion)
export class VersionCardResolver {
  constructor(private readonly cards: CardLoaders) {}

  @FieldResolver(() => ModelCard, {
    nullable: true,
    description:
      "Its card. A new version begins with a copy of what people wrote in the card of the latest version before it, which counts as fresh only once a person has confirmed it.",
  })
  card(@Root() version: ModelVersion, @Ctx() request: Request): Promise<ModelCard | null> {
    return this.cards.ofVersion(request, version.nodeId);
  }
}

/** What a card's row does not hold; what it says is in card-content.resolver.ts. */
@Resolver(() => ModelCard)
export class CardResolver {
  constructor(
    private readonly cards: CardLoaders,
    private readonly versions: VersionLoaders,
    private readonly actors: ActorLoaders,
    private readonly evidence: Evidence,
  ) {}

  @FieldResolver(() => ModelVersion, { description: "The version that it documents." })
  modelVersion(@Root() card: ModelCard, @Ctx() request: Request): Promise<ModelVersion | null> {
    return this.versions.byId(request, card.versionId);
  }

  @FieldResolver(() => ModelVersion, {
    nullable: true,
    description: "The version whose card it began as; null where it began as its own.",
  })
  async inheritedFrom(@Root() card: ModelCard, @Ctx() request: Request): Promise<ModelVersion | null> {
    return card.inheritedFrom === null ? null : this.versions.byId(request, card.inheritedFrom);
  }

  @FieldResolver(() => Boolean, {
    description:
      "Whether a person has set or confirmed what it says since the version's evidence last changed: since registration, measurements, another image, recorded lineage, and the inputs, end and edits of its run.",
  })
  async isFresh(@Root() card: ModelCard, @Ctx() request: Request): Promise<boolean> {
    return (await this.cards.standing(request, card.versionId))?.isFresh ?? false;
  }

  @FieldResolver(() => ActorRow, { description: "Who changed it last." })
  updatedBy(@Root() card: ModelCard, @Ctx() request: Request): Promise<ActorRow | null> {
    return this.actors.byId(request, card.updatedById);
  }

  @FieldResolver(() => ActorRow, {
    nullable: true,
    description: "The person who last set it; null where none has.",
  })
  async confirmedBy(@Root() card: ModelCard, @Ctx() request: Request): Promise<ActorRow | null> {
    return card.confirmedById === null ? null : this.actors.byId(request, card.confirmedById);
  }

  @FieldResolver(() => CardRevisionConnection, { description: "Every revision it had, the first one first." })
  revisions(
    @Root() card: ModelCard,
    @Ctx() request: Request,
    @Args(() => ForwardArgs) page: ForwardArgs,
  ): Promise<CardRevisionConnection> {
    return this.cards.revisions(request, card, page);
  }

  @FieldResolver(() => CardFilled, {
    description: "Metrics and data from the run and the lineage, beside what people wrote.",
  })
  async filled(@Root() card: ModelCard, @Ctx() request: Request): Promise<CardFilled> {
    const version = await this.versions.byId(request, card.versionId);
    if (!version) return { metrics: [], trainingData: [], evaluationData: [] };
    const [metrics, uses] = await Promise.all([
      this.evidence.metrics(request, version),
      this.evidence.uses(request, version),
    ]);
    const evaluationData = uses.filter(({ role }) => isForEvaluation(role));
    return { metrics, evaluationData, trainingData: uses.filter((use) => !evaluationData.includes(use)) };
  }
}

@Resolver(() => CardRevision)
export class CardRevisionResolver {
  constructor(private readonly actors: ActorLoaders) {}

  @FieldResolver(() => ActorRow, { description: "Who made it." })
  createdBy(@Root() revision: CardRevision, @Ctx() request: Request): Promise<ActorRow | null> {
    return this.actors.byId(request, revision.createdById);
  }
}
