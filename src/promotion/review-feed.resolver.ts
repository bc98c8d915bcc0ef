import { Arg, Ctx, Field, FieldResolver, ObjectType, Resolver, Root, Subscription } from "type-graphql";
import { sql } from "../db/sql.ts";
import { formatCursor } from "../journal/cursor.ts";
import type { RegistryEvent } from "../journal/event.entity.ts";
import type { EventSubscriptions } from "../journal/subscription.ts";
import { notFound } from "../kernel/errors.ts";
import { Request } from "../kernel/request.ts";
import { resolverIn } from "../kernel/resolver-instance.ts";
import { EventCursor } from "../kernel/scalars.ts";
import type { ModelLoaders } from "../registry/model.loaders.ts";
import type { ReviewOutlook } from "./review-outlook.ts";
import { Approval, TransitionRequest } from "./transition-request.entity.ts";
import type { TransitionRequestLoaders } from "./transition-request.loaders.ts";

const cursorText = {
  description: "Its place in the journal: where a subscription goes on after it.",
};
const afterText = {
  nullable: true,
  description: 'The last one already seen; "start" is from the beginning, null from now on.',
};
const modelText = { nullable: true, description: "Only of this model, by name or id." };

@ObjectType({ description: "That somebody asks for a transition.", simpleResolvers: true })
export class TransitionRequestedEvent {
  constructor(readonly event: RegistryEvent) {
    this.cursor = formatCursor(event);
  }

  @Field(() => EventCursor, cursorText)
  cursor: string;
}

@ObjectType({ description: "That a reviewer has decided on a request.", simpleResolvers: true })
export class ApprovalGivenEvent {
  constructor(readonly event: RegistryEvent) {
    this.cursor = formatCursor(event);
  }

  @Field(() => EventCursor, cursorText)
  cursor: string;
}

interface FeedArgs {
  model?: string | null;
  after?: string | null;
  awaitsMe?: boolean | null;
}

/** What reviewers, and those who wait for them, follow. */
@Resolver(() => TransitionRequestedEvent)
export class RequestFeedResolver {
  constructor(
    private readonly subscriptions: EventSubscriptions,
    private readonly models: ModelLoaders,
    private readonly requests: TransitionRequestLoaders,
    private readonly outlook: ReviewOutlook,
  ) {}

  @FieldResolver(() => TransitionRequest, { nullable: true, description: "The request, as it is now." })
  transitionRequest(
    @Root() { event }: TransitionRequestedEvent,
    @Ctx() request: Request,
  ): Promise<TransitionRequest | null> {
    return this.requests.byId(request, event.subjectId);
  }

  @Subscription(() => TransitionRequestedEvent, {
    description:
      "Requests for transitions: everything after a cursor, then live, nothing lost and nothing twice.",
    subscribe: ({ args, context, info }) =>
      resolverIn(info.schema, RequestFeedResolver).follow(context, "transition.requested", args),
  })
  transitionRequested(
    @Root() event: RegistryEvent,
    @Arg("model", () => String, modelText) _model?: string,
    @Arg("awaitsMe", () => Boolean, {
      nullable: true,
      description:
        "Only those that await the caller when they are told: he may decide and has not, as transitionRequests(filter: { awaitsMe: true }) lists them.",
    })
    _awaitsMe?: boolean,
    @Arg("after", () => EventCursor, afterText) _after?: string,
  ): TransitionRequestedEvent {
    return new TransitionRequestedEvent(event);
  }

  @Subscription(() => ApprovalGivenEvent, {
    description:
      "Decisions on requests: everything after a cursor, then live, nothing lost and nothing twice.",
    subscribe: ({ args, context, info }) =>
      resolverIn(info.schema, RequestFeedResolver).follow(context, "approval.given", args),
  })
  approvalGiven(
    @Root() event: RegistryEvent,
    @Arg("model", () => String, modelText) _model?: string,
    @Arg("after", () => EventCursor, afterText) _after?: string,
  ): ApprovalGivenEvent {
    return new ApprovalGivenEvent(event);
  }

  async follow(request: Request, type: string, { model, after, awaitsMe }: FeedArgs) {
    const all = [sql`type = ${type}`];
    if (model != null) {
      const found = await this.models.byNameOrId(request, model, "deleted, too");
      if (!found) throw notFound(`model ${model}`, "model");
      all.push(sql`containerId = ${found.nodeId}`);
    }
    const events = await this.subscriptions.since(request, after, { anyOf: [sql`1 = 1`], all });
    return awaitsMe ? this.awaiting(request, events) : events;
  }

  /** Looked at anew for each, as what may be decided on changes. */
  private async *awaiting(request: Request, events: AsyncIterable<RegistryEvent>) {
    for await (const event of events) {
      const now = new Request(request.id, await request.renew(event.seq));
      const asked = await this.requests.byId(now, event.subjectId);
      if (asked && (await this.outlook.awaits(now, asked))) yield event;
    }
  }
}

@Resolver(() => ApprovalGivenEvent)
export class ApprovalFeedResolver {
  constructor(private readonly requests: TransitionRequestLoaders) {}

  @FieldResolver(() => Approval, { nullable: true, description: "The decision." })
  approval(@Root() { event }: ApprovalGivenEvent, @Ctx() request: Request): Promise<Approval | null> {
    return this.requests.approvalById(request, event.subjectId);
  }
}
