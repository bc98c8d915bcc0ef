import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LocalStore } from "../../src/objects/local-store.ts";
import type { Incoming } from "../../src/objects/object-store.ts";
import { UrlSigner } from "../../src/objects/signed-url.ts";
import { objectFolderOf } from "../support/engines.ts";
import { bytesAt, incomingOf, put, send, sendAll } from "../support/object-store-contract.ts";
import { type RawRequest, rawOf, sendRaw } from "../support/raw-request.ts";
import { startWorld, type World } from "../support/world.ts";

const second = 1_000;
const hour = 3_600_000;
const start = Date.now();
let now = start;
let world: World;
let folder: string;
/** Signs as the server does: it is on the same folder. */
let store: LocalStore;
let signer: UrlSigner;

beforeAll(async () => {
  world = await startWorld({ clock: () => now });
  folder = objectFolderOf(world.settings);
  store = await LocalStore.open(folder, () => world.url);
  signer = new UrlSigner(await readFile(join(folder, "signing-key")), () => world.url);
  return world.close;
});

beforeEach(() => {
  now = start;
});

type Alter = (request: RawRequest, bytes: Buffer) => RawRequest;

const target =
  (change: (target: string) => string): Alter =>
  (request) => ({ ...request, path: change(request.path) });
const query = (name: string, change: (value: string) => string) =>
  target((text) =>
    text.replace(new RegExp(`([?&]${name}=)([^&]*)`), (_, left, value) => left + change(value)),
  );
const headers =
  (more: Record<string, string>): Alter =>
  (request) => ({ ...request, headers: { ...request.headers, ...more } });
const body =
  (change: (bytes: Buffer) => Buffer): Alter =>
  (request, bytes) => {
    const sent = change(bytes);
    return { ...request, headers: { ...request.headers, "content-length": String(sent.length) }, body: sent };
  };
const without =
  (name: string): Alter =>
  (request) => {
    const { [name]: _, ...rest } = request.headers;
    return { ...request, headers: rest };
  };
const method =
  (name: string): Alter =>
  (request) => ({ ...request, method: name });
const path = (change: (key: string) => string) =>
  target((text) => text.replace(/^\/blobs\/([^?]*)/, (_, key) => change(key)));
const other = (text: string) => (text.startsWith("a") ? "b" : "a") + text.slice(1);

/** The last letter of 43 stands for four bits: three others are read as the same. */
const spelledOtherwise = (text: string) =>
  text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1);

const alteredUrls: [string, Alter, number[]][] = [
  ["that does something else", query("do", () => "part"), [403]],
  ["of a byte less", query("sizeBytes", (size) => String(Number(size) - 1)), [403]],
  ["of a byte more", query("sizeBytes", (size) => String(Number(size) + 1)), [403]],
  ["for another digest", query("sha256", other), [403]],
  ["for another content type", query("contentType", () => "text%2Fhtml"), [403]],
  ["for a second longer", query("expires", (at) => String(Number(at) + second)), [403]],
  ["for a second less", query("expires", (at) => String(Number(at) - second)), [403]],
  ["of another signature", query("signature", other), [403]],
  ["of the signature in capitals", query("signature", (text) => text.toUpperCase()), [403]],
  ["of the same signature, spelled otherwise", query("signature", spelledOtherwise), [403]],
  ["of the signature and more", query("signature", (text) => `${text}A`), [403]],
  ["of no signature", target((text) => text.replace(/&signature=.*/, "")), [403]],
  ["of an empty signature", query("signature", () => ""), [403]],
  ["without its query", target((text) => text.replace(/\?.*/, "")), [403]],
  ["with one thing more", target((text) => text.replace("&signature", "&more=1&signature")), [403]],
  ["with one thing more at its end", target((text) => `${text}&sizeBytes=1`), [403]],
  ["with one thing twice", target((text) => text.replace("?", "?sizeBytes=1&")), [403]],
  ["in another order", target((text) => text.replace(/\?([^&]*)&([^&]*)/, "?$2&$1")), [403]],
  ["written otherwise", target((text) => text.replace("sizeBytes", "%73izeBytes")), [403]],
  ["with a fragment", target((text) => `${text}#x`), [400, 403]],
  ["for another key", path((key) => `/blobs/${other(key)}`), [403]],
  ["for a longer key", path((key) => `/blobs/${key}0`), [403]],
  ["that climbs", path((key) => `/blobs/../blobs/${key}`), [403, 404]],
  ["that climbs out", path(() => "/blobs/../../signing-key"), [403, 404]],
  ["with dots in percents", path(() => "/blobs/%2e%2e/signing-key"), [403, 404]],
  ["with slashes in percents", path((key) => `/blobs/${key.replaceAll("/", "%2f")}`), [403]],
  ["with all of it in percents", path(() => "/blobs/%2e%2e%2fsigning-key"), [403]],
  ["with percents twice", path(() => "/blobs/%252e%252e%252fsigning-key"), [403]],
  ["with half a percent", path((key) => `/blobs/${key}%`), [400, 403]],
  ["with NUL in percents", path((key) => `/blobs/${key}%00`), [400, 403]],
  ["with NUL", path((key) => `/blobs/${key}\0`), [400]],
  ["that is absolute", path(() => "/blobs//etc/passwd"), [403]],
  ["with backslashes", path((key) => `/blobs/..\\..\\${key}`), [400, 403]],
  ["with a letter that looks alike", path((key) => `/blobs/${key.replace("c", "с")}`), [400, 403]],
  ["with dots that look alike", path((key) => `/blobs/%EF%BC%8E%EF%BC%8E/${key}`), [403]],
  ["with a slash twice", path((key) => `/blobs//${key}`), [403]],
  ["with a slash at its end", path((key) => `/blobs/${key}/`), [403]],
  ["in capitals", path((key) => `/blobs/${key.toUpperCase()}`), [403]],
  ["of another server", target((text) => `http://elsewhere.example${text}`), [400, 403, 404]],
];

