import { Assessor } from "../promotion/assessor.ts";
import { PolicyLoaders } from "../promotion/policy.loaders.ts";
import { ModelPolicyResolver, PolicyResolver } from "../promotion/policy.resolver.ts";
import { PolicyService } from "../promotion/policy.service.ts";
import { PromotionResolver } from "../promotion/promotion.resolver.ts";
import { PromotionService } from "../promotion/promotion.service.ts";
import { mustPassUnder } from "../promotion/rename-guard.ts";
import { RequestRecords } from "../promotion/request-records.ts";
import { ReviewService } from "../promotion/review.service.ts";
import { ApprovalFeedResolver, RequestFeedResolver } from "../promotion/review-feed.resolver.ts";
import { ReviewInbox } from "../promotion/review-inbox.ts";
import { ReviewOutlook } from "../promotion/review-outlook.ts";
import { RollbackResolver } from "../promotion/rollback.resolver.ts";
import { RollbackService } from "../promotion/rollback.service.ts";
import { StageChangeLoaders } from "../promotion/stage-change.loaders.ts";
import { StageChangeResolver } from "../promotion/stage-change.resolver.ts";
import { mustNotBeGoverned, mustNotBeUnderRequest } from "../promotion/stage-guard.ts";
import { StageMoves } from "../promotion/stage-moves.ts";
import { StandingQuery } from "../promotion/standing.query.ts";
import { StandingResolver } from "../promotion/standing.resolver.ts";
import { StayLoaders } from "../promotion/stay.loaders.ts";
import { TransitionRequestLoaders } from "../promotion/transition-request.loaders.ts";
import {
  ApprovalResolver,
  TransitionRequestListResolver,
  TransitionRequestResolver,
  VersionRequestsResolver,
} from "../promotion/transition-request.resolver.ts";
import { TransitionsResolver } from "../promotion/transitions.resolver.ts";
import { VerdictSight } from "../promotion/verdict-sight.ts";
import type { Foundation } from "./foundation.ts";
import type { Registry } from "./registry.ts";

/** The moves between stages, and what it takes to make them. */
export function wirePromotion(foundation: Foundation, registry: Registry) {
  const { db, clock, journal, verbs, graph, subscriptions, loaders, directory } = foundation;
  const { models, versions, stages } = registry.loaders;
  const { events, actors } = loaders;
  const { evidence, evidenceIn, services } = registry;

  const verdicts = new VerdictSight(versions, loaders.nodes);
  const stageChanges = new StageChangeLoaders(db);
  const policies = new PolicyLoaders(db);
  const requests = new TransitionRequestLoaders(db);

  const moves = new StageMoves(services.versions, journal, clock);
  const records = new RequestRecords(journal, graph, clock);
  const assessor = new Assessor(evidenceIn, clock);
  const promotion = new PromotionService(verbs, services.versions, assessor, moves, records);
  const reviews = new ReviewService(verbs, services.versions, assessor, moves, records);
  const rollbacks = new RollbackService(verbs, services.models, assessor, moves, {
    aliases: registry.aliasMoves,
    records,
  });
  const policyService = new PolicyService(verbs, journal, graph, clock);
  const outlook = new ReviewOutlook(
    db,
    { requests, policies },
    { models, versions, stages, evidence },
    assessor,
    verdicts,
  );

  services.models.guardRenames(mustPassUnder);
  services.versions.onDelete((tx, actor, version) => records.withdrawAll(tx, actor, version));
  services.stages.guardChanges(mustNotBeGoverned);
  services.uploads.guardBundles(mustNotBeUnderRequest);
  directory
    .register("POLICY", (request, node) => policies.byId(request, node))
    .register("TRANSITION_REQUEST", (request, node) => requests.byId(request, node))
    .register("APPROVAL", (request, node) => requests.approvalById(request, node));

  const resolvers = [
    new PromotionResolver(promotion, versions, stageChanges, verdicts),
    new TransitionsResolver(stageChanges, new StayLoaders(db), stages, registry.rights),
    new StageChangeResolver(
      subscriptions,
      events,
      actors,
      { models, versions, stages },
      { requests, verdicts },
    ),
    new StandingResolver(new StandingQuery(db, stages)),
    new PolicyResolver(policies, stages, policyService),
    new ModelPolicyResolver(policies, stages),
    new TransitionRequestResolver(requests, outlook, actors, versions, reviews),
    new TransitionRequestListResolver(new ReviewInbox(requests, outlook), models),
    new ApprovalResolver(requests, outlook, actors),
    new VersionRequestsResolver(requests),
    new RollbackResolver(rollbacks, versions, stageChanges, verdicts),
    new RequestFeedResolver(subscriptions, models, requests, outlook),
    new ApprovalFeedResolver(requests),
  ];
  return { moves, promotion, assessor, records, reviews, requests, verdicts, resolvers };
}

export type Promotion = ReturnType<typeof wirePromotion>;
