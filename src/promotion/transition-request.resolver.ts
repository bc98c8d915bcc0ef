import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { ActorRow } from "../access/actor.entity.ts";
import type { ActorLoaders } from "../access/actor.loaders.ts";
import { notFound } from "../kernel/errors.ts";
import { nodeOf } from "../kernel/ids.ts";
import { PageArgs, sliceOf } from "../kernel/page.ts";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import type { ModelLoaders } from "../registry/model.loaders.ts";
import { ModelVersion } from "../registry/version.entity.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import type { ReviewService } from "./review.service.ts";
import type { ReviewInbox } from "./review-inbox.ts";
import type { ReviewOutlook } from "./review-outlook.ts";
import {
  Approval,
  RequestStatus,
  TransitionRequest,
  TransitionRequestConnection,
} from "./transition-request.entity.ts";
import {
  RequestTransitionInput,
  RequestTransitionPayload,
  ReviewTransitionInput,
  ReviewTransitionPayload,
  TransitionRequestFilter,
  WithdrawTransitionInput,
  WithdrawTransitionPayload,
} from "./transition-request.inputs.ts";
import type { TransitionRequestLoaders } from "./transition-request.loaders.ts";
import { Verdict } from "./verdict.entity.ts";

const inputText = { description: "See the input type." };

@Resolver(() => TransitionRequest)
export class TransitionRequestResolver {
  constructor(
    private readonly loaders: TransitionRequestLoaders,
    private readonly outlook: ReviewOutlook,
    private readonly actors: ActorLoaders,
    private readonly versions: VersionLoaders,
    private readonly service: ReviewService,
  ) {}

  @Query(() => TransitionRequest, {
    nullable: true,
    description: "A request by its id; null where there is none.",
  })
  transitionRequest(
    @Ctx() request: Request,
    @Arg("id", () => ID, { description: "As the `id` field gave it." }) id: string,
  ): Promise<TransitionRequest | null> {
    return this.loaders.byId(request, nodeOf(id, "id", "TRANSITION_REQUEST"));
  }

  @FieldResolver(() => ModelVersion, { nullable: true, description: "The version that it is about." })
  modelVersion(
    @Root() { versionId }: TransitionRequest,
    @Ctx() request: Request,
  ): Promise<ModelVersion | null> {
    return this.versions.byId(request, versionId);
  }

  @FieldResolver(() => RequestStatus, { description: "What has become of it, as it stands now." })
  status(@Root() asked: TransitionRequest, @Ctx() request: Request): Promise<RequestStatus> {
    return this.outlook.statusOf(request, asked);
  }

  @FieldResolver(() => ActorRow, { description: "Who asked." })
  requestedBy(
    @Root() { requestedById }: TransitionRequest,
    @Ctx() request: Request,
  ): Promise<ActorRow | null> {
    return this.actors.byId(request, requestedById);
  }

  @FieldResolver(() => Verdict, {
    nullable: true,
    description:
      "How it would be judged if the caller carried it out now, by the rights that who asked has by now and, for what the approvals do not let in, those of the caller; null where it is decided.",
  })
  verdict(@Root() asked: TransitionRequest, @Ctx() request: Request): Promise<Verdict | null> {
    return this.outlook.verdictOn(request, asked);
  }

  @FieldResolver(() => [Approval], { description: "Decisions on it, the first ones first." })
  approvals(@Root() { nodeId }: TransitionRequest, @Ctx() request: Request): Promise<Approval[]> {
    return this.loaders.approvalsOf(request, nodeId);
  }

  @FieldResolver(() => Boolean, { description: "Whether the caller may decide on it now." })
  viewerCanReview(@Root() asked: TransitionRequest, @Ctx() request: Request): Promise<boolean> {
    return this.outlook.mayReview(request, asked);
  }

  @Mutation(() => RequestTransitionPayload, {
    description: "Asks for a transition that others must approve; needs transition:request.",
  })
  requestTransition(
    @Ctx() request: Request,
    @Arg("input", () => RequestTransitionInput, inputText) input: RequestTransitionInput,
  ): Promise<RequestTransitionPayload> {
    return answer<RequestTransitionPayload>({ transitionRequest: null, verdict: null }, async () => {
      const { version, request: id, verdict } = await this.service.request(request.actor, input);
      return {
        transitionRequest: id === null ? null : await this.loaders.byId(request, id),
        verdict: await this.outlook.verdicts.shown(request, version, verdict),
      };
    });
  }

