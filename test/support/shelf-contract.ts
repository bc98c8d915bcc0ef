import { randomBytes, randomUUID } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { beforeAll, describe, expect, it } from "vitest";
import type { ObjectStore, StorageClass } from "../../src/objects/object-store.ts";
import { largestWholeBytes } from "../../src/objects/parts.rules.ts";
import { bytesAt, type OpenedStore, put, send, sendAll, sha256Of } from "./object-store-contract.ts";

/** A store and a look behind its back. */
export interface OpenedShelf extends OpenedStore {
  /** What the server calls the class that this object is in. */
  classOf(key: string): Promise<string>;
  /** What it calls these. */
  names: Record<StorageClass, string>;
}

export interface OpenedLocks extends OpenedStore {
  /** How many versions and marks the bucket keeps, of whatever. */
  versions(): Promise<number>;
  /** Whether each version of what is at this key is under legal hold. */
  areHeld(key: string): Promise<boolean>;
}

const missing = { name: "ObjectStoreError", trouble: "MISSING" };
const locked = { name: "ObjectStoreError", trouble: "LOCKED" };
const small = () => randomBytes(1_000);
const inParts = () => randomBytes(largestWholeBytes + 8 * 1024 * 1024);
const each = [
  ["a whole object", small],
  ["parts", inParts],
] as const;

/** What every object store does that has a class for what is cold. */
export function coldClassContract(name: string, open: () => Promise<OpenedShelf>): void {
  describe(name, () => {
    let opened: OpenedShelf;
    let store: ObjectStore;
    beforeAll(async () => {
      opened = await open();
      store = opened.store;
      return opened.close;
    });

    it.each(each)(
      "moves %s to the class for what is cold and back, the same bytes all the while",
      async (_, some) => {
        expect(store.hasCold).toBe(true);
        const { key, sha256, sizeBytes } = await put(store, some());
        const { names } = opened;
        for (const to of ["COLD", "COLD", "STANDARD", "STANDARD", "COLD"] as const) {
          await (await opened.again()).setClass(key, to);
          expect(await opened.classOf(key)).toBe(names[to]);
          expect(sha256Of(await bytesAt(store, key))).toBe(sha256);
          expect(await store.stat(key)).toMatchObject({ sizeBytes });
          const download = { expiresAt: Date.now() + 60_000, fileName: "a", contentType: "text/x" };
          const response = await send(await store.signDownload(key, download));
          expect(sha256Of(Buffer.from(await response.arrayBuffer()))).toBe(sha256);
        }
        const keys: string[] = [];
        for await (const object of store.list(key)) keys.push(object.key);
        expect(keys).toEqual([key]);
        await store.remove(key);
        expect(await store.stat(key)).toBeNull();
      },
    );

    it("moves what two servers move at once", async () => {
      const { key, sha256 } = await put(store, inParts());
      const neighbour = await opened.again();
      await Promise.all([store.setClass(key, "COLD"), neighbour.setClass(key, "COLD")]);
      expect(await opened.classOf(key)).toBe(opened.names.COLD);
      expect(sha256Of(await bytesAt(store, key))).toBe(sha256);
    });

    it("reads on where something is moved meanwhile", async () => {
      const { key, sha256 } = await put(store, inParts());
      const stream = await store.read(key);
      await store.setClass(key, "COLD");
      expect(sha256Of(await buffer(stream))).toBe(sha256);
    });

    it("moves nothing that is not there", async () => {
      for (const to of ["COLD", "STANDARD"] as const) {
        await expect(store.setClass(`contract/${randomUUID()}`, to)).rejects.toMatchObject(missing);
      }
    });

    it("says nothing of what it has no class for", async () => {
      const { key } = await put(store, small());
      expect(await opened.classOf(key)).toBe(opened.names.STANDARD);
    });
  });
}

/** What every object store does that can lock objects; its class for what is cold is set. */
export function lockContract(name: string, open: () => Promise<OpenedLocks>): void {
  describe(name, () => {
    let opened: OpenedLocks;
    let store: ObjectStore;
    beforeAll(async () => {
      opened = await open();
      store = opened.store;
      return opened.close;
    });

    it.each(each)(
      "removes no %s while a lock holds it, and leaves nothing behind afterwards",
      async (_, some) => {
        const before = await opened.versions();
        expect(await store.canLock()).toBe(true);
        const { key, sha256 } = await put(store, some());
        const neighbour = await opened.again();
        await store.setLock(key, true);
        await neighbour.setLock(key, true);
        expect(await opened.areHeld(key)).toBe(true);
        await expect(store.remove(key)).rejects.toMatchObject(locked);
        await expect(neighbour.remove(key)).rejects.toMatchObject(locked);
        expect(sha256Of(await bytesAt(store, key))).toBe(sha256);
        await neighbour.setLock(key, false);
        await store.setLock(key, false);
        await store.remove(key);
        await store.remove(key);
        expect(await store.stat(key)).toBeNull();
        expect(await opened.versions()).toBe(before);
      },
    );

    it.each(each)("keeps the lock on %s that it moves, and no copy beside it", async (_, some) => {
      const { key, sha256 } = await put(store, some());
      await store.setLock(key, true);
      const before = await opened.versions();
      for (const to of ["COLD", "STANDARD", "COLD"] as const) {
        await store.setClass(key, to);
        expect(await opened.versions()).toBe(before);
        expect(await opened.areHeld(key)).toBe(true);
        await expect(store.remove(key)).rejects.toMatchObject(locked);
      }
      expect(sha256Of(await bytesAt(store, key))).toBe(sha256);
    });

    it("keeps no old copy of what it moves without a lock", async () => {
      const { key } = await put(store, small());
      const before = await opened.versions();
      await store.setClass(key, "COLD");
      expect(await opened.versions()).toBe(before);
      await store.remove(key);
      expect(await opened.versions()).toBe(before - 1);
    });

    it("locks nothing that is not there", async () => {
      const { key } = await put(store, small());
      await store.remove(key);
      for (const isLocked of [true, false]) {
        await expect(store.setLock(key, isLocked)).rejects.toMatchObject(missing);
      }
    });

    it("tells objects apart of which one's key begins as the other's", async () => {
      const one = await put(store, small());
      const bytes = small();
      const { key: _, ticket: __, ...told } = { ...one, sha256: sha256Of(bytes) };
      const begun = { ...told, key: `${one.key}-more` };
      const other = { ...begun, ticket: await store.open(begun) };
      await sendAll(store, other, bytes);
      await store.commit(other);
      await store.setLock(other.key, true);
      await store.setClass(one.key, "COLD");
      expect(sha256Of(await bytesAt(store, one.key))).toBe(one.sha256);
      await store.remove(one.key);
      expect(await opened.areHeld(other.key)).toBe(true);
      expect(await store.stat(other.key)).not.toBeNull();
    });

    it("leaves nothing behind of what arrived and was committed or given up", async () => {
      const before = await opened.versions();
      await put(store, small());
      const { key } = await put(store, inParts());
      await store.remove(key);
      expect(await opened.versions()).toBe(before + 1);
    });
  });
}
