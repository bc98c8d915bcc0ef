import { buildSchema, type GraphQLSchema, parse } from "graphql";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { sql } from "../../src/db/sql.ts";
import { Bounds, usualOperationLimits } from "../../src/graphql/bounds.ts";
import { deliver } from "../../src/graphql/delivery.ts";
import type { RateLimiter } from "../../src/graphql/rate-limit.ts";
import type { Turns } from "../../src/graphql/socket-operations.ts";
import { SocketRequest } from "../../src/graphql/socket-request.ts";
import type { RegistryEvent } from "../../src/journal/event.entity.ts";
import { Feed } from "../../src/journal/feed.ts";
import { EventSubscriptions } from "../../src/journal/subscription.ts";
import type { Actor } from "../../src/kernel/actor.ts";
import { StemmaError } from "../../src/kernel/errors.ts";
import type { Request } from "../../src/kernel/request.ts";
import { GraphWorld } from "../support/graph-world.ts";
import { readerOf } from "../support/readers.ts";

/** What an event may have to wait for before it is told, and when it is there. */
class Scarce {
  isThere = true;
  private readonly waiters: (() => void)[] = [];
  private hasWaited = () => {};
  /** Resolves once somebody has come in vain. */
  readonly awaited = new Promise<void>((resolve) => {
    this.hasWaited = resolve;
  });

  /** Whether it is there; who hears that it is not comes again. */
  ask(): boolean {
    if (!this.isThere) this.hasWaited();
    return this.isThere;
  }

  async wait(): Promise<void> {
    if (this.ask()) return;
    await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  come(): void {
    this.isThere = true;
    for (const go of this.waiters) go();
  }
}

const away = () => new StemmaError("UNAVAILABLE", "the database is away");
const bucket = { limit: 1, remaining: 1, resetAt: 0 };

let points: Scarce;
let turn: Scarce;
let database: Scarce;
/** Where rights are looked up once an event is to be told. */
let rights: Scarce;

/** Two scopes with a container each, and somebody who follows both. */
class Story {
  now: Actor = readerOf("first", "second");
  /** So many looks at rights from now on succeed, and the one after them does not. */
  looksLeft = Number.POSITIVE_INFINITY;
  readonly limiter: RateLimiter = {
    take: async () => ({ ...bucket, isAllowed: points.ask(), retryAfterSeconds: 0.02 }),
    close: async () => {},
  };
  readonly turns: Turns = {
    async admit(_caller, work) {
      await turn.wait();
      return work();
    },
  };

  private constructor(
    private readonly world: GraphWorld,
    private readonly subscriptions: EventSubscriptions,
    private readonly containers: Record<string, number>,
  ) {}

  static async begin(): Promise<Story> {
    const world = await GraphWorld.open();
    const feed = new Feed(world.db);
    onTestFinished(() => feed.stop());
    const drafts = ["first", "second"].map((scope) => ({ kind: "EXPERIMENT" as const, label: scope, scope }));
    const [first, second] = await world.db.write((tx) => world.graph.createNodes(tx, drafts));
    return new Story(world, new EventSubscriptions(world.db, feed), { first: first!, second: second! });
  }

  /** Something happens in this scope; to which node. */
  async happens(scope: "first" | "second"): Promise<number> {
    return (await this.world.nodes(1, "RUN", this.containers[scope]))[0]!;
  }

  /** Follows from the beginning; `next()` answers which node was told of, and by whose rights. */
  async follow() {
    const request = new SocketRequest(this.now, async (seq) => {
      if ((seq === 0 && !rights.ask()) || this.looksLeft-- === 0) throw away();
      return this.now;
    });
    onTestFinished(() => request.end());
    const schema = this.schema();
    const bounds = new Bounds(schema, usualOperationLimits, { limiter: this.limiter, trusted: null });
    const document = parse("subscription { happened { node by } }");
    const args = { schema, document, operationName: undefined, variableValues: {}, contextValue: request };
    const answers = await deliver({ bounds, turns: this.turns }, args);
    return async () => {
      const { value } = await answers.next();
      expect(value!.errors).toBeUndefined();
      return { ...(value!.data!.happened as { node: number; by: string }) };
    };
  }

  private schema(): GraphQLSchema {
    const schema = buildSchema(
      "type Query { a: Int } type Subscription { happened: Happening } type Happening { node: Int by: String }",
    );
    const field = schema.getSubscriptionType()!.getFields().happened!;
    field.subscribe = (_root, _args, request: Request) =>
      this.subscriptions.since(request, "start", { anyOf: [sql`1 = 1`], all: [] });
    field.resolve = ({ subjectId }: RegistryEvent, _args, { actor }: Request) => {
      if (!database.ask()) throw away();
      return { node: subjectId, by: actor.name };
    };
    return schema;
  }
}

const waits: [name: string, () => Scarce][] = [
  ["points", () => points],
  ["its turn", () => turn],
  ["the database", () => database],
  ["whoever knows of rights", () => rights],
];

beforeEach(() => {
  points = new Scarce();
  turn = new Scarce();
  database = new Scarce();
  rights = new Scarce();
});

describe.each(waits)("an event that waits for %s", (_, of) => {
  /** The first event waits; then rights are these, and what it waited for comes. What is told first after that. */
  async function toldAfter(story: Story, ...scopes: string[]) {
    const scarce = of();
    scarce.isThere = false;
    const next = await story.follow();
    const heard = next();
    await scarce.awaited;
    story.now = readerOf(...scopes);
    scarce.come();
    return { told: await heard, next };
  }

  it("is not told once the right to it is lost, and those after it are", async () => {
    const story = await Story.begin();
    await story.happens("first");
    const kept = await story.happens("second");
    const { told, next } = await toldAfter(story, "second");
    expect(told).toEqual({ node: kept, by: "reader of second" });
    await story.happens("first");
    const last = await story.happens("second");
    expect(await next()).toEqual({ node: last, by: "reader of second" });
  });

  it("is told by the rights that stand when it is told", async () => {
    const story = await Story.begin();
    const first = await story.happens("first");
    const second = await story.happens("second");
    const { told, next } = await toldAfter(story, "first");
    expect(told).toEqual({ node: first, by: "reader of first" });
    story.now = readerOf("first", "second");
    expect(await next()).toEqual({ node: second, by: "reader of first, second" });
  });

  it("is told where nothing has changed", async () => {
    const story = await Story.begin();
    const node = await story.happens("first");
    const { told } = await toldAfter(story, "first", "second");
    expect(told).toEqual({ node, by: "reader of first, second" });
  });
});

it.each([0, 1, 2])(
  "a subscription outlasts a look at rights that comes to nothing, after %d that did not",
  async (looks) => {
    const story = await Story.begin();
    const nodes = [await story.happens("first"), await story.happens("second"), await story.happens("first")];
    story.looksLeft = looks;
    const next = await story.follow();
    for (const node of nodes) expect((await next()).node).toBe(node);
    expect(story.looksLeft).toBeLessThan(0);
  },
);
