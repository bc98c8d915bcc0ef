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
import { conditionsOfEvents, eventPage, readableBy } from "./event.query.ts";
import { hashedFor, payloadFor } from "./event.rules.ts";
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

const forWholeJournal =
  "Null for those who do not read the whole journal: registry:read and access:read everywhere.";

const filterText = { nullable: true, description: "Which events; all where not given." } as const;

@Resolver(() => RegistryEvent)
export class EventResolver {
  constructor(
    private readonly db: Database,
    private readonly loaders: EventLoaders,
    private readonly subscriptions: EventSubscriptions,
    private readonly findModel: ModelFinder,
  ) {}

  @Query(() => RegistryEventConnection, {
    description: "The journal, oldest first: the events whose subject the caller may read.",
  })
  async registryEvents(
    @Ctx() request: Request,
    @Args(() => EventPageArgs) page: EventPageArgs,
    @Arg("filter", () => EventFilter, filterText) filter?: EventFilter | null,
  ): Promise<RegistryEventConnection> {
    const conditions = await this.conditionsOf(request, filter);
    return eventPage(this.db.read, readableBy(request.actor, conditions), page);
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
    description:
      "What changed: the body with its free texts in place; null where a text was erased. Keys that name other nouns, such as the run of a version or the inputs of a run, are told to those who may read everything.",
  })
  async payload(@Root() event: RegistryEvent, @Ctx() request: Request): Promise<Record<string, unknown>> {
    const texts = await this.loaders.texts(request, event);
    const payload = payloadFor(request.actor, event);
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
    nullable: true,
    description: `RFC 8785 JSON of everything else that is hashed, for checking the chain. ${forWholeJournal}`,
  })
  header(@Root() event: RegistryEvent, @Ctx() { actor }: Request): string | null {
    return hashedFor(actor, headerOf(event));
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: `The payload as hashed: RFC 8785 JSON, texts by their salted SHA-256. ${forWholeJournal}`,
  })
  body(@Root() event: RegistryEvent, @Ctx() { actor }: Request): string | null {
    return hashedFor(actor, event.body);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: `Hash of the event before; 64 zeros for the first. ${forWholeJournal}`,
  })
  prevHash(@Root() event: RegistryEvent, @Ctx() { actor }: Request): string | null {
    return hashedFor(actor, event.prevHash);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: `SHA-256, in hex, over prevHash, header and body. ${forWholeJournal}`,
  })
  hash(@Root() event: RegistryEvent, @Ctx() { actor }: Request): string | null {
    return hashedFor(actor, event.hash);
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
