import { Arg, Ctx, FieldResolver, Resolver, Root, Subscription } from "type-graphql";
import { ActorRow } from "../access/actor.entity.ts";
import type { ActorLoaders } from "../access/actor.loaders.ts";
import { sql } from "../db/sql.ts";
import type { RegistryEvent } from "../journal/event.entity.ts";
import type { EventLoaders } from "../journal/event.loaders.ts";
import type { EventSubscriptions } from "../journal/subscription.ts";
import { notFound } from "../kernel/errors.ts";
import { nodeOf } from "../kernel/ids.ts";
import type { Request } from "../kernel/request.ts";
import { resolverIn } from "../kernel/resolver-instance.ts";
import { EventCursor } from "../kernel/scalars.ts";
import type { ModelLoaders } from "../registry/model.loaders.ts";
import type { StageLoaders } from "../registry/stage.loaders.ts";
import { stageNamed } from "../registry/stage.query.ts";
import { stageKey } from "../registry/stage.rules.ts";
import { ModelVersion } from "../registry/version.entity.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import { StageChange, stageChangedType } from "./stage-change.entity.ts";
import { Approval, TransitionRequest } from "./transition-request.entity.ts";
import type { TransitionRequestLoaders } from "./transition-request.loaders.ts";
import { Verdict } from "./verdict.entity.ts";
import type { VerdictSight } from "./verdict-sight.ts";

interface StageChangedArgs {
  model?: string | null;
  stages?: string[] | null;
  after?: string | null;
}

@Resolver(() => StageChange)
export class StageChangeResolver {
  constructor(
    private readonly subscriptions: EventSubscriptions,
    private readonly events: EventLoaders,
    private readonly actors: ActorLoaders,
    private readonly registry: { models: ModelLoaders; versions: VersionLoaders; stages: StageLoaders },
    private readonly reviews: { requests: TransitionRequestLoaders; verdicts: VerdictSight },
  ) {}

  @FieldResolver(() => ModelVersion, { nullable: true, description: "The version that moved." })
  modelVersion(@Root() { event }: StageChange, @Ctx() request: Request): Promise<ModelVersion | null> {
    return this.registry.versions.byId(request, event.subjectId);
  }

  @FieldResolver(() => ActorRow, { description: "Who moved it." })
  actor(@Root() { event }: StageChange, @Ctx() request: Request): Promise<ActorRow | null> {
    return this.actors.byId(request, event.actorId);
  }

  @FieldResolver(() => TransitionRequest, { nullable: true, description: "The request that it carried out." })
  async request(
    @Root() { requestId }: StageChange,
    @Ctx() request: Request,
  ): Promise<TransitionRequest | null> {
    return requestId === null ? null : this.reviews.requests.byId(request, nodeOf(requestId, "request"));
  }

  @FieldResolver(() => Verdict, {
    nullable: true,
    description: "How it was judged then; null for imported and automatic moves.",
  })
  verdict(@Root() { event, fullVerdict }: StageChange, @Ctx() request: Request): Promise<Verdict | null> {
    return this.reviews.verdicts.shown(request, event.subjectId, fullVerdict);
  }

  @FieldResolver(() => [Approval], { description: "The approvals that let it." })
  async approvals(@Root() { approvalIds }: StageChange, @Ctx() request: Request): Promise<Approval[]> {
    const found = await Promise.all(
      approvalIds.map((id) => this.reviews.requests.approvalById(request, nodeOf(id, "approvals"))),
    );
    return found.filter((approval) => approval !== null);
  }

  @FieldResolver(() => String, { nullable: true, description: "Why, in the mover's words." })
  async comment(@Root() { event }: StageChange, @Ctx() request: Request): Promise<string | null> {
    const texts = await this.events.texts(request, event);
    return texts.find(({ field }) => field === "comment")?.text ?? null;
  }

  @Subscription(() => StageChange, {
    description:
      "Stage changes: everything after a cursor, then live, in order, nothing lost and nothing twice.",
    subscribe: ({ args, context, info }) =>
      resolverIn(info.schema, StageChangeResolver).follow(context, args),
  })
  stageChanged(
    @Root() event: RegistryEvent,
    @Arg("model", () => String, { nullable: true, description: "Only of this model, by name or id." })
    _model?: string,
    @Arg("stages", () => [String], {
      nullable: true,
      description: "Only moves out of or into one of these, in any case.",
    })
    _stages?: string[],
    @Arg("after", () => EventCursor, {
      nullable: true,
      description: 'The last change already seen; "start" is from the beginning, null from now on.',
    })
    _after?: string,
  ): StageChange {
    return new StageChange(event);
  }

  async follow(request: Request, { model, stages, after }: StageChangedArgs) {
    const all = [sql`type = ${stageChangedType}`];
    if (model != null) {
      const found = await this.registry.models.byNameOrId(request, model, "deleted, too");
      if (!found) throw notFound(`model ${model}`, "model");
      all.push(sql`containerId = ${found.nodeId}`);
    }
    const wanted = stages == null ? null : await this.namesOf(request, stages);
    const events = await this.subscriptions.since(request, after, { anyOf: [sql`1 = 1`], all });
    return wanted === null ? events : touching(events, wanted);
  }

  private async namesOf(request: Request, stages: string[]): Promise<Set<string>> {
    const known = await this.registry.stages.all(request);
    const wanted = stages.map((stage) => stageNamed(known, stage, "stages"));
    return new Set(wanted.flatMap(({ name, synonyms }) => [name, ...synonyms]).map(stageKey));
  }
}

/** Stages stand in the body, which the database cannot search, under the names that they had then. */
async function* touching(events: AsyncIterable<RegistryEvent>, stages: ReadonlySet<string>) {
  for await (const event of events) {
    const { from, to } = new StageChange(event);
    if (stages.has(stageKey(from)) || stages.has(stageKey(to))) yield event;
  }
}
