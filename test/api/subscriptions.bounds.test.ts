import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { trackerOf } from "../support/tracker.ts";
import {
  type Answers,
  socketClient,
  startWorld,
  take,
  type World,
  type WorldOptions,
} from "../support/world.ts";

/** On the same database as the others, with all that one may wish. */
let rich: World;

beforeAll(async () => {
  rich = await startWorld();
  return rich.close;
});

async function bounded(options: WorldOptions): Promise<World> {
  const world = await startWorld({ ...options, settings: rich.settings });
  onTestFinished(world.close);
  return world;
}

const head = async (): Promise<string> => (await rich.ask("{ eventHead }")).eventHead;

/** As many events. */
async function createModels(names: readonly string[]): Promise<void> {
  const create = `mutation ($name: String!) { createModel(input: { name: $name }) { userErrors { message } } }`;
  for (const name of names) await rich.ask(create, { name });
}

const named = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

// Costs 2 points, for its beginning and for each event: one for the operation, one for the event.
const follow = `subscription ($after: EventCursor) { registryEvents(after: $after) { payload } }`;

async function told(events: Answers, count: number): Promise<string[]> {
  return (await take(events, count)).map(({ data, errors }) => {
    expect(errors).toBeUndefined();
    return data.registryEvents.payload.name;
  });
}

describe("what a subscription costs", () => {
  it("is charged for each event", async () => {
    const world = await bounded({ rate: { perSecond: 0.01, burst: 60, redisUrl: null } });
    const after = await head();
    await createModels(named("charged", 3));
    await told(world.subscribe(follow, { after }), 3);
    const { extensions } = await world.graphql("{ eventHead }");
    expect(extensions).toMatchObject({ cost: { remaining: 60 - 2 * (1 + 3) - 1 } });
  });

  it("delays events where too little is left, and loses none", async () => {
    const world = await bounded({ rate: { perSecond: 4, burst: 4, redisUrl: null } });
    const after = await head();
    const names = named("delayed", 5);
    await createModels(names);
    expect(await told(world.subscribe(follow, { after }), 5)).toEqual(names);
  });

  it("keeps no server from closing while an event waits for points", async () => {
    const world = await startWorld({
      settings: rich.settings,
      rate: { perSecond: 0.01, burst: 4, redisUrl: null },
    });
    const after = await head();
    const names = named("unpaid", 2);
    await createModels(names);
    expect(await told(world.subscribe(follow, { after }), 1)).toEqual(names.slice(0, 1));
    await world.close();
  });
});

describe("an event that takes too long to tell", () => {
  it("is told as such, and those after it are told", async () => {
    const ancestors = 15; // each takes a statement: far longer than the time there is
    const tracker = trackerOf(rich);
    let parentRunId: string | undefined;
    const createRun = async (name: string) => {
      ({ runId: parentRunId } = await tracker.done("createRun", { name, parentRunId }));
    };
    for (const name of named("run", ancestors)) await createRun(name);
    const after = await head();
    await createRun("the last");
    await createModels(["after the late one"]);
    const world = await bounded({
      limits: { seconds: 0.15 },
      onStatement: (statement) => {
        if (/ FROM run\b/.test(statement)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
      },
    });
    const chain = `${"parent { ".repeat(ancestors)} name ${"}".repeat(ancestors)}`;
    const events = world.subscribe(
      `subscription ($after: EventCursor) {
        registryEvents(after: $after) { payload subject { ... on Run { ${chain} } } }
      }`,
      { after },
    );
    const [late, next] = await take(events, 2);
    expect(late).toMatchObject({ errors: [{ extensions: { code: "TIMEOUT" } }] });
    expect(late!.data).toBeUndefined();
    expect(next).toMatchObject({ data: { registryEvents: { payload: { name: "after the late one" } } } });
  });
});

describe("where no more than one is worked on at once, and none may wait", () => {
  const room = { maxConcurrentRequests: 1, maxWaitingRequests: 0 };

  it("questions over a socket beyond that are refused one by one", async () => {
    const world = await bounded({ room });
    const client = socketClient(world.url);
    onTestFinished(() => client.dispose());
    const asked = named("question", 20).map(() => client.iterate({ query: "{ eventHead }" }).next());
    const answers = (await Promise.all(asked)).map(({ value }) => value);
    const refused = answers.filter(({ errors }) => errors);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(20);
    for (const { data, errors } of refused) {
      const message = "too much is asked at once; come again";
      expect({ data, errors }).toEqual({ errors: [{ message, extensions: { code: "UNAVAILABLE" } }] });
    }
    const { value } = await client.iterate({ query: "{ eventHead }" }).next();
    expect(value).toMatchObject({ data: { eventHead: expect.any(String) } });
  });

  it("events wait for their turn, and are told to everybody", async () => {
    const world = await bounded({ room });
    const after = await head();
    const subscribers = named("subscriber", 20).map(() => world.subscribe(follow, { after }));
    const heard = Promise.all(subscribers.map((events) => told(events, 3)));
    const names = named("crowded", 3);
    await createModels(names);
    expect(await heard).toEqual(subscribers.map(() => names));
  });

  it("a subscriber that waits for events keeps nobody out", async () => {
    const world = await bounded({ room });
    const after = await head();
    const events = world.subscribe(follow, { after });
    await createModels(["the only one"]);
    await told(events, 1);
    const waiting = events.next();
    expect((await world.graphql("{ eventHead }")).status).toBe(200);
    await createModels(["one more"]);
    expect((await waiting).value.data.registryEvents.payload.name).toBe("one more");
  });
});
