import { createHash, randomBytes, randomUUID } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { beforeAll, describe, expect, it } from "vitest";
import type {
  Incoming,
  ObjectStore,
  SignedPart,
  SignedRequest,
  StoredObject,
} from "../../src/objects/object-store.ts";
import { largestWholeBytes, partBytesOf } from "../../src/objects/parts.rules.ts";
import { stalled } from "./stalled-request.ts";

export interface OpenedStore {
  store: ObjectStore;
  /** Another one on the same place: what a server is after a restart, or its neighbour. */
  again(): Promise<ObjectStore>;
  /** Closes all of them, and forgets what is in there. */
  close(): Promise<void>;
}

const hour = 3_600_000;
const later = () => Date.now() + hour;
export const sha256Of = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

/** An object to be sent, under a key of its own. */
export async function incomingOf(store: ObjectStore, bytes: Buffer, within = "contract"): Promise<Incoming> {
  const begun = {
    key: `${within}/${randomUUID()}`,
    sizeBytes: bytes.length,
    sha256: sha256Of(bytes),
    contentType: "application/octet-stream",
  };
  return { ...begun, ticket: await store.open(begun) };
}

/** As a stranger sends it, who knows no more than what was signed. */
export function send(
  { method, url, headers }: SignedRequest,
  body?: Buffer,
  more: Record<string, string> = {},
) {
  const given = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
  return fetch(url, { method, headers: { ...given, ...more }, body: body && new Uint8Array(body) });
}

/** What of these bytes goes into a part. */
export function partOf(bytes: Buffer, { number, sizeBytes }: SignedPart): Buffer {
  const start = (number - 1) * partBytesOf(bytes.length);
  return bytes.subarray(start, start + sizeBytes);
}

async function mustSend(request: SignedRequest, body: Buffer): Promise<void> {
  const response = await send(request, body);
  const answer = await response.text();
  expect({ status: response.status, answer: response.ok ? "" : answer }).toMatchObject({ answer: "" });
}

/** Sends all that is not there yet. */
export async function sendAll(store: ObjectStore, incoming: Incoming, bytes: Buffer): Promise<void> {
  const { whole, parts } = await store.transfer(incoming, later());
  if (whole) await mustSend(whole, bytes);
  for (const part of parts) await mustSend(part, partOf(bytes, part));
}

export async function put(store: ObjectStore, bytes: Buffer, within?: string): Promise<Incoming> {
  const incoming = await incomingOf(store, bytes, within);
  await sendAll(store, incoming, bytes);
  await store.commit(incoming);
  return incoming;
}

export const bytesAt = async (store: ObjectStore, key: string) => buffer(await store.read(key));

