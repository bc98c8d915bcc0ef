import { randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import Fastify from "fastify";
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { type BlobDoor, blobRoutes } from "../../src/http/blobs.routes.ts";
import { UrlSigner } from "../../src/objects/signed-url.ts";

type Take = BlobDoor["store"]["arrivals"]["take"];

const mebibyte = 1024 * 1024;
const minute = 60_000;
/** More than operating systems keep for a connection. */
const sizeBytes = 1024 * mebibyte;
const expiresAt = Date.now() + 3_600_000;
const contentType = "a/b";

// Only what looks at the pace: time passes when a test says so.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

const takeAll: Take = async (_grant, body) => {
  for await (const _ of body);
};

/** The routes before a store that has one large object, and keeps nothing. */
async function opened(limits: BlobDoor["limits"] = {}, take = takeAll) {
  let base = "";
  const signer = new UrlSigner(randomBytes(32), () => base);
  const chunk = Buffer.alloc(65_536);
  const store = {
    signer,
    arrivals: { take },
    stat: async (key: string) => ({ key, sizeBytes, storedAt: 0 }),
    read: async () =>
      new Readable({
        read() {
          this.push(chunk);
        },
      }),
  } as unknown as BlobDoor["store"];
  const server = Fastify({ forceCloseConnections: true, trustProxy: true });
  blobRoutes(server, { store, clock: Date.now, corsOrigins: [], limits });
  base = await server.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => server.close());

  /** A request of this address, of which the body is left to the caller; nothing of an answer is read by itself. */
  const ask = (method: string, url: string, from: string, length = 0): Socket => {
    const { hostname, port, pathname, search } = new URL(url);
    const client = connect(Number(port), hostname).on("error", () => {});
    onTestFinished(() => void client.destroy());
    const headers = { host: hostname, "x-forwarded-for": from, "content-type": contentType };
    const lines = Object.entries({ ...headers, "content-length": length }).map(([name, value]) => {
      return `${name}: ${value}\r\n`;
    });
    client.write(`${method} ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n`);
    return client;
  };
  const readUrl = signer.sign({ kind: "read", key: "a/b", expiresAt, contentType, fileName: "a" });
  const writeUrl = (length: number) =>
    signer.sign({
      kind: "whole",
      key: "a/b",
      expiresAt,
      contentType,
      sizeBytes: length,
      sha256: "0".repeat(64),
    });
  return {
    readUrl,
    read: (from: string) => ask("GET", readUrl, from),
    write: (from: string, length: number) => ask("PUT", writeUrl(length), from, length),
    forged: (method: string) => ask(method, `${readUrl}0`, "192.0.2.1"),
  };
}

/** The answer's beginning; no more of it is read. */
async function headOf(client: Socket): Promise<string> {
  await once(client, "readable");
  return String(client.read(Math.min(client.readableLength, 512)));
}
const statusOf = async (client: Socket) => Number((await headOf(client)).slice(9, 12));

const isClosed = async (client: Socket) => {
  client.resume();
  await once(client, "close");
};

it("a place is only for who has a signature", async () => {
  const { read, write, forged } = await opened({ most: 0 });
  expect(await statusOf(forged("GET"))).toBe(403);
  expect(await statusOf(forged("PUT"))).toBe(403);
  expect(await statusOf(write("192.0.2.1", 1))).toBe(503);
  expect((await headOf(read("192.0.2.1"))).toLowerCase()).toMatch(/^http\/1.1 503 .*retry-after: /s);
});

it("who reads nothing keeps no other address from reading, and nobody from sending", async () => {
  const { read, write } = await opened({ most: 5, mostOfOne: 2 });
  const idle = "192.0.2.1";
  const first = [read(idle), read(idle)];
  for (const client of first) expect(await statusOf(client)).toBe(200);
  expect(await statusOf(read(idle))).toBe(503);
  const others = [read("192.0.2.2"), read("192.0.2.2"), read("192.0.2.3")];
  for (const client of others) expect(await statusOf(client)).toBe(200);
  expect(await statusOf(read("192.0.2.4"))).toBe(503);
  const sends = write(idle, 3);
  sends.write("abc");
  expect(await statusOf(sends)).toBe(200);
});

it("a place is free again when its connection is closed", async () => {
  const { read } = await opened({ most: 1 });
  const first = read("192.0.2.1");
  expect(await statusOf(first)).toBe(200);
  expect(await statusOf(read("192.0.2.2"))).toBe(503);
  first.destroy();
  await expect.poll(() => statusOf(read("192.0.2.2"))).toBe(200);
});

it("who reads nothing is cut off, and its place is free", async () => {
  const { read } = await opened({ most: 1 });
  const idle = read("192.0.2.1");
  expect(await statusOf(idle)).toBe(200);
  const freed = async () => {
    vi.advanceTimersByTime(minute);
    return statusOf(read("192.0.2.2"));
  };
  await expect.poll(freed).toBe(200);
  await isClosed(idle);
});

it("who reads goes on for as long as it takes", async () => {
  const { read } = await opened();
  const client = read("192.0.2.1");
  let wanted = 32 * mebibyte;
  for await (const _ of client) {
    if (client.bytesRead < wanted) continue;
    vi.advanceTimersByTime(minute);
    wanted += 32 * mebibyte;
    if (wanted > 160 * mebibyte) break;
  }
  expect(client.bytesRead).toBeGreaterThan(128 * mebibyte);
});

it.each([
  ["nothing", 0],
  ["less than a mebibyte in a minute", mebibyte / 2],
])("who sends %s is cut off", async (_, bytes) => {
  let got = -1;
  const { write } = await opened({}, async (_grant, body) => {
    got = 0;
    for await (const chunk of body) got += chunk.length;
  });
  const client = write("192.0.2.1", 2 * mebibyte);
  client.write(Buffer.alloc(bytes));
  await expect.poll(() => got).toBe(bytes);
  vi.advanceTimersByTime(minute);
  await isClosed(client);
});

it("who waits for this server is not cut off: its body is not taken yet", async () => {
  const signs = new EventEmitter();
  const { write } = await opened({}, async (grant, body) => {
    await once(body, "readable");
    const released = once(signs, "release");
    signs.emit("arrive");
    await released;
    await takeAll(grant, body);
  });
  const arrived = once(signs, "arrive");
  const client = write("192.0.2.1", 2_000);
  client.write(Buffer.alloc(1_000));
  await arrived;
  vi.advanceTimersByTime(5 * minute);
  signs.emit("release");
  client.write(Buffer.alloc(1_000));
  expect(await statusOf(client)).toBe(200);
});
