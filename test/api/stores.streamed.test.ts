import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect, it } from "vitest";
import { freshKey } from "../../src/objects/blobs.ts";
import type { FreeParts, ObjectStore } from "../../src/objects/object-store.ts";
import { ForeignStoreError, OwnStore } from "../../src/objects/own-store.ts";
import { blobGround } from "../support/blob-ground.ts";

const request = { method: "PUT" as const, url: "http://127.0.0.1/a", headers: [] };
const arriving = { key: "a/b", ticket: "t" };

/** The registry's own store, and the same with the mark of another registry; what parts were asked for, they tell. */
async function stores() {
  const { db, store, clock } = await blobGround();
  const asked: string[] = [];
  const freeParts: FreeParts = {
    begin: async (...given) => `ticket ${asked.push(`begin ${given}`)}`,
    sign: async (_, number) => ({ ...request, url: `${request.url}${asked.push(`sign ${number}`)}` }),
    commit: async ({ key }, parts) => void asked.push(`commit ${key} of ${parts.length}`),
    abort: async ({ key }) => void asked.push(`abort ${key}`),
  };
  const signing: ObjectStore = Object.assign(Object.create(store), { freeParts });
  const foreign: ObjectStore = Object.assign(Object.create(signing), { mark: async () => "ab12" });
  const own = new OwnStore(signing, db, clock);
  await own.begin(() => {});
  return {
    store,
    asked,
    own,
    another: new OwnStore(foreign, db, clock),
    plain: new OwnStore(store, db, clock),
  };
}

it("a stream goes into the registry's own store, and nowhere where another's stands in its place", async () => {
  const { store, own, another } = await stores();
  const [key, other] = [freshKey(), freshKey()];
  await own.write(key, Readable.from([Buffer.from("abc")]), "text/plain");
  expect((await buffer(await store.read(key))).toString()).toBe("abc");
  const refused = another.write(other, Readable.from([Buffer.from("abc")]), "text/plain");
  await expect(refused).rejects.toBeInstanceOf(ForeignStoreError);
  expect(await store.stat(other)).toBeNull();
});

it("a stream that breaks off before anybody reads it ends nothing but itself", async () => {
  const { own } = await stores();
  const cut = new Error("cut");
  const stream = new Readable({ read() {} });
  const writing = own.write(freshKey(), stream, "text/plain");
  stream.destroy(cut);
  await expect(writing).rejects.toBe(cut);
});

it("parts are asked of the registry's own store, and of no other that stands in its place", async () => {
  const { asked, own, another, plain } = await stores();
  const freeParts = own.freeParts!;
  expect(await freeParts.begin("a/b", "text/plain")).toBe("ticket 1");
  expect(await freeParts.sign(arriving, 7, 0)).toEqual({ ...request, url: `${request.url}2` });
  await freeParts.commit(arriving, [{ number: 7, etag: "" }]);
  await freeParts.abort(arriving);
  const all = ["begin a/b,text/plain", "sign 7", "commit a/b of 1", "abort a/b"];
  expect(asked).toEqual(all);
  for (const ask of [
    () => another.freeParts!.begin("a/b", "text/plain"),
    () => another.freeParts!.sign(arriving, 1, 0),
    () => another.freeParts!.commit(arriving, []),
    () => another.freeParts!.abort(arriving),
  ]) {
    await expect(ask()).rejects.toBeInstanceOf(ForeignStoreError);
  }
  expect([asked, plain.freeParts]).toEqual([all, null]);
});