const alteredRequests: [string, Alter, number[]][] = [
  ["by GET", method("GET"), [403]],
  ["by HEAD", method("HEAD"), [403]],
  ["by POST", method("POST"), [404]],
  ["by DELETE", method("DELETE"), [404]],
  ["by PATCH", method("PATCH"), [404]],
  ["of another content type", headers({ "content-type": "text/html" }), [403]],
  ["of its content type and more", headers({ "content-type": "application/octet-stream;a=b" }), [403]],
  ["of no content type", without("content-type"), [403]],
  ["of no length", without("content-length"), [400, 411]],
  [
    "in chunks",
    (request) =>
      headers({ "transfer-encoding": "chunked" })(
        without("content-length")(request, randomBytes(0)),
        randomBytes(0),
      ),
    [411, 400],
  ],
  ["of a byte less", body((bytes) => bytes.subarray(1)), [400]],
  ["of a byte more", body((bytes) => Buffer.concat([bytes, bytes.subarray(0, 1)])), [413]],
  ["of nothing", body(() => Buffer.alloc(0)), [400]],
  ["of other bytes", body((bytes) => randomBytes(bytes.length)), [422]],
  [
    "of one bit turned",
    body((bytes) => Buffer.from(bytes.map((byte, at) => (at === 99 ? byte ^ 1 : byte)))),
    [422],
  ],
];

describe("what a signed URL grants", () => {
  let incoming: Incoming;
  const bytes = randomBytes(1_000);

  const signed = async (expiresAt = start + hour) => {
    incoming = await incomingOf(store, bytes);
    return rawOf((await store.transfer(incoming, expiresAt)).whole!, bytes);
  };
  const hasArrived = async () => (await store.transfer(incoming, start + hour)).whole === null;

  it("is what was signed: sent so, it arrives", async () => {
    expect(await sendRaw(await signed())).toMatchObject({ status: 200 });
    expect(await hasArrived()).toBe(true);
  });

  it.each([
    ["a second before it expires", -second, 200],
    ["at the instant when it expires", 0, 403],
    ["a second after it has expired", second, 403],
  ])("ends: %s", async (_, offset, status) => {
    const request = await signed();
    now = start + hour + offset;
    const answer = await sendRaw(request);
    expect(answer.status).toBe(status);
    if (status === 403) expect(String(answer.body)).toContain("this URL has expired; ask for another");
    expect(await hasArrived()).toBe(status === 200);
  });

  it.each([
    ...alteredUrls.map(([what, ...rest]) => [`a URL ${what}`, ...rest] as const),
    ...alteredRequests.map(([what, ...rest]) => [`a body sent ${what}`, ...rest] as const),
  ])("is nothing else: not %s", async (_, alter, statuses) => {
    const request = await signed();
    const altered = alter(request, bytes);
    expect(altered).not.toEqual(request);
    const { status, body } = await sendRaw(altered);
    expect(statuses).toContain(status);
    expect(String(body)).not.toContain("signature=");
    expect(String(body)).not.toContain(folder);
    expect(await hasArrived()).toBe(false);
    expect(await readdir(join(folder, "arriving"))).toEqual([]);
  });

  it("is not given again: after completion the same request changes nothing", async () => {
    const request = await signed();
    await sendAll(store, incoming, bytes);
    await store.commit(incoming);
    expect((await sendRaw(request)).status).toBe(409);
    expect(await bytesAt(store, incoming.key)).toEqual(bytes);
    expect(await readdir(join(folder, "incoming"))).not.toContain(incoming.key.replaceAll("/", "_"));
  });
});