  @Mutation(() => ReviewTransitionPayload, {
    description:
      "Approves or rejects a request; needs transition:review, and another person than who asked and who registered the version. The last approval that it takes moves the version, if everything else passes.",
  })
  reviewTransition(
    @Ctx() request: Request,
    @Arg("input", () => ReviewTransitionInput, inputText) input: ReviewTransitionInput,
  ): Promise<ReviewTransitionPayload> {
    const nothing = { approval: null, transitionRequest: null, verdict: null };
    return answer<ReviewTransitionPayload>(nothing, async () => {
      const { version, request: id, approval, verdict } = await this.service.review(request.actor, input);
      return {
        approval: await this.loaders.approvalById(request, approval!),
        transitionRequest: await this.loaders.byId(request, id!),
        verdict: await this.outlook.verdicts.shown(request, version, verdict),
      };
    });
  }

  @Mutation(() => WithdrawTransitionPayload, {
    description: "Takes a request back: by who asked, or by who may move versions into that stage.",
  })
  withdrawTransition(
    @Ctx() request: Request,
    @Arg("input", () => WithdrawTransitionInput, inputText) input: WithdrawTransitionInput,
  ): Promise<WithdrawTransitionPayload> {
    return answer<WithdrawTransitionPayload>({ transitionRequest: null }, async () => {
      const { request: id } = await this.service.withdraw(request.actor, input);
      return { transitionRequest: await this.loaders.byId(request, id!) };
    });
  }
}

@Resolver(() => TransitionRequest)
export class TransitionRequestListResolver {
  constructor(
    private readonly inbox: ReviewInbox,
    private readonly models: ModelLoaders,
  ) {}

  @Query(() => TransitionRequestConnection, { description: "Transition requests, the latest first." })
  async transitionRequests(
    @Ctx() request: Request,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => TransitionRequestFilter, { nullable: true, description: "Which ones." })
    filter?: TransitionRequestFilter,
  ): Promise<TransitionRequestConnection> {
    const { model = null, ...rest } = filter ?? {};
    const found = model === null ? null : await this.models.byNameOrId(request, model, "deleted, too");
    if (model !== null && !found) throw notFound(`model ${model}`, "filter.model");
    return this.inbox.page(request, { ...rest, model: found?.nodeId ?? null }, sliceOf(page));
  }
}

@Resolver(() => Approval)
export class ApprovalResolver {
  constructor(
    private readonly loaders: TransitionRequestLoaders,
    private readonly outlook: ReviewOutlook,
    private readonly actors: ActorLoaders,
  ) {}

  @FieldResolver(() => TransitionRequest, { nullable: true, description: "The request that was decided on." })
  request(@Root() { requestId }: Approval, @Ctx() request: Request): Promise<TransitionRequest | null> {
    return this.loaders.byId(request, requestId);
  }

  @FieldResolver(() => ActorRow, { description: "Who decided." })
  reviewer(@Root() { reviewerId }: Approval, @Ctx() request: Request): Promise<ActorRow | null> {
    return this.actors.byId(request, reviewerId);
  }

  @FieldResolver(() => Boolean, {
    description:
      "Whether evidence or policy is another one now than what it was given for: then it counts no more.",
  })
  isStale(@Root() approval: Approval, @Ctx() request: Request): Promise<boolean> {
    return this.outlook.isStale(request, approval);
  }
}

@Resolver(() => ModelVersion)
export class VersionRequestsResolver {
  constructor(private readonly loaders: TransitionRequestLoaders) {}

  @FieldResolver(() => [TransitionRequest], {
    description: "Requests for transitions of it, the latest first; at most 1,000.",
  })
  requests(@Root() { nodeId }: ModelVersion, @Ctx() request: Request): Promise<TransitionRequest[]> {
    return this.loaders.ofVersion(request, nodeId);
  }

  @FieldResolver(() => [Approval], {
    description: "Decisions on requests about it, the first ones first; at most 1,000.",
  })
  approvals(@Root() { nodeId }: ModelVersion, @Ctx() request: Request): Promise<Approval[]> {
    return this.loaders.approvalsOfVersion(request, nodeId);
  }
}
