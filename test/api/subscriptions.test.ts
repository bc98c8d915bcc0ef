import { once } from "node:events";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { adminToken, startWorld, take, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
  return world.close;
});

const follow = `subscription ($after: EventCursor, $filter: EventFilter) {
  registryEvents(after: $after, filter: $filter) { cursor seq type payload subject { id } actor { name } }
}`;

interface Told {
  cursor: string;
  seq: number;
  type: string;
  payload: { name: string };
}

const create = `mutation ($input: CreateModelInput!) { createModel(input: $input) { model { id } userErrors { message } } }`;

async function createModels(names: readonly string[], on = world): Promise<void> {
  for (const name of names) await on.ask(create, { input: { name, description: "for tests" } });
}

const head = async (): Promise<string> => (await world.ask("{ eventHead }")).eventHead;
const named = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

/** The next events of a subscription, and no errors among them. */
async function told(events: ReturnType<World["subscribe"]>, count: number): Promise<Told[]> {
  return (await take(events, count)).map(({ data, errors }) => {
    expect(errors).toBeUndefined();
    return data.registryEvents;
  });
}

const namesOf = (events: readonly Told[]) => events.map(({ payload }) => payload.name);

const open: ReturnType<World["subscribe"]>[] = [];
function subscribe(variables: object = {}, on = world): ReturnType<World["subscribe"]> {
  const events = on.subscribe(follow, variables as Record<string, unknown>);
  open.push(events);
  return events;
}
afterEach(async () => {
  for (const events of open.splice(0)) await events.return?.();
});

describe("registryEvents over a socket", () => {
  it("replays what came after the cursor, then goes on live, in one order", async () => {
    const after = await head();
    const [past, future] = [named("past", 3), named("future", 3)];
    await createModels(past);
    const events = subscribe({ after });
    expect(namesOf(await told(events, 3))).toEqual(past);
    await createModels(future);
    expect(namesOf(await told(events, 3))).toEqual(future);
  });

  it("begins at the beginning where asked to", async () => {
    await createModels(["something-to-begin-with"]);
    const [first] = await told(subscribe({ after: "start" }), 1);
    expect(first!.seq).toBe(1);
  });

  it("begins now without a cursor: nothing of the past, and no gap once it has begun", async () => {
    await createModels(["of-the-past"]);
    const headBefore = (await world.ask("{ registryEvents(first: 1) { totalCount } }")).registryEvents
      .totalCount;
    const events = subscribe();
    const first = events.next();
    // Something happens until it is heard: a subscription says nothing at its start.
    let isHeard = false;
    first.then(() => {
      isHeard = true;
    });
    for (let index = 0; !isHeard; index++) await createModels([`now-${index}`]);
    const { value } = await first;
    const { seq } = value.data.registryEvents;
    expect(seq).toBeGreaterThan(headBefore);
    await createModels(["and-on"]);
    const rest = await told(events, 1);
    expect(rest[0]!.seq).toBe(seq + 1);
  });

  it("goes on after the last cursor on a new connection: nothing lost, nothing twice", async () => {
    const after = await head();
    const names = named("resumed", 6);
    const first = subscribe({ after });
    await createModels(names.slice(0, 4));
    const seen = await told(first, 3);
    await first.return!();
    await createModels(names.slice(4));
    const second = await told(subscribe({ after: seen.at(-1)!.cursor }), 3);
    expect(namesOf([...seen, ...second])).toEqual(names);
  });

  it("tells every subscriber the same", async () => {
    const after = await head();
    const subscribers = Array.from({ length: 10 }, () => subscribe({ after }));
    const names = named("shared", 5);
    const [heard] = await Promise.all([
      Promise.all(subscribers.map((events) => told(events, 5))),
      createModels(names),
    ]);
    for (const events of heard) expect(namesOf(events)).toEqual(names);
  });

  it("tells of filtered events only", async () => {
    const after = await head();
    const byModel = subscribe({ after, filter: { types: ["model.updated"] } });
    await createModels(["quiet", "loud"]);
    for (const description of ["one", "two"]) {
      await world.ask(
        `mutation ($input: UpdateModelInput!) { updateModel(input: $input) { userErrors { message } } }`,
        { input: { model: "loud", description } },
      );
    }
    expect(await told(byModel, 2)).toMatchObject([
      { type: "model.updated", payload: { description: "one" } },
      { type: "model.updated", payload: { description: "two" } },
    ]);
    const ofLoud = await told(subscribe({ after, filter: { model: "loud" } }), 3);
    expect(ofLoud.map(({ type }) => type)).toEqual(["model.created", "model.updated", "model.updated"]);
  });

  it("reads each event with loaders of its own", async () => {
    const after = await head();
    await createModels(["loaded"]);
    const query = `subscription ($after: EventCursor) { registryEvents(after: $after) { subject { ... on Model { description } } } }`;
    const events = world.subscribe(query, { after });
    open.push(events);
    expect((await take(events, 1))[0]!.data.registryEvents.subject.description).toBe("for tests");
    await world.ask(
      `mutation ($input: UpdateModelInput!) { updateModel(input: $input) { userErrors { message } } }`,
      { input: { model: "loaded", description: "as it is now" } },
    );
    expect((await take(events, 1))[0]!.data.registryEvents.subject.description).toBe("as it is now");
  });

  it.each([
    [{ after: "nonsense" }, "BAD_USER_INPUT", "after: expected an event cursor"],
    [
      { after: Buffer.from("1.0123456789abcdef").toString("base64url") },
      "CURSOR_EXPIRED",
      "after: this journal holds no such event",
    ],
    [{ filter: { model: "nowhere" } }, "NOT_FOUND", "model nowhere not found"],
    [{ filter: { types: "a", nonsense: 1 } }, "BAD_USER_INPUT", 'Field "nonsense" is not defined'],
  ])("ends in an error for %j", async (variables, code, message) => {
    const refusal = await subscribe(variables)
      .next()
      .catch((errors) => errors);
    expect(refusal).toMatchObject([{ message: expect.stringContaining(message), extensions: { code } }]);
  });

  it.each([
    ["subscription {", "GRAPHQL_PARSE_FAILED"],
    ["subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"],
    [`{ ${"viewer { actor { name } } ".repeat(3_000)} }`, "LIMIT"],
  ])("refuses the document %.40s", async (query, code) => {
    const refusal = await world
      .subscribe(query)
      .next()
      .catch((errors) => errors);
    expect(refusal[0].extensions.code).toBe(code);
  });
});