describe("a URL to read by", () => {
  const bytes = randomBytes(500);
  const readable = async (key: string) =>
    rawOf(
      await store.signDownload(key, { expiresAt: start + hour, fileName: "a.bin", contentType: "a/b" }),
      null,
    );

  it("reads, also by HEAD", async () => {
    const { key } = await put(store, bytes);
    const request = await readable(key);
    expect((await sendRaw(request)).status).toBe(200);
    expect((await sendRaw({ ...request, method: "HEAD" })).status).toBe(200);
  });

  it.each([
    ["what it is called", query("fileName", () => "b.bin"), 403],
    ["what it is", query("contentType", () => "text%2Fhtml"), 403],
    ["when it ends", query("expires", (at) => String(Number(at) + second)), 403],
    ["its key", path((key) => `/blobs/${other(key)}`), 403],
    ["its method: it cannot write", method("PUT"), 403],
  ])("reads nothing with another word of %s", async (_, alter, status) => {
    const { key } = await put(store, bytes);
    const answer = await sendRaw(alter(await readable(key), bytes));
    expect(answer.status).toBe(status);
    expect(await bytesAt(store, key)).toEqual(bytes);
  });

  it.each([
    "../signing-key",
    "a/../../signing-key",
    "/etc/passwd",
    "a//b",
    "a/",
    ".hidden",
    "a/./b",
    "a\\b",
    "a\0b",
    "A",
    "ä",
    "a_parts",
    "a%2fb",
    "a".repeat(201),
  ])("reads nothing at %j, were it signed", async (key) => {
    const grant = { key, expiresAt: start + hour, contentType: "a/b" };
    const urls = [
      signer.sign({ kind: "read", ...grant, fileName: "a" }),
      signer.sign({ kind: "whole", ...grant, sizeBytes: 1, sha256: "0".repeat(64) }),
    ];
    const read = rawOf({ method: "GET", url: urls[0]!, headers: [] }, null);
    const type = { name: "content-type", value: "a/b" };
    const write = rawOf({ method: "PUT", url: urls[1]!, headers: [type] }, Buffer.from("x"));
    for (const request of [read, write]) expect([400, 403]).toContain((await sendRaw(request)).status);
  });
});

describe("symbolic links in the folder", () => {
  const secret = "what is outside";
  let outside: string;
  beforeAll(async () => {
    outside = await mkdtemp(join(tmpdir(), "stemma-outside-"));
    await mkdir(join(outside, "00001"), { recursive: true });
    await writeFile(join(outside, "file"), secret);
    await mkdir(join(folder, "objects", "links"), { recursive: true });
    await symlink(join(outside, "file"), join(folder, "objects", "links", "leaf"));
    await symlink(outside, join(folder, "objects", "links", "folder"));
    await symlink(outside, join(folder, "objects", "links", "cut_parts"));
    return () => rm(outside, { recursive: true });
  });

  it.each(["links/leaf", "links/folder/file", "links/cut"])("lead nowhere: %s", async (key) => {
    const download = { expiresAt: start + hour, fileName: "a", contentType: "a/b" };
    const response = await send(await store.signDownload(key, download));
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain(secret);
    expect(await store.stat(key)).toBeNull();
  });

  it("take nothing out of the folder", async () => {
    const bytes = randomBytes(10);
    const incoming = { ...(await incomingOf(store, bytes)), key: "links/folder/planted" };
    await sendAll(store, incoming, bytes);
    await expect(store.commit(incoming)).rejects.toMatchObject({ trouble: "AWAY" });
    expect((await readdir(outside)).sort()).toEqual(["00001", "file"]);
  });
});
