import { once } from "node:events";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { adminToken, startWorld, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
  return world.close;
});

const ofBody = '{"query": "{ eventHead }", "variables": {"unused": ';
const nested = (depth: number) => `${"[".repeat(depth)}1${"]".repeat(depth)}`;
const list = (length: number) => `[${"1,".repeat(length - 1)}1]`;

/** What is limited, and a value that holds so much of it where so much is around it. */
const limits: [what: string, most: number, value: (count: number, around: Around) => string][] = [
  ["lists and objects within each other", 100, (count, { nesting }) => nested(count - nesting)],
  ["values", 60_000, (count, { values }) => list(count - values)],
];

interface Around {
  nesting: number;
  /** Each list and each object is one, and so is what comes behind a comma. */
  values: number;
}

async function overHttp(value: string) {
  const response = await fetch(`${world.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${adminToken}` },
    body: `${ofBody}${value}}}`,
  });
  return { status: response.status, ...(await response.json()) };
}

async function overSocket(value: string): Promise<unknown[]> {
  const socket = new WebSocket(`${world.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  socket.send(
    JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${adminToken}` } }),
  );
  await once(socket, "message");
  socket.send(`{"id": "1", "type": "subscribe", "payload": ${ofBody}${value}}}}`);
  return Promise.race([once(socket, "message"), once(socket, "close")]);
}

describe("JSON", () => {
  it.each(limits)("over HTTP holds so many %s: %i", async (what, most, value) => {
    const around = { nesting: 2, values: 4 };
    expect((await overHttp(value(most, around))).data).toEqual({ eventHead: expect.any(String) });
    const { status, data, errors } = await overHttp(value(most + 1, around));
    expect({ status, data, errors }).toEqual({
      status: 400,
      data: undefined,
      errors: [
        { message: `at most ${most} ${what} in one JSON text; got more`, extensions: { code: "LIMIT" } },
      ],
    });
  });

  it.each(limits)("over a socket holds so many %s: %i", async (what, most, value) => {
    const around = { nesting: 3, values: 7 };
    const [told] = await overSocket(value(most, around));
    expect(JSON.parse(String(told))).toMatchObject({ payload: { data: { eventHead: expect.any(String) } } });
    // Whose message that was can only be read from it.
    const [code, reason] = await overSocket(value(most + 1, around));
    expect([code, String(reason)]).toEqual([4400, `at most ${most} ${what} in one JSON text; got more`]);
  });
});
