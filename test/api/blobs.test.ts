import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pino } from "pino";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createApp } from "../../src/app.ts";
import { LocalStore } from "../../src/objects/local-store.ts";
import type { SignedRequest } from "../../src/objects/object-store.ts";
import { freshDatabase, objectFolderOf } from "../support/engines.ts";
import { bytesAt, incomingOf, put, send } from "../support/object-store-contract.ts";
import { configOf, startWorld, type World } from "../support/world.ts";

const later = () => Date.now() + 3_600_000;
const bytes = randomBytes(1_000);
let world: World;
let store: LocalStore;
const lines: string[] = [];

beforeAll(async () => {
  world = await startWorld({ log: pino({ level: "trace" }, { write: (line) => void lines.push(line) }) });
  store = await LocalStore.open(objectFolderOf(world.settings), () => world.url);
  return world.close;
});

const readable = async (key: string, more: object = {}) =>
  store.signDownload(key, { expiresAt: later(), fileName: "a.bin", contentType: "text/html", ...more });
const writable = async (body: Buffer, by = store) =>
  (await by.transfer(await incomingOf(by, body), later())).whole!;

describe("an object over HTTP", () => {
  let signed: SignedRequest;
  let etag: string;
  beforeAll(async () => {
    const { key } = await put(store, bytes);
    signed = await readable(key);
    etag = (await send(signed)).headers.get("etag")!;
  });

  it("is saved by a browser, never shown, and kept by nobody else", async () => {
    const { status, headers } = await send(signed);
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "text/html",
      "content-length": "1000",
      "content-disposition": "attachment; filename=a.bin",
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none';frame-ancestors 'none';sandbox",
      "cache-control": expect.stringMatching(/^private, no-transform, max-age=3[56]\d\d$/),
      "accept-ranges": "bytes",
    });
  });

  it("tells HEAD the same, without the bytes", async () => {
    const { status, headers } = await fetch(signed.url, { method: "HEAD", headers: { range: "bytes=0-9" } });
    expect(status).toBe(200);
    expect(headers.get("content-length")).toBe("1000");
    expect(headers.get("etag")).toBe(etag);
  });

  it.each([
    ["bytes=0-0", 206, 0, 1],
    ["bytes=0-999", 206, 0, 1_000],
    ["bytes=10-19", 206, 10, 20],
    ["bytes=990-", 206, 990, 1_000],
    ["bytes=990-5000", 206, 990, 1_000],
    ["bytes=-10", 206, 990, 1_000],
    ["bytes=-5000", 206, 0, 1_000],
    ["bytes=1000-", 416, 0, 0],
    ["bytes=1000-1001", 416, 0, 0],
    ["bytes=-0", 416, 0, 0],
    ["bytes=99999999999999999999-", 200, 0, 1_000],
    ["bytes=20-10", 200, 0, 1_000],
    ["bytes=0-1,5-6", 200, 0, 1_000],
    ["bytes=a-b", 200, 0, 1_000],
    ["bytes=-", 200, 0, 1_000],
    ["lines=1-2", 200, 0, 1_000],
  ])("is answered to Range: %s with %d", async (range, status, from, to) => {
    const response = await send(signed, undefined, { range });
    expect(response.status).toBe(status);
    const body = Buffer.from(await response.arrayBuffer());
    if (status === 416) {
      expect(response.headers.get("content-range")).toBe("bytes */1000");
      expect(JSON.parse(body.toString())).toMatchObject({
        errors: [{ message: "this object has 1000 bytes" }],
      });
      return;
    }
    expect(response.headers.get("content-range")).toBe(
      status === 206 ? `bytes ${from}-${to - 1}/1000` : null,
    );
    expect(body).toEqual(bytes.subarray(from, to));
  });

  it("is not sent again to who has it, and only in part to who has the other part of the same", async () => {
    const status = async (headers: Record<string, string>) => (await send(signed, undefined, headers)).status;
    expect(await status({ "if-none-match": etag })).toBe(304);
    expect(await status({ "if-none-match": `"x", W/${etag}` })).toBe(304);
    expect(await status({ "if-none-match": "*" })).toBe(304);
    expect(await status({ "if-none-match": '"x"' })).toBe(200);
    expect(await status({ range: "bytes=0-1", "if-range": etag })).toBe(206);
    expect(await status({ range: "bytes=0-1", "if-range": '"x"' })).toBe(200);
    expect(await status({ range: "bytes=0-1", "if-range": new Date().toUTCString() })).toBe(200);
  });

  it("has no range where it has no bytes", async () => {
    const { key } = await put(store, Buffer.alloc(0));
    const empty = await readable(key);
    expect(await (await send(empty)).text()).toBe("");
    expect((await send(empty, undefined, { range: "bytes=0-" })).status).toBe(416);
  });

  it("is of no type where its type is none, and called what can be called so", async () => {
    const { key } = await put(store, bytes);
    const { headers } = await send(
      await readable(key, { contentType: "a/b\r\nx: y", fileName: "../a\r\nb: c" }),
    );
    expect(headers.get("content-type")).toBe("application/octet-stream");
    expect(headers.get("x")).toBeNull();
    expect(headers.get("content-disposition")).toBe('attachment; filename="a__b: c"');
  });
});

