import { randomBytes, randomUUID } from "node:crypto";
import { PassThrough, Readable } from "node:stream";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type ObjectStore, ObjectStoreError } from "../../src/objects/object-store.ts";
import { bytesAt, type OpenedStore, put, send } from "./object-store-contract.ts";

const MiB = 1024 ** 2;
const later = () => Date.now() + 3_600_000;
const keyOf = () => `streamed/${randomUUID()}`;
const type = "application/octet-stream";
const inChunks = (bytes: Buffer) =>
  Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
    })(),
  );

/** What every object store does with bytes that nobody announced and that come through the server. */
export function streamedContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name}, of a stream,`, () => {
    let opened: OpenedStore;
    let store: ObjectStore;
    beforeAll(async () => {
      opened = await open();
      store = opened.store;
      return opened.close;
    });

    /** A stream of which this much has come; it ends or breaks off when told. */
    const stalled = (bytes: Buffer) => {
      const [source, stream] = [inChunks(bytes), new PassThrough()];
      source.pipe(stream, { end: false });
      onTestFinished(() => void stream.destroy());
      const isTaken = () => source.readableEnded && stream.readableLength + stream.writableLength === 0;
      return { stream, taken: () => expect.poll(isTaken, { timeout: 10_000 }).toBe(true) };
    };
    const nothingIsThere = async (key: string) => {
      expect(await store.stat(key)).toBeNull();
      expect(await store.sweep(later())).toBe(0);
    };

    it.each([
      ["nothing", 0],
      ["one byte", 1],
      ["less than a part", 5 * MiB],
      ["one part", 8 * MiB],
      ["several parts", 20 * MiB],
    ])("takes %s", async (_, size) => {
      const [key, bytes] = [keyOf(), randomBytes(size)];
      await store.write(key, inChunks(bytes), type);
      expect(await store.stat(key)).toMatchObject({ key, sizeBytes: size });
      expect((await bytesAt(await opened.again(), key)).equals(bytes)).toBe(true);
      expect(await store.sweep(later())).toBe(0);
    });

    it("gives what it took as it gives anything", async () => {
      const [key, bytes] = [keyOf(), randomBytes(9 * MiB)];
      await store.write(key, inChunks(bytes), type);
      const listed = [];
      for await (const object of store.list(key)) listed.push(object);
      expect(listed).toMatchObject([{ key, sizeBytes: bytes.length }]);
      const download = { expiresAt: later(), fileName: "a", contentType: "text/plain" };
      const response = await send(await store.signDownload(key, download));
      expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
      await store.remove(key);
      expect(await store.stat(key)).toBeNull();
    });

    it.each([
      ["a few bytes", 1_000],
      ["several parts", 17 * MiB],
    ])("has nothing at the key after %s, before the end", async (_, size) => {
      const [key, bytes] = [keyOf(), randomBytes(size)];
      const { stream, taken } = stalled(bytes);
      const writing = store.write(key, stream, type);
      await taken();
      expect(await store.stat(key)).toBeNull();
      stream.end();
      await writing;
      expect((await bytesAt(store, key)).equals(bytes)).toBe(true);
    });

    it.each([
      ["nothing", 0],
      ["a few bytes", 1_000],
      ["several parts", 17 * MiB],
    ])("throws what breaks a stream off after %s, and leaves nothing", async (_, size) => {
      const key = keyOf();
      // As the system tells of a line that is cut.
      const cut = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" });
      const { stream, taken } = stalled(randomBytes(size));
      const writing = store.write(key, stream, type);
      writing.catch(() => {});
      await taken();
      stream.destroy(cut);
      expect(await writing.catch((error) => error)).toBe(cut);
      await nothingIsThere(key);
    });

    it("throws where a stream closes before its end, and leaves nothing", async () => {
      const key = keyOf();
      const { stream } = stalled(randomBytes(1_000));
      const writing = store.write(key, stream, type);
      stream.destroy();
      await expect(writing).rejects.toThrow(/premature close/i);
      await nothingIsThere(key);
    });

    it.each([
      ["a few bytes", 1_000],
      ["several parts", 17 * MiB],
    ])("refuses %s for a key that is taken, and leaves the stream open", async (_, size) => {
      const bytes = randomBytes(100);
      const { key } = await put(store, bytes);
      const stream = inChunks(randomBytes(size));
      const refusal = await store.write(key, stream, type).catch((error) => error);
      expect(refusal).toMatchObject({ name: "ObjectStoreError", trouble: "AWAY" });
      expect([stream.destroyed, await bytesAt(store, key)]).toEqual([stream.readableEnded, bytes]);
      expect(await store.sweep(later())).toBe(0);
    });

    it("sweeps what was begun and never ended, of which no half becomes an object", async () => {
      const [key, bytes] = [keyOf(), randomBytes(17 * MiB)];
      const { stream, taken } = stalled(bytes);
      const writing = store.write(key, stream, type);
      writing.catch(() => {});
      await taken();
      expect(await store.sweep(Date.now() - 3_600_000)).toBe(0);
      await expect.poll(() => store.sweep(later()), { timeout: 10_000 }).toBeGreaterThanOrEqual(1);
      stream.end();
      const failure = await writing.catch((error) => error);
      // Azurite has the blocks of what was deleted come back with the next one.
      if (failure === undefined) return expect((await bytesAt(store, key)).equals(bytes)).toBe(true);
      expect(failure).toBeInstanceOf(ObjectStoreError);
      await nothingIsThere(key);
    });
  });
}
