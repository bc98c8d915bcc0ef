import { PromotionResolver } from "../promotion/promotion.resolver.ts";
import { PromotionService } from "../promotion/promotion.service.ts";
import { StageChangeLoaders } from "../promotion/stage-change.loaders.ts";
import { StageChangeResolver } from "../promotion/stage-change.resolver.ts";
import { StageMoves } from "../promotion/stage-moves.ts";
import { TransitionsResolver } from "../promotion/transitions.resolver.ts";
import type { Foundation } from "./foundation.ts";
import type { Registry } from "./registry.ts";

/** The moves between stages. */
export function wirePromotion(foundation: Foundation, registry: Registry) {
  const { db, clock, journal, verbs, subscriptions, loaders } = foundation;
  const { models, versions, stages } = registry.loaders;
  const moves = new StageMoves(registry.services.versions, journal, clock);
  const promotion = new PromotionService(verbs, registry.services.versions, moves);
  const stageChanges = new StageChangeLoaders(db);
  const resolvers = [
    new PromotionResolver(promotion, versions, stageChanges),
    new TransitionsResolver(stageChanges, stages, registry.rights),
    new StageChangeResolver(subscriptions, loaders.events, loaders.actors, { models, versions, stages }),
  ];
  return { moves, promotion, resolvers };
}

export type Promotion = ReturnType<typeof wirePromotion>;
