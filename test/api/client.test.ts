import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { StemmaClient } from "../../src/client/client.ts";
import { gql } from "../../src/client/document.ts";
import { StemmaClientError } from "../../src/client/errors.ts";
import { deadServer } from "../support/cli-process.ts";
import { registryOf } from "../support/registry.ts";
import { adminToken, startWorld, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
  return world.close;
});

const follow = gql`
  subscription Follow($after: EventCursor) {
    registryEvents(after: $after) { cursor seq payload }
  }
`;

interface Told {
  cursor: string;
  seq: number;
  payload: { name: string };
}

const head = async (): Promise<string> => (await world.ask("{ eventHead }")).eventHead;
const createModel = (name: string) => registryOf(world).model(name);
const clientOf = (url: string, token: string | null = adminToken) => new StemmaClient({ url, token });

async function failure(work: Promise<unknown> | (() => Promise<unknown>)): Promise<StemmaClientError> {
  const error = await (typeof work === "function" ? work() : work).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StemmaClientError);
  return error as StemmaClientError;
}

/** The address of a server that is none of ours, until the test is over. */
async function serverThat(answers: RequestListener): Promise<string> {
  const server = createServer(answers).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("the client", () => {
  it("throws the code and the sentence of what is refused", async () => {
    const client = clientOf(world.url);
    const create = gql`
      mutation Create($input: CreateModelInput!) {
        createModel(input: $input) { model { id } userErrors { code message path } }
      }
    `;
    const refused = await failure(client.mutate(create, { input: { name: "a/b" } }));
    expect(refused).toMatchObject({
      code: "INVALID",
      message: expect.stringContaining("name: expected"),
      errors: [{ path: ["input", "name"] }],
    });
    expect(await failure(client.query("{ nothing }"))).toMatchObject({ code: "GRAPHQL_VALIDATION_FAILED" });
    expect(await failure(client.query("{ registryEvents(first: 0) { totalCount } }"))).toMatchObject({
      code: "BAD_USER_INPUT",
    });
  });

  it("tells a missing token from a wrong one, no server from a foreign one", async () => {
    const question = "{ eventHead }";
    expect(await failure(clientOf(world.url, null).query(question))).toMatchObject({
      code: "UNAUTHENTICATED",
      message: expect.stringContaining("wants a token"),
    });
    for (const work of [
      () => clientOf(world.url, "wrong").query(question),
      () => clientOf(world.url, "wrong").subscribe(follow, { after: "start" }).next(),
    ]) {
      expect(await failure(work)).toMatchObject({
        code: "UNAUTHENTICATED",
        message: expect.stringContaining("does not take this token"),
      });
    }
    const { url } = await deadServer();
    for (const work of [
      () => clientOf(url).query(question),
      () => clientOf(url).subscribe(follow, { after: "start" }).next(),
      () => clientOf(url).subscribe(follow).next(),
    ]) {
      expect(await failure(work)).toMatchObject({ code: "UNREACHABLE" });
    }
    const foreign = await serverThat((_request, response) => response.end("<html>Welcome</html>"));
    expect(await failure(clientOf(foreign).query(question))).toMatchObject({ code: "NOT_STEMMA" });
  });

  it("carries its token to no other server, wherever it is sent", async () => {
    const shown: string[] = [];
    const other = await serverThat((request, response) => {
      shown.push(request.headers.authorization ?? "nothing");
      response.end();
    });
    for (const status of [301, 302, 307, 308]) {
      const first = await serverThat((_request, response) =>
        response.writeHead(status, { location: `${other}/graphql` }).end(),
      );
      expect(await failure(clientOf(first).query("{ eventHead }"))).toMatchObject({
        code: "NOT_STEMMA",
        message: expect.stringContaining(`answers ${status}, but not as a Stemma server`),
      });
    }
    expect(shown).toEqual([]);
  });

  it("asks again when it is told to where it asked too much, unless that is too long", async () => {
    const waits = ["1", "61"];
    let asked = 0;
    const busy = await serverThat((_request, response) => {
      asked++;
      const wait = waits.shift();
      response.setHeader("content-type", "application/json");
      if (wait === undefined) return response.end(JSON.stringify({ data: { eventHead: "start" } }));
      const errors = [{ message: "too much", extensions: { code: "RATE_LIMITED" } }];
      return response.writeHead(429, { "retry-after": wait }).end(JSON.stringify({ errors }));
    });
    expect(await failure(clientOf(busy).query("{ eventHead }"))).toMatchObject({ code: "RATE_LIMITED" });
    expect(asked).toBe(2);
    waits.push("1");
    expect(await clientOf(busy).query("{ eventHead }")).toEqual({ eventHead: "start" });
    expect(asked).toBe(4);
  });

  it("throws what ends a subscription for good, and asks for a cursor to resume from", async () => {
    const client = clientOf(world.url);
    await createModel("something-to-tell");
    expect(await failure(client.subscribe(follow, { after: "nonsense" }).next())).toMatchObject({
      code: "BAD_USER_INPUT",
    });
    const blind = gql`
      subscription Blind($after: EventCursor) {
        registryEvents(after: $after) { seq }
      }
    `;
    expect(await failure(client.subscribe(blind, { after: "start" }).next())).toMatchObject({
      code: "INVALID",
      message: expect.stringContaining("must select `cursor`"),
    });
  });

  it("ends a subscription when its signal aborts, also while nothing happens", async () => {
    const stopping = new AbortController();
    const events = clientOf(world.url).subscribe(follow, { after: await head() }, stopping.signal);
    const next = events.next();
    stopping.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});

describe("the client's subscribe", () => {
  it("takes up a subscription again, after its last event, when the server went and came back", async () => {
    const first = await startWorld({ settings: world.settings });
    const port = Number(new URL(first.url).port);
    const client = clientOf(first.url);
    const events = client.subscribe<{ registryEvents: Told }>(follow, { after: await head() });
    await createModel("before-it-went");
    const seen = [(await events.next()).value!.registryEvents];
    await first.close();
    await createModel("while-it-was-gone");
    const again = await startWorld({ settings: world.settings, port });
    await createModel("after-it-came");
    while (seen.length < 3) seen.push((await events.next()).value!.registryEvents);
    expect(seen.map(({ payload }) => payload.name)).toEqual([
      "before-it-went",
      "while-it-was-gone",
      "after-it-came",
    ]);
    await events.return();
    await again.close();
  });

  it("reads no further ahead than a few hundred answers, and loses none of the rest", async () => {
    const after = await head();
    const count = 700;
    const commits = Array.from({ length: count }, (_, index) => ({
      sha: String(index + 1).padStart(40, "0"),
    }));
    const { importHistory } = await world.ask(
      `mutation ($input: ImportHistoryInput!) { importHistory(input: $input) { userErrors { message } } }`,
      { input: { batch: { source: "test", commits } } },
    );
    expect(importHistory.userErrors).toEqual([]);
    const client = clientOf(world.url);
    const seqs: number[] = [];
    for await (const { registryEvents } of client.subscribe<{ registryEvents: Told }>(follow, { after })) {
      seqs.push(registryEvents.seq);
      // Time enough for the server to send all it may.
      if (seqs.length % 100 === 1) for (let times = 0; times < 20; times++) await head();
      if (seqs.length === count) break;
    }
    expect(seqs).toEqual(seqs.map((_, index) => seqs[0]! + index));
  });
});
