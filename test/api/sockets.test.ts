import { once } from "node:events";
import { Writable } from "node:stream";
import { pino } from "pino";
import { expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { adminToken, startWorld, take, type World, type WorldOptions } from "../support/world.ts";

async function world(options: WorldOptions = {}): Promise<World> {
  const started = await startWorld(options);
  onTestFinished(started.close);
  return started;
}

/** A socket that has shown its token and follows the journal from the beginning; every answer is about half a megabyte. */
async function bigFollower(url: string): Promise<{ socket: WebSocket; cursors: () => string[] }> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const heard: string[] = [];
  await once(socket, "open");
  socket.send(
    JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${adminToken}` } }),
  );
  await once(socket, "message");
  socket.on("message", (data) => {
    const { payload } = JSON.parse(String(data));
    heard.push(payload.data.registryEvents.cursor);
  });
  const copies = Array.from({ length: 100 }, (_, index) => `copy${index}: payload`).join(" ");
  const query = `subscription { registryEvents(after: "start") { cursor ${copies} } }`;
  socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
  return { socket, cursors: () => heard };
}

/** Resolves with the first line of the log that holds this. */
function logged(text: string): { log: WorldOptions["log"]; line: Promise<string> } {
  let found: (line: string) => void;
  const line = new Promise<string>((resolve) => {
    found = resolve;
  });
  const stream = new Writable({
    write(chunk, _encoding, done) {
      if (String(chunk).includes(text)) found(String(chunk));
      done();
    },
  });
  return { log: pino({ level: "info" }, stream), line };
}

async function createModels(on: World, names: readonly string[]): Promise<void> {
  const create = `mutation ($input: CreateModelInput!) { createModel(input: $input) { userErrors { message } } }`;
  for (const name of names) await on.ask(create, { input: { name, description: "x".repeat(5_000) } });
}

const names = Array.from({ length: 40 }, (_, index) => `model-${String(index).padStart(2, "0")}`);

it("closes a consumer that stands still with SLOW_CONSUMER, having queued nothing for it, and the cursor it holds goes on without a gap", async () => {
  const { log, line } = logged("its consumer is slow");
  const on = await world({ log, sockets: { stallMillis: 200 } });
  const { socket, cursors } = await bigFollower(on.url);
  socket.pause();
  const [[code, reason]] = await Promise.all([
    once(socket, "close"),
    line.then(() => socket.resume()),
    createModels(on, names),
  ]);
  expect({ code, reason: String(reason) }).toEqual({
    code: 4429,
    reason: "SLOW_CONSUMER: resume from your last cursor",
  });
  // What the operating system had taken has come; the rest never left the journal.
  expect(cursors().length).toBeLessThan(names.length);
  const rest = on.subscribe(
    `subscription ($after: EventCursor) { registryEvents(after: $after) { payload } }`,
    { after: cursors().at(-1) ?? "start" },
  );
  const missing = names.slice(cursors().length);
  const told = (await take(rest, missing.length)).map(({ data }) => data.registryEvents.payload.name);
  expect(told).toEqual(missing);
});

it("waits for a consumer that reads slowly but reads", async () => {
  const on = await world({ sockets: { stallMillis: 1_000 } });
  await createModels(on, names);
  const { socket, cursors } = await bigFollower(on.url);
  // It takes a megabyte, rests for as long as the server answers another question, and takes the next.
  socket.on("message", async () => {
    socket.pause();
    await on.ask("{ eventHead }");
    socket.resume();
  });
  while (cursors().length < names.length) await once(socket, "message");
  expect(new Set(cursors()).size).toBe(names.length);
  socket.close();
  await once(socket, "close");
});

it("drops a consumer that is gone without a word", async () => {
  const { log, line } = logged("its consumer is gone");
  const on = await world({ log, sockets: { silenceMillis: 100 } });
  const socket = new WebSocket(`${on.url.replace("http", "ws")}/graphql`, "graphql-transport-ws", {
    autoPong: false,
  });
  await once(socket, "open");
  socket.send(
    JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${adminToken}` } }),
  );
  const [code] = await once(socket, "close");
  expect(code).toBe(1006);
  await line;
});

it("closes a socket that says nothing at all with 4408", async () => {
  const on = await world({ sockets: { initMillis: 50 } });
  const socket = new WebSocket(`${on.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const [code] = await once(socket, "close");
  expect(code).toBe(4408);
});

it("refuses the 101st operation at once over one socket, and a message of more than a mebibyte", async () => {
  const on = await world();
  const socket = new WebSocket(`${on.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  await once(socket, "open");
  socket.send(
    JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${adminToken}` } }),
  );
  await once(socket, "message");
  const query = "subscription { registryEvents { seq } }";
  for (let id = 1; id <= 101; id++)
    socket.send(JSON.stringify({ id: String(id), type: "subscribe", payload: { query } }));
  const [data] = await once(socket, "message");
  expect(JSON.parse(String(data))).toMatchObject({
    id: "101",
    type: "error",
    payload: [{ message: "at most 100 operations at once over one socket", extensions: { code: "LIMIT" } }],
  });
  socket.send(JSON.stringify({ type: "ping", payload: { filling: "x".repeat(1024 * 1024) } }));
  const [code] = await once(socket, "close");
  expect(code).toBe(1009);
});

it("says goodbye with 1001 when the server stops, and does not wait for a consumer that stands still", async () => {
  const on = await startWorld();
  await createModels(on, names);
  const { socket } = await bigFollower(on.url);
  await once(socket, "message");
  socket.pause();
  const still = await bigFollower(on.url);
  const goodbye = once(still.socket, "close");
  const begun = Date.now();
  await on.close();
  expect(Date.now() - begun).toBeLessThan(5_000);
  const [code, reason] = await goodbye;
  expect({ code, reason: String(reason) }).toEqual({
    code: 1001,
    reason: "going away: resume from your last cursor",
  });
  socket.terminate();
});

it("leaves nothing behind of a subscription that its client ends", async () => {
  const on = await world();
  const events = on.subscribe(`subscription { registryEvents(after: "start") { seq } }`);
  await createModels(on, ["one"]);
  await take(events, 1);
  await events.return!();
  const statements = await on.statementsOf(() => createModels(on, ["two", "three"]));
  expect(statements.filter((text) => text.includes("seq <="))).toEqual([]);
});
