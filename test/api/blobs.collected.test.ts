import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { administrator } from "../../src/access/authenticate.ts";
import { sql } from "../../src/db/sql.ts";
import { freshKey, freshKeyFor } from "../../src/objects/blobs.ts";
import { ObjectStoreError } from "../../src/objects/object-store.ts";
import type { Swept } from "../../src/objects/orphan-sweep.ts";
import { blobGround } from "../support/blob-ground.ts";
import { type Ground, type Rig, rigOn, type SomeFile, stranger } from "../support/blob-rig.ts";
import { dangling, leaked } from "../support/stored-truth.ts";

const filesOf = (...sizes: number[]): SomeFile[] =>
  sizes.map((size, at) => ({ path: `file-${at}`, bytes: randomBytes(size) }));

async function pushed(rig: Rig, files: SomeFile[], actor = administrator): Promise<number> {
  const version = await rig.version("m");
  const upload = await rig.open(actor, version, files);
  await rig.send(upload, files);
  await rig.complete(upload);
  return version;
}

const statesOf = async ({ db }: Pick<Ground, "db">) =>
  (await db.read.query<{ state: string }>(sql`SELECT state FROM stored_blob ORDER BY id`)).map(
    ({ state }) => state,
  );
const keysOf = async ({ db }: Pick<Ground, "db">) =>
  (await db.read.query<{ storageKey: string }>(sql`SELECT storageKey FROM stored_blob ORDER BY id`)).map(
    ({ storageKey }) => storageKey,
  );

describe("bytes that nothing refers to", () => {
  it("are condemned, and gone with their row once the grace is over", async () => {
    const ground = await blobGround();
    const rig = rigOn(ground);
    const { collector } = rig.collection;
    await rig.purge(await pushed(rig, filesOf(10, 20)));
    expect(await collector.collect()).toEqual({ condemned: 2, blobs: 0, bytes: 0 });
    ground.advance(ground.graceSeconds * 1_000 - 1_000);
    expect(await collector.collect()).toEqual({ condemned: 0, blobs: 0, bytes: 0 });
    expect(await statesOf(ground)).toEqual(["CONDEMNED", "CONDEMNED"]);
    ground.advance(1_000);
    expect(await collector.collect()).toEqual({ condemned: 0, blobs: 2, bytes: 30 });
    expect([await statesOf(ground), await leaked(ground.db.read, ground.store)]).toEqual([[], []]);
  });

  it("are saved by who sends them anew within the grace, and keep their key", async () => {
    const ground = await blobGround();
    const rig = rigOn(ground);
    const files = filesOf(10);
    await rig.purge(await pushed(rig, files));
    await rig.collection.collector.collect();
    const keys = await keysOf(ground);
    await pushed(rig, files, stranger);
    expect([await statesOf(ground), await keysOf(ground)]).toEqual([["LIVE"], keys]);
    ground.advance(9 * ground.graceSeconds * 1_000);
    expect(await rig.collection.collector.collect()).toEqual({ condemned: 0, blobs: 0, bytes: 0 });
    expect(await dangling(ground.db.read, ground.store)).toEqual([]);
  });

  it("come under another key where they are sent anew while they are deleted", async () => {
    const ground = { ...(await blobGround()), graceSeconds: 0 };
    const rig = rigOn(ground);
    const files = filesOf(10);
    await rig.purge(await pushed(rig, files));
    const [old] = await keysOf(ground);
    const store = Object.assign(Object.create(ground.store), {
      remove: async (key: string) => {
        expect(await statesOf(ground)).toEqual(["DELETING"]);
        await pushed(rig, files);
        await ground.store.remove(key);
      },
    });
    await rigOn({ ...ground, store }).collection.collector.collect();
    const keys = await keysOf(ground);
    expect([keys.length, keys[0] === old]).toEqual([1, false]);
    expect(await dangling(ground.db.read, ground.store)).toEqual([]);
    expect(await leaked(ground.db.read, ground.store)).toEqual([]);
  });
});

