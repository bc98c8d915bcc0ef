import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { send, serverWith } from "../support/open-server.ts";
import { adminToken, startWorld, type World } from "../support/world.ts";

let world: World;
let url: URL;

beforeAll(async () => {
  world = await startWorld();
  url = new URL(world.url);
  return world.close;
});

const authorization = `Bearer ${adminToken}`;
const asking = { authorization, "content-type": "application/json" };
const codeIn = (body: string) => JSON.parse(body).errors[0].extensions.code;

describe("the body of a request", () => {
  const largest = 4 * 1024 * 1024;
  const bodyOf = (bytes: number) => {
    const question = '{"query":"{ eventHead }"}';
    return question + " ".repeat(bytes - question.length);
  };

  it("may have 4 MiB, and not a byte more", async () => {
    const fits = await send(url, "/graphql", { method: "POST", headers: asking, body: bodyOf(largest) });
    expect([fits.status, JSON.parse(fits.body).data]).toEqual([200, { eventHead: expect.any(String) }]);
    const over = await send(url, "/graphql", { method: "POST", headers: asking, body: bodyOf(largest + 1) });
    expect([over.status, codeIn(over.body)]).toEqual([413, "LIMIT"]);
  });

  it("may not be longer either where it does not say how long it is", async () => {
    const headers = { ...asking, "transfer-encoding": "chunked" };
    const fits = await send(url, "/graphql", { method: "POST", headers, body: bodyOf(largest) });
    expect(fits.status).toBe(200);
    const over = await send(url, "/graphql", { method: "POST", headers, body: bodyOf(largest + 1) });
    expect([over.status, codeIn(over.body)]).toEqual([413, "LIMIT"]);
  });

  it("is refused by what it says of its length, before it has come", async () => {
    const { socket, answer } = open(url);
    socket.write(head("POST", "/graphql", { ...asking, "content-length": "1000000000000" }));
    expect(await answer).toMatch(/^HTTP\/1\.1 413 .*"LIMIT"/s);
  });
});

describe("the head of a request", () => {
  const longest = 8 * 1024;
  const pathOf = (length: number) => {
    const path = "/graphql?query={eventHead}&extensions={}";
    return path + "&".repeat(length - path.length);
  };

  it("may have a URL of 8,192 characters, and not one more", async () => {
    const headers = { authorization, "apollo-require-preflight": "yes" };
    expect((await send(url, pathOf(longest), { headers })).status).toBe(200);
    const over = await send(url, pathOf(longest + 1), { headers });
    expect([over.status, codeIn(over.body)]).toEqual([414, "LIMIT"]);
  });

  it.each([
    ["headers", { padding: "x".repeat(17_000) }, "/health"],
    ["headers and a URL", { padding: "x".repeat(9_000) }, `/health?${"x".repeat(8_000)}`],
    ["a URL", {}, `/health?${"x".repeat(17_000)}`],
  ])("may have 16 KiB in all: %s", async (_, headers, path) => {
    const { status, headers: answered, body } = await send(url, path, { headers });
    expect([status, codeIn(body)]).toEqual([431, "LIMIT"]);
    expect(answered).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      connection: "close",
    });
    expect((await send(url, "/health", { headers: { padding: "x".repeat(15_000) } })).status).toBe(200);
  });

  it("must be HTTP", async () => {
    const { socket, answer } = open(url);
    socket.write("SSH-2.0-OpenSSH_9.9\r\n\r\n");
    expect(await answer).toMatch(/^HTTP\/1\.1 400 .*"BAD_USER_INPUT"/s);
  });
});

describe("a message over a socket", () => {
  const largest = 1024 * 1024;

  /** A message that means nothing but its length. */
  function pingOf(bytes: number): string {
    const [start, end] = ['{"type":"ping","payload":{"filling":"', '"}}'];
    return start + "x".repeat(bytes - start.length - end.length) + end;
  }

  async function greeted(): Promise<WebSocket> {
    const socket = new WebSocket(`ws://${url.host}/graphql`, "graphql-transport-ws");
    onTestFinished(() => socket.terminate());
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "connection_init", payload: { authorization } }));
    await once(socket, "message");
    return socket;
  }

  it("may have a mebibyte", async () => {
    const socket = await greeted();
    socket.send(pingOf(largest));
    const [data] = await once(socket, "message");
    expect(JSON.parse(String(data))).toMatchObject({ type: "pong" });
  });

  it("may not have a byte more: the socket is closed with 1009", async () => {
    const socket = await greeted();
    socket.send(pingOf(largest + 1));
    const [code] = await once(socket, "close");
    expect(code).toBe(1009);
  });

  it("may not have a byte more in pieces either", async () => {
    const socket = await greeted();
    const message = pingOf(largest + 1);
    for (let at = 0; at < message.length; at += 65_536) {
      socket.send(message.slice(at, at + 65_536), { fin: at + 65_536 >= message.length });
    }
    const [code] = await once(socket, "close");
    expect(code).toBe(1009);
  });
});

describe("who is slow on purpose", () => {
  const connections = { headersMillis: 40, requestMillis: 80, silenceMillis: 150, checkMillis: 10 };

  it.each([
    ["with the first byte", ""],
    ["with a header", "POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-slow"],
    ["with the body", head("POST", "/graphql", { ...asking, "content-length": "100" })],
  ])("is told so, and is gone: %s", async (_, begin) => {
    const { socket, answer } = open(await serverWith({}, { connections }));
    socket.write(begin);
    expect(await answer).toMatch(/^HTTP\/1\.1 408 .*"TIMEOUT"/s);
  });
});

function head(method: string, path: string, headers: Record<string, string>): string {
  const lines = Object.entries({ host: "localhost", ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** A connection, and all that is answered until the server closes it. */
function open({ port }: URL): { socket: Socket; answer: Promise<string> } {
  const socket = connect(Number(port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  return { socket, answer: text(socket) };
}