describe("a second server on the same database", () => {
  it("tells its subscribers within a second what the first one wrote", async () => {
    const second = await startWorld({ settings: world.settings });
    try {
      const after = await head();
      const events = subscribe({ after }, second);
      const names = named("from-the-first", 5);
      for (const name of names) {
        const [[event], writtenAt] = await Promise.all([
          told(events, 1),
          createModels([name]).then(() => Date.now()),
        ]);
        expect(event!.payload.name).toBe(name);
        expect(Date.now() - writtenAt).toBeLessThan(1_000);
      }
    } finally {
      await second.close();
    }
  });
});

describe("a socket", () => {
  const socketUrl = () => `${world.url.replace("http", "ws")}/graphql`;

  /** What the server says before it closes, and how it closes. */
  async function conversation(
    say: object[],
    headers: Record<string, string> = {},
    protocol = "graphql-transport-ws",
  ) {
    const socket = new WebSocket(socketUrl(), protocol, { headers });
    const heard: unknown[] = [];
    socket.on("message", (data) => heard.push(JSON.parse(String(data))));
    socket.on("open", () => {
      for (const message of say) socket.send(JSON.stringify(message));
    });
    const [code, reason] = await once(socket, "close");
    return { heard, code, reason: String(reason) };
  }

  it.each([
    ["without a token", {}, "send a token: Authorization: Bearer <token>"],
    ["with a wrong token", { authorization: "Bearer not-this-one" }, "this token is not known here"],
    ["with a token of another form", { authorization: 7 }, "send a token: Authorization: Bearer <token>"],
  ])("%s is closed with 4401 and the reason", async (_, payload, reason) => {
    expect(await conversation([{ type: "connection_init", payload }])).toEqual({
      heard: [],
      code: 4401,
      reason,
    });
  });

  it("that asks before it has shown a token is closed with 4401", async () => {
    const { code, heard } = await conversation([
      { id: "1", type: "subscribe", payload: { query: "subscription { registryEvents { seq } }" } },
    ]);
    expect({ code, heard }).toEqual({ code: 4401, heard: [] });
  });

  it.each([
    [[{ type: "connection_init" }, { type: "connection_init" }], 4429],
    [["no message at all"], 4400],
    [[{ type: "unheard_of" }], 4400],
  ])("that breaks the protocol with %j is closed with %i", async (say, code) => {
    expect((await conversation(say as object[])).code).toBe(code);
  });

  it("of the old protocol finds no common one", async () => {
    const socket = new WebSocket(socketUrl(), "graphql-ws");
    const [error] = await once(socket, "error");
    expect(error.message).toBe("Server sent no subprotocol");
  });

  it("that a page of another site opens is refused", async () => {
    const socket = new WebSocket(socketUrl(), "graphql-transport-ws", {
      origin: "https://elsewhere.example",
    });
    const [error] = await once(socket, "error");
    expect(error.message).toContain("403");
  });

  it("that a page of this server opens is taken", async () => {
    const socket = new WebSocket(socketUrl(), "graphql-transport-ws", { origin: world.url });
    await once(socket, "open");
    const authorization = `Bearer ${adminToken}`;
    socket.send(JSON.stringify({ type: "connection_init", payload: { authorization } }));
    const [data] = await once(socket, "message");
    expect(JSON.parse(String(data))).toEqual({ type: "connection_ack" });
    socket.close();
    await once(socket, "close");
  });
});