async function all(objects: AsyncIterable<StoredObject>): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const object of objects) found.push(object);
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** What every object store does. `open` makes an empty one, or an empty corner of one. */
export function objectStoreContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(name, () => {
    let opened: OpenedStore;
    let store: ObjectStore;
    beforeAll(async () => {
      opened = await open();
      store = opened.store;
      return opened.close;
    });
    const small = () => randomBytes(1_000);
    const inParts = () => randomBytes(largestWholeBytes + 8 * 1024 * 1024);
    const missing = { name: "ObjectStoreError", trouble: "MISSING" };
    const readAll = async (key: string) => buffer(await store.read(key));

    it.each([
      ["nothing", 0],
      ["one byte", 1],
      ["as much as goes in one request", largestWholeBytes],
      ["a byte more, the last part", largestWholeBytes + 1],
      ["parts of which the last is short", largestWholeBytes + 8 * 1024 * 1024],
    ])("keeps %s", async (_, sizeBytes) => {
      const bytes = randomBytes(sizeBytes);
      const incoming = await incomingOf(store, bytes);
      expect(await store.stat(incoming.key)).toBeNull();
      await sendAll(store, incoming, bytes);
      expect(await store.stat(incoming.key)).toBeNull();
      await store.commit(incoming);
      expect(await store.stat(incoming.key)).toMatchObject({ key: incoming.key, sizeBytes });
      expect(sha256Of(await bytesAt(store, incoming.key))).toBe(incoming.sha256);
      expect(await store.transfer(incoming, later())).toEqual({ whole: null, parts: [] });
    });

    it("tells which parts are to be sent, and after a restart only those that have not arrived", async () => {
      const bytes = inParts();
      const incoming = await incomingOf(store, bytes);
      const first = await store.transfer(incoming, later());
      expect(first.whole).toBeNull();
      expect(first.parts.map(({ number }) => number)).toEqual([1, 2, 3]);
      await mustSend(first.parts[1]!, partOf(bytes, first.parts[1]!));
      const restarted = await opened.again();
      const second = await restarted.transfer(incoming, later());
      expect(second.parts.map(({ number }) => number)).toEqual([1, 3]);
      await sendAll(restarted, incoming, bytes);
      expect((await store.transfer(incoming, later())).parts).toEqual([]);
      await restarted.commit(incoming);
      expect(sha256Of(await bytesAt(store, incoming.key))).toBe(incoming.sha256);
    });

    it("tells that a whole object has arrived, also after a restart", async () => {
      const bytes = small();
      const incoming = await incomingOf(store, bytes);
      await sendAll(store, incoming, bytes);
      const restarted = await opened.again();
      expect(await restarted.transfer(incoming, later())).toEqual({ whole: null, parts: [] });
      await restarted.commit(incoming);
      expect(await bytesAt(store, incoming.key)).toEqual(bytes);
    });

    it.each([
      ["a whole object", small],
      ["parts", inParts],
    ])("commits %s once, however often it is asked, and by whom", async (_, some) => {
      const bytes = some();
      const incoming = await incomingOf(store, bytes);
      await sendAll(store, incoming, bytes);
      const neighbour = await opened.again();
      await Promise.all([store.commit(incoming), neighbour.commit(incoming)]);
      await store.commit(incoming);
      expect(sha256Of(await bytesAt(neighbour, incoming.key))).toBe(incoming.sha256);
    });

    it("commits nothing of which something is missing", async () => {
      const whole = await incomingOf(store, small());
      await expect(store.commit(whole)).rejects.toMatchObject(missing);
      const bytes = inParts();
      const cut = await incomingOf(store, bytes);
      const { parts } = await store.transfer(cut, later());
      for (const part of parts.slice(0, -1)) await mustSend(part, partOf(bytes, part));
      await expect(store.commit(cut)).rejects.toMatchObject(missing);
      expect(await store.stat(cut.key)).toBeNull();
      await sendAll(store, cut, bytes);
      await store.commit(cut);
      expect(sha256Of(await bytesAt(store, cut.key))).toBe(cut.sha256);
    });

    it.each([
      ["a whole object", small],
      ["parts", inParts],
    ])("forgets what arrived of %s that is aborted, as often as it is asked", async (_, some) => {
      const bytes = some();
      const incoming = await incomingOf(store, bytes);
      await sendAll(store, incoming, bytes);
      await store.abort(incoming);
      await store.abort(incoming);
      await expect(store.commit(incoming)).rejects.toMatchObject(missing);
      expect(await store.stat(incoming.key)).toBeNull();
    });

    it("leaves what is committed where it is aborted later", async () => {
      const bytes = small();
      const incoming = await put(store, bytes);
      await store.abort(incoming);
      expect(await bytesAt(store, incoming.key)).toEqual(bytes);
    });

    it.each([
      ["a whole object", small],
      ["parts", inParts],
    ])("removes %s, as often as it is asked", async (_, some) => {
      const { key } = await put(store, some());
      await store.remove(key);
      await store.remove(key);
      expect(await store.stat(key)).toBeNull();
      await expect(readAll(key)).rejects.toMatchObject(missing);
    });

    it("says when it stored what", async () => {
      const before = Date.now();
      const { key } = await put(store, small());
      const { storedAt } = (await store.stat(key))!;
      expect(Math.abs(storedAt - before)).toBeLessThan(10 * 60_000); // Clocks differ.
    });

    it("has equal bytes under two keys apart", async () => {
      const bytes = small();
      const [one, other] = [await put(store, bytes), await put(store, bytes)];
      await store.remove(one.key);
      expect(await bytesAt(store, other.key)).toEqual(bytes);
    });

    it("lists what is committed, by how keys begin", async () => {
      const within = `listed/${randomUUID()}`;
      const made = [
        await put(store, small(), `${within}/a`),
        await put(store, Buffer.alloc(0), `${within}/a`),
        await put(store, inParts(), `${within}/ab`),
      ];
      await put(store, small(), `${within}/b`);
      await incomingOf(store, small(), `${within}/a`);
      const uncommitted = await incomingOf(store, small(), `${within}/a`);
      await store.transfer(uncommitted, later());
      const expected = made.map(({ key, sizeBytes }) => expect.objectContaining({ key, sizeBytes }));
      const inOrder = (keys: Incoming[]) => [...keys].sort((a, b) => (a.key < b.key ? -1 : 1));
      expect((await all(store.list(`${within}/a`))).map(({ key }) => key)).toEqual(
        inOrder(made).map(({ key }) => key),
      );
      expect(await all(store.list(`${within}/a`))).toEqual(expect.arrayContaining(expected));
      expect(await all(store.list(`${within}/a/`))).toHaveLength(2);
      expect(await all(store.list(made[0]!.key))).toHaveLength(1);
      expect(await all(store.list(`${within}/none`))).toEqual([]);
    });

    it.each([
      ["a whole object", small],
      ["parts", inParts],
    ])("reads ranges of %s", async (_, some) => {
      const bytes = some();
      const { key } = await put(store, bytes);
      const last = bytes.length - 1;
      const seam = Math.min(partBytesOf(bytes.length), last);
      const ranges = [
        [0, 0],
        [0, last],
        [last, last],
        [seam - 1, seam],
        [10, Math.min(3 * seam, last)],
      ];
      for (const [start, end] of ranges as [number, number][]) {
        const read = await buffer(await store.read(key, { start, end }));
        expect({ start, end, sha256: sha256Of(read) }).toEqual({
          start,
          end,
          sha256: sha256Of(bytes.subarray(start, end + 1)),
        });
      }
    });

    it("stops reading where its reader does", async () => {
      const bytes = inParts();
      const { key } = await put(store, bytes);
      for await (const chunk of await store.read(key)) {
        expect(bytes.subarray(0, chunk.length)).toEqual(chunk);
        break;
      }
      expect((await buffer(await store.read(key, { start: 0, end: 9 }))).length).toBe(10);
    });

    it.each([
      ["a whole object", small],
      ["parts", inParts],
    ])("signs downloads of %s, which say what it is called and what it is", async (_, some) => {
      const bytes = some();
      const { key } = await put(store, bytes);
      const fileName = 'weights "best" – größte.bin';
      const download = { expiresAt: later(), fileName, contentType: "application/x-model" };
      const signed = await store.signDownload(key, download);
      const response = await send(signed);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("application/x-model");
      expect(response.headers.get("content-disposition")).toMatch(
        /^attachment; .*filename\*=UTF-8''weights%20%22best%22%20%E2%80%93%20gr%C3%B6%C3%9Fte\.bin/,
      );
      expect(sha256Of(Buffer.from(await response.arrayBuffer()))).toBe(sha256Of(bytes));
      const ranged = await send(signed, undefined, { range: "bytes=100-199" });
      expect(ranged.status).toBe(206);
      expect(ranged.headers.get("content-range")).toBe(`bytes 100-199/${bytes.length}`);
      expect(Buffer.from(await ranged.arrayBuffer())).toEqual(bytes.subarray(100, 200));
      const etag = response.headers.get("etag")!;
      const known = await send(signed, undefined, { "if-none-match": etag });
      expect([known.status, await known.text()]).toEqual([304, ""]);
    });

    it("signs downloads of what is gone, which find nothing", async () => {
      const signed = await store.signDownload(`contract/${randomUUID()}`, {
        expiresAt: later(),
        fileName: "gone",
        contentType: "text/plain",
      });
      expect((await send(signed)).status).toBe(404);
    });

    it("refuses URLs that have expired", async () => {
      const bytes = small();
      const incoming = await incomingOf(store, bytes);
      const past = Date.now() - 60_000;
      const { whole } = await store.transfer(incoming, past);
      const sent = await send(whole!, bytes);
      expect([400, 401, 403]).toContain(sent.status);
      await expect(store.commit(incoming)).rejects.toMatchObject(missing);
      const { key } = await put(store, bytes);
      const download = { expiresAt: past, fileName: "late", contentType: "text/plain" };
      const response = await send(await store.signDownload(key, download));
      expect([400, 401, 403]).toContain(response.status);
    });

    it("changes nothing that is committed, whatever is sent by what was signed before", async () => {
      for (const bytes of [small(), inParts()]) {
        const incoming = await incomingOf(store, bytes);
        const { whole, parts } = await store.transfer(incoming, later());
        await sendAll(store, incoming, bytes);
        await store.commit(incoming);
        const replay = async (request: SignedRequest, sizeBytes: number) => {
          // Refused or not, be it by hanging up: what counts is what is there then.
          await send(request, randomBytes(sizeBytes)).catch(() => {});
        };
        if (whole) await replay(whole, bytes.length);
        for (const part of parts) await replay(part, part.sizeBytes);
        expect(sha256Of(await bytesAt(store, incoming.key))).toBe(incoming.sha256);
        await store.commit(incoming).catch(() => {});
        expect(sha256Of(await bytesAt(store, incoming.key))).toBe(incoming.sha256);
      }
    });

    it("changes nothing that is committed by what began to be sent before", async () => {
      for (const bytes of [small(), inParts()]) {
        const incoming = await incomingOf(store, bytes);
        const { whole, parts } = await store.transfer(incoming, later());
        const late = await stalled(
          whole ?? parts[0]!,
          randomBytes(whole ? bytes.length : parts[0]!.sizeBytes),
        );
        await sendAll(store, incoming, bytes);
        await store.commit(incoming);
        await late.finish();
        expect(sha256Of(await bytesAt(store, incoming.key))).toBe(incoming.sha256);
      }
    });

    it("sweeps what was begun and never finished, and nothing that is committed", async () => {
      const bytes = inParts();
      const kept = await put(store, small());
      const begun = await incomingOf(store, bytes);
      const { parts } = await store.transfer(begun, later());
      await mustSend(parts[0]!, partOf(bytes, parts[0]!));
      expect(await store.sweep(Date.now() - hour)).toBe(0);
      expect((await store.transfer(begun, later())).parts).toHaveLength(2);
      expect(await store.sweep(Date.now() + hour)).toBeGreaterThanOrEqual(1);
      expect(await store.sweep(Date.now() + hour)).toBe(0);
      await expect(store.commit(begun)).rejects.toMatchObject(missing);
      expect(await store.stat(kept.key)).not.toBeNull();
    });

    it("keeps one mark, the first one, which is no object", async () => {
      expect(await store.mark(null)).toBeNull();
      const others = await Promise.all([store, await opened.again()].map((one) => one.mark("ab12")));
      expect(others).toEqual(["ab12", "ab12"]);
      expect(await store.mark("cd34")).toBe("ab12");
      expect(await store.sweep(Date.now() + hour)).toBe(0);
      const keys = (await all(store.list(""))).map(({ key }) => key);
      expect(keys.filter((key) => /registry|mark/.test(key))).toEqual([]);
      expect(await (await opened.again()).mark(null)).toBe("ab12");
    });

    it("says that it works, and its name", async () => {
      await store.check();
      expect(store.name).toMatch(/\w+/);
    });
  });
}
