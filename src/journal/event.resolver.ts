import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import type { Database } from "../db/database.ts";
import { notFound } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";
import { resolverIn } from "../kernel/resolver-instance.ts";
import { EventCursor, Json } from "../kernel/scalars.ts";
import { headerOf } from "./chain.ts";
import { formatCursor } from "./cursor.ts";
import { RegistryEvent, RegistryEventConnection } from "./event.entity.ts";
import { EventFilter, EventPageArgs } from "./event.inputs.ts";
import type { EventLoaders } from "./event.loaders.ts";
import { conditionsOfEvents, eventPage } from "./event.query.ts";
import { type EventConditions, headOf } from "./feed.ts";
import type { EventSubscriptions } from "./subscription.ts";

/** The node number of a model given by name or id; null where there is none. */
export type ModelFinder = (request: Request, model: string) => Promise<number | null>;

@ObjectType("EventText", {
  description: "A free text of an event, with what it takes to check it against the hashed body.",
  simpleResolvers: true,
})
export class SaltedText {
  @Field(() => String, { description: "Key in the body; attributedTo for the claimed author." })
  field!: string;

  @Field(() => String, { description: "The body holds the SHA-256, in hex, of this salt and the text." })
  salt!: string;

  @Field(() => String, { description: "The text itself." })
  text!: string;
}

const filterText = { nullable: true, description: "Which events; all where not given." } as const;

@Resolver(() => RegistryEvent)
export class EventResolver {
  constructor(
    private readonly db: Database,
    private readonly loaders: EventLoaders,
    private readonly subscriptions: EventSubscriptions,
    private readonly findModel: ModelFinder,
  ) {}

  @Query(() => RegistryEventConnection, { description: "The journal, oldest first." })
  async registryEvents(
    @Ctx() request: Request,
    @Args(() => EventPageArgs) page: EventPageArgs,
    @Arg("filter", () => EventFilter, filterText) filter?: EventFilter | null,
  ): Promise<RegistryEventConnection> {
    return eventPage(this.db.read, await this.conditionsOf(request, filter), page);
  }

  @Query(() => EventCursor, {
    description: "Cursor of the last event: what is recorded after this moment comes after it.",
  })
  async eventHead(): Promise<string> {
    return formatCursor(await headOf(this.db.read));
  }

  @Subscription(() => RegistryEvent, {
    name: "registryEvents",
    description:
      "The journal as it grows: everything after a cursor, then live, in order, nothing lost and nothing twice.",
    subscribe: ({ args, context, info }) => resolverIn(info.schema, EventResolver).follow(context, args),
  })
  followedEvent(
    @Root() event: RegistryEvent,
    @Arg("after", () => EventCursor, {
      nullable: true,
      description: 'The last event already seen; "start" is from the beginning, null from now on.',
    })
    _after?: string | null,
    @Arg("filter", () => EventFilter, filterText) _filter?: EventFilter | null,
  ): RegistryEvent {
    return event;
  }

  async follow(request: Request, args: { after?: string | null; filter?: EventFilter | null }) {
    return this.subscriptions.since(request, args.after, await this.conditionsOf(request, args.filter));
  }

  @FieldResolver(() => EventCursor, { description: "Its place in the journal, for `after`." })
  cursor(@Root() event: RegistryEvent): string {
    return formatCursor(event);
  }

  @FieldResolver(() => Json, {
    description: "What changed: the body with its free texts in place; null where a text was erased.",
  })
  async payload(@Root() event: RegistryEvent, @Ctx() request: Request): Promise<Record<string, unknown>> {
    const texts = await this.loaders.texts(request, event);
    const payload = JSON.parse(event.body) as Record<string, unknown>;
    for (const [field, value] of Object.entries(payload)) {
      if (standsForText(value)) payload[field] = texts.find((text) => text.field === field)?.text ?? null;
    }
    return payload;
  }

  @FieldResolver(() => [SaltedText], {
    description: "Its free texts with their salts, for checking them against the body; at most 20.",
  })
  texts(@Root() event: RegistryEvent, @Ctx() request: Request): Promise<SaltedText[]> {
    return this.loaders.texts(request, event);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "A claimed author from elsewhere, such as a git author; never who was authenticated.",
  })
  async attributedTo(@Root() event: RegistryEvent, @Ctx() request: Request): Promise<string | null> {
    if (event.attributedToHash === null) return null;
    const texts = await this.loaders.texts(request, event);
    return texts.find(({ field }) => field === "attributedTo")?.text ?? null;
  }

  @FieldResolver(() => String, {
    description: "RFC 8785 JSON of everything else that is hashed, for checking the chain.",
  })
  header(@Root() event: RegistryEvent): string {
    return headerOf(event);
  }

  private async conditionsOf(
    request: Request,
    filter: EventFilter | null | undefined,
  ): Promise<EventConditions> {
    const model = filter?.model == null ? null : await this.findModel(request, filter.model);
    if (filter?.model != null && model === null) throw notFound(`model ${filter.model}`, "filter.model");
    return conditionsOfEvents(filter ?? {}, model);
  }
}

/** A free text is not in the body itself: only the salted hash of it. */
function standsForText(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).join() === "textHash";
}