describe("a collection", () => {
  it("is one at a time: who asks meanwhile is told what it did", async () => {
    const rig = rigOn({ ...(await blobGround()), graceSeconds: 0 });
    await rig.purge(await pushed(rig, filesOf(10)));
    const { collector } = rig.collection;
    const [one, other] = [collector.collect(), collector.collect()];
    expect(await one).toEqual({ condemned: 1, blobs: 1, bytes: 10 });
    expect(await other).toBe(await one);
  });

  it("goes on past an object that the store does not remove, says so, and ends it the next time", async () => {
    const ground = { ...(await blobGround()), graceSeconds: 0 };
    const rig = rigOn(ground);
    await rig.purge(await pushed(rig, filesOf(10, 20, 30)));
    const [stuck] = await keysOf(ground);
    const remove = async (key: string) => {
      if (key === stuck) throw new ObjectStoreError("AWAY", "not now");
      await ground.store.remove(key);
    };
    const store = Object.assign(Object.create(ground.store), { remove });
    await expect(rigOn({ ...ground, store }).collection.collector.collect()).rejects.toThrow("not now");
    expect([await keysOf(ground), await statesOf(ground)]).toEqual([[stuck], ["DELETING"]]);
    expect((await rig.collection.collector.collect()).blobs).toBe(1);
    expect(await leaked(ground.db.read, ground.store)).toEqual([]);
  });
});

describe("orphans", () => {
  it("are removed once they are older than the grace, and nothing that an upload under way has sent is one", async () => {
    const ground = await blobGround();
    const rig = rigOn(ground);
    const files = filesOf(10, 20);
    const upload = await rig.open(administrator, await rig.version("m"), files);
    // The first is garbled; the second is committed, and waits for it.
    await rig.send(upload, files, true);
    await rig.complete(upload).catch(() => {});
    const key = `sha256/ab/${"ab".repeat(32)}-0123456789abcdef`;
    const incoming = { key, sizeBytes: 0, sha256: "", contentType: "", ticket: "" };
    const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const grant = { kind: "whole" as const, key, sizeBytes: 0, sha256: empty, contentType: "", expiresAt: 0 };
    await ground.store.arrivals.take(grant, Readable.from([Buffer.alloc(0)]));
    await ground.store.commit(incoming);
    expect(await rig.collection.orphans.sweep()).toEqual({ objects: 0, bytes: 0 });
    ground.advance(ground.graceSeconds * 1_000 + 1_000);
    expect(await rig.collection.orphans.sweep()).toEqual({ objects: 1, bytes: 0 });
    await rig.send(upload, files);
    await rig.complete(upload);
    expect(await dangling(ground.db.read, ground.store)).toEqual([]);
  });

  it("are found within a round, whatever their keys begin with", async () => {
    const ground = await blobGround();
    const { orphans } = rigOn(ground).collection;
    const keys = [freshKeyFor("ab".repeat(32)), freshKey()];
    for (const key of keys) await ground.store.write(key, Readable.from([Buffer.alloc(10)]));
    ground.advance(ground.graceSeconds * 1_000 + 1_000);
    const swept: Swept[] = [];
    for (let shelf = 0; shelf < 256; shelf += 1) swept.push(await orphans.next());
    expect(swept.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(20);
    for (const key of keys) expect(await ground.store.stat(key)).toBeNull();
  });

  it("are none where another store has come to the place of the one that was asked", async () => {
    const ground = await blobGround();
    const rig = rigOn(ground);
    await pushed(rig, filesOf(10));
    ground.advance(ground.graceSeconds * 1_000 + 1_000);
    const before = await keysOf(ground);
    await ground.db.write((tx) => tx.run(sql`UPDATE stored_blob SET storageKey = 'elsewhere'`));
    const check = vi
      .spyOn(ground.store, "check")
      .mockRejectedValueOnce(new ObjectStoreError("AWAY", "the object store is that of another registry"));
    onTestFinished(() => check.mockRestore());
    await ground.db.write((tx) => tx.run(sql`UPDATE upload_file SET storageKey = NULL`));
    await expect(rig.collection.orphans.sweep()).rejects.toThrow("another registry");
    expect(await ground.store.stat(before[0]!)).not.toBeNull();
    expect(await rig.collection.orphans.sweep()).toEqual({ objects: 1, bytes: 10 });
  });
});