describe("a body that is sent", () => {
  const post = ({ url, headers }: SignedRequest, length: number, more: Record<string, string> = {}) => {
    const given = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
    return httpRequest(url, { method: "PUT", headers: { ...given, "content-length": length, ...more } });
  };
  const arriving = () => readdir(join(objectFolderOf(world.settings), "arriving"));

  it("is forgotten where it breaks off, and can be sent again", async () => {
    const incoming = await incomingOf(store, bytes);
    const { whole } = await store.transfer(incoming, later());
    const broken = post(whole!, bytes.length).on("error", () => {});
    broken.write(bytes.subarray(0, 500));
    await expect.poll(arriving).toHaveLength(1);
    broken.destroy();
    await expect.poll(arriving).toEqual([]);
    expect((await send(whole!, bytes)).status).toBe(200);
    await store.commit(incoming);
    expect(await bytesAt(store, incoming.key)).toEqual(bytes);
  });

  it("is not even sent where who sends it asks first and it is refused", async () => {
    const signed = await writable(bytes);
    const refused = { ...signed, url: signed.url.replace("sizeBytes=1000", "sizeBytes=1001") };
    const asks = post(refused, bytes.length, { expect: "100-continue" }).on("error", () => {});
    asks.on("continue", () => expect.unreachable());
    asks.flushHeaders();
    const [response] = await once(asks, "response");
    expect(response.statusCode).toBe(403);
    asks.destroy();
    const welcome = post(signed, bytes.length, { expect: "100-continue" });
    welcome.flushHeaders();
    await once(welcome, "continue");
    welcome.end(bytes);
    expect((await once(welcome, "response"))[0].statusCode).toBe(200);
  });

  it("is cut off where it is refused and goes on all the same", async () => {
    const signed = await writable(bytes);
    const length = 1024 ** 3;
    const endless = post({ ...signed, headers: [] }, length).on("error", () => {});
    const closed = new Promise((resolve) => endless.on("close", resolve));
    const more = () => {
      while (!endless.destroyed && endless.write(Buffer.alloc(65_536)));
    };
    endless.on("drain", more);
    more();
    const [response] = await once(endless, "response");
    expect(response.statusCode).toBe(403);
    response.on("error", () => {}).resume();
    await closed;
  });

  it("may take longer than other requests may, and is not held up by what GraphQL is busy with", async () => {
    const { settings, drop } = await freshDatabase();
    const room = { maxConcurrentRequests: 1, maxWaitingRequests: 0 };
    const connections = { headersMillis: 40, requestMillis: 60, checkMillis: 10 };
    const app = await createApp(configOf(settings, { room }), { connections });
    onTestFinished(async () => {
      await app.close();
      await drop();
    });
    const own = await LocalStore.open(objectFolderOf(settings), () => app.url);
    const slow = post(await writable(bytes, own), bytes.length);
    slow.write(bytes.subarray(0, 10));
    const { hostname, port } = new URL(app.url);
    const late = connect(Number(port), hostname);
    late.write(`POST /graphql HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: 9\r\n\r\n`);
    expect(await text(late)).toMatch(/^HTTP\/1.1 408 /);
    slow.end(bytes.subarray(10));
    expect((await once(slow, "response"))[0].statusCode).toBe(200);
  });
});

it("no signature is ever logged, whatever happens", async () => {
  const { key } = await put(store, bytes);
  const signed = await readable(key);
  const { signature } = Object.fromEntries(new URL(signed.url).searchParams);
  const before = lines.length;
  for (const url of [
    signed.url,
    signed.url.replace("?", "%?"),
    signed.url.replace("/blobs/", "/nothing/"),
    signed.url.replace("?", `?${"x".repeat(9_000)}&`),
    `${signed.url}0`,
  ]) {
    const answer = await (await fetch(url)).text();
    expect(answer).not.toContain(signature);
    await fetch(url, { method: "POST", body: "x" });
  }
  await store.remove(key);
  expect((await send(signed)).status).toBe(404);
  const said = lines.slice(before);
  expect(said.length).toBeGreaterThan(8);
  expect(said.filter((line) => line.includes(signature!) || line.includes("signature="))).toEqual([]);
});

it("pages of other origins send and fetch bytes where CORS_ORIGINS names them", async () => {
  const { settings, drop } = await freshDatabase();
  const config = configOf(settings);
  const origin = "https://app.example";
  const app = await createApp({ ...config, http: { ...config.http, corsOrigins: [origin] } });
  onTestFinished(async () => {
    await app.close();
    await drop();
  });
  const own = await LocalStore.open(objectFolderOf(settings), () => app.url);
  const signed = await writable(bytes, own);
  const asking = { "access-control-request-method": "PUT", "access-control-request-headers": "content-type" };
  const allowed = await fetch(signed.url, { method: "OPTIONS", headers: { origin, ...asking } });
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get("access-control-allow-origin")).toBe(origin);
  expect(allowed.headers.get("access-control-allow-methods")).toBe("GET, HEAD, PUT");
  const sent = await send(signed, bytes, { origin });
  expect([sent.status, sent.headers.get("access-control-allow-origin")]).toEqual([200, origin]);
  const elsewhere = await fetch(signed.url, {
    method: "OPTIONS",
    headers: { origin: "https://evil.example", ...asking },
  });
  expect(elsewhere.headers.get("access-control-allow-origin")).not.toBe("https://evil.example");
});
