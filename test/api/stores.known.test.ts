import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { DatabaseSettings } from "../../src/config.ts";
import { changeRows } from "../support/access.ts";
import { emptyDatabase, freshDatabase, objectFolderOf } from "../support/engines.ts";
import { registryOf } from "../support/registry.ts";
import { fileOf, put, type SentFile, sendAll, senderOf } from "../support/uploads.ts";
import { startWorld, type World, type WorldOptions } from "../support/world.ts";

const day = 24 * 3600 * 1_000;
let now = Date.parse("2026-03-01T00:00:00Z");
const clock = () => now;
const foreign = "the object store is that of another registry";
const absent = "the object store is not the one that this registry has used so far";

/** A server that ends with the test. */
async function started(settings: DatabaseSettings, more: WorldOptions = {}): Promise<World> {
  const world = await startWorld({ settings, clock, ...more });
  onTestFinished(world.close);
  return world;
}

interface Place {
  settings: DatabaseSettings;
  /** Where its objects are. */
  folder: string;
  file: SentFile;
}

/** A registry with one file, and no server any longer. */
async function left(): Promise<Place> {
  const settings = await emptyDatabase();
  const world = await startWorld({ settings, clock });
  await registryOf(world).model("kept");
  await registryOf(world).version("kept");
  const file = fileOf("weights.bin", 5_000);
  await senderOf(world).push("kept/1", [file]);
  await world.close();
  return { settings, folder: objectFolderOf(settings), file };
}

/** The folder as it is where nothing is mounted; resolves to what mounts it again. */
async function unmounted({ folder }: Place): Promise<() => Promise<void>> {
  await rename(folder, `${folder}-away`);
  await mkdir(folder);
  return async () => {
    await rm(folder, { recursive: true });
    await rename(`${folder}-away`, folder);
  };
}

async function readiness({ url }: World) {
  const response = await fetch(`${url}/ready`);
  const { reasons } = (await response.json()) as { reasons: Record<string, string> };
  return { status: response.status, reasons };
}

/** It asks its store every two seconds. */
const becomesReady = (world: World) =>
  expect.poll(() => readiness(world), { timeout: 20_000 }).toEqual({ status: 200, reasons: {} });

async function look(world: World) {
  const question = `{ modelVersion(ref: "kept/1") { isCorrupt artifacts { verifiedAt downloadUrl } } }`;
  const { isCorrupt, artifacts } = (await world.ask(question)).modelVersion;
  return { isCorrupt, verifiedAt: artifacts[0].verifiedAt, url: artifacts[0].downloadUrl as string };
}

async function isFetched(world: World, { file }: Place): Promise<boolean> {
  const response = await fetch((await look(world)).url);
  return Buffer.from(await response.arrayBuffer()).equals(file.bytes);
}

describe("a server that starts where nothing is mounted", () => {
  it("is not ready and says why, takes nothing, misses nothing, and goes on once the store is back", async () => {
    const place = await left();
    const mount = await unmounted(place);
    const world = await started(place.settings);
    expect(await readiness(world)).toEqual({ status: 503, reasons: { objects: absent } });
    const before = await look(world);
    now += 31 * day;
    await world.upkeep();
    expect(await look(world)).toMatchObject({ isCorrupt: false, verifiedAt: before.verifiedAt });

    // The same bytes again, elsewhere: neither missed nor asked for anew.
    await registryOf(world).version("kept");
    const { upload } = await senderOf(world).create("kept/2", [place.file]);
    const refused = await world.graphql(
      `mutation { completeUpload(input: { upload: "${upload.id}" }) { upload { id } } }`,
    );
    expect(refused.errors).toMatchObject([
      { message: expect.stringContaining(absent), extensions: { code: "UNAVAILABLE" } },
    ]);
    const other = fileOf("other.bin");
    await registryOf(world).version("kept");
    const announced = { path: other.path, sizeBytes: 100, sha256: "ab".repeat(32) };
    const asked = await world.graphql(
      `mutation ($files: [UploadFileInput!]!) {
         createUpload(input: { version: "kept/3", files: $files }) { upload { files { url } } } }`,
      { files: [announced] },
    );
    expect(asked.errors).toMatchObject([{ extensions: { code: "UNAVAILABLE" } }]);
    expect(await readdir(join(place.folder, "objects"))).toEqual([]);

    await mount();
    await becomesReady(world);
    now += day;
    await world.upkeep();
    expect(await look(world)).toMatchObject({ verifiedAt: new Date(now).toISOString() });
    expect(await isFetched(world, place)).toBe(true);
    // By the key that the folder has: each server takes what the other has signed.
    const neighbour = await started(place.settings);
    const { pathname, search } = new URL((await look(neighbour)).url);
    expect((await fetch(`${world.url}${pathname}${search}`)).status).toBe(200);
    await expect.poll(() => isComplete(world, upload.id)).toBe(true);
  });

  const isComplete = async (world: World, id: string) =>
    (await senderOf(world).upload(id)).state === "COMPLETED";

  it("says so too where its database is older than marks, and takes the store for its own when it is back", async () => {
    const place = await left();
    await changeRows(place, "DELETE FROM store_mark");
    await rm(join(place.folder, "objects", ".registry"));
    const mount = await unmounted(place);
    const world = await started(place.settings);
    expect(await readiness(world)).toMatchObject({
      status: 503,
      reasons: { objects: "the object store has nothing of what this registry has stored" },
    });
    await mount();
    await becomesReady(world);
    expect(await isFetched(world, place)).toBe(true);
    expect(await readFile(join(place.folder, "objects", ".registry"), "latin1")).toMatch(/^[0-9a-f]{32}\n$/);
  });
});

describe("a store of a database that is older than marks", () => {
  it("is its own, too, where the newest of what it has stored was being removed just then", async () => {
    const place = await left();
    await changeRows(place, "DELETE FROM store_mark");
    await rm(join(place.folder, "objects", ".registry"));
    // Bytes go before their rows do: a server was killed in between.
    const leaving = (
      key: string,
    ) => `SELECT sha256, sizeBytes, 'blobs/ab/${key}', 'DELETING', stateAt, createdAt,
      verifiedAt, lookedAt FROM stored_blob WHERE state = 'LIVE'`;
    const columns = "sha256, sizeBytes, storageKey, state, stateAt, createdAt, verifiedAt, lookedAt";
    const gone = ["a", "b", "c", "d", "e"].map(leaving).join(" UNION ALL ");
    await changeRows(place, `INSERT INTO stored_blob (${columns}) ${gone}`);
    const world = await started(place.settings);
    expect(await readiness(world)).toEqual({ status: 200, reasons: {} });
    expect(await isFetched(world, place)).toBe(true);
  });
});

describe("a store whose bytes are lost for good", () => {
  it.each([
    ["has a mark", ""],
    ["is older than marks", `INSERT INTO store_mark VALUES (1, '${"0f".repeat(16)}', NULL)`],
  ])("is taken as it is where somebody says so, by a database that %s", async (_, saying) => {
    const place = await left();
    await rm(place.folder, { recursive: true });
    if (saying) await changeRows(place, "DELETE FROM store_mark");
    const world = await started(place.settings);
    expect(await readiness(world)).toMatchObject({ status: 503 });
    await changeRows(place, saying || "UPDATE store_mark SET writtenAt = NULL");
    expect(await readiness(await started(place.settings))).toMatchObject({ status: 200 });
    await becomesReady(world);
    now += 31 * day;
    await world.upkeep();
    expect(await look(world)).toMatchObject({ isCorrupt: true });
  });
});

describe("a store that goes while the server runs", () => {
  it("is not taken for one in which the bytes are not, by who fetches or sends them", async () => {
    const place = await left();
    const world = await started(place.settings);
    const { url } = await look(world);
    const file = fileOf("more.bin");
    await registryOf(world).version("kept");
    const { upload } = await senderOf(world).create("kept/2", [file]);
    const mount = await unmounted(place);
    for (const name of ["objects", "incoming", "arriving"]) await mkdir(join(place.folder, name));
    expect(await readiness(world)).toMatchObject({ status: 503 });
    const fetched = await fetch(url);
    expect([fetched.status, fetched.headers.get("retry-after")]).toEqual([503, expect.any(String)]);
    expect(await put(upload.files[0], file.bytes)).toBe(503);
    expect(await readdir(join(place.folder, "incoming"))).toEqual([]);
    await mount();
    await becomesReady(world);
    expect(await isFetched(world, place)).toBe(true);
  });

  it("has what arrived for an upload wait for it", async () => {
    const place = await left();
    const world = await started(place.settings);
    const file = fileOf("more.bin");
    await registryOf(world).version("kept");
    const { upload } = await senderOf(world).create("kept/2", [file]);
    await sendAll(upload, [file]);
    const mount = await unmounted(place);
    await mkdir(join(place.folder, "objects"));
    await mkdir(join(place.folder, "incoming"));
    await mkdir(join(place.folder, "arriving"));
    const { errors } = await world.graphql(
      `mutation { completeUpload(input: { upload: "${upload.id}" }) { upload { id } } }`,
    );
    expect(errors).toMatchObject([{ extensions: { code: "UNAVAILABLE" } }]);
    await mount();
    now += 61_000;
    await world.upkeep();
    await expect.poll(async () => (await senderOf(world).upload(upload.id)).state).toBe("COMPLETED");
  });
});

describe("the store of another registry", () => {
  it("is refused by a server that starts, and keeps what is in it", async () => {
    const place = await left();
    const other = await left();
    for (const settings of [other.settings, await emptyDatabase()]) {
      const store = { kind: "file", path: place.folder } as const;
      await expect(startWorld({ settings, store })).rejects.toThrow(
        new RegExp(`^OBJECT_STORE_URL: folder .* cannot be used: ${foreign}`),
      );
    }
    expect(await isFetched(await started(place.settings), place)).toBe(true);
  });

  it("that comes to the place of its own is left alone", async () => {
    const place = await left();
    const other = await left();
    const world = await started(place.settings);
    await rename(place.folder, `${place.folder}-away`);
    await rename(other.folder, place.folder);
    expect(await readiness(world)).toEqual({ status: 503, reasons: { objects: foreign } });
    now += 365 * day;
    await world.upkeep();
    await rename(place.folder, other.folder);
    await rename(`${place.folder}-away`, place.folder);
    expect(await isFetched(await started(other.settings), other)).toBe(true);
    await becomesReady(world);
  });
});

describe("the store of this registry", () => {
  it("may be moved by copying all of it", async () => {
    const place = await left();
    const path = `${place.folder}-moved`;
    await cp(place.folder, path, { recursive: true });
    await rm(place.folder, { recursive: true });
    const world = await started(place.settings, { store: { kind: "file", path } });
    expect(await readiness(world)).toMatchObject({ status: 200 });
    expect(await isFetched(world, place)).toBe(true);
  });

  it("is known to a database that was restored from before it was marked", async () => {
    const place = await left();
    await changeRows(place, "DELETE FROM store_mark");
    const world = await started(place.settings);
    expect(await readiness(world)).toMatchObject({ status: 200 });
    expect(await isFetched(world, place)).toBe(true);
  });

  it("is marked once by servers that start at the same time, and at last where one was killed on the way", async () => {
    const { settings, drop } = await freshDatabase();
    onTestFinished(drop);
    const worlds = await Promise.all([started(settings), started(settings)]);
    for (const world of worlds) expect(await readiness(world)).toMatchObject({ status: 200 });
    const mark = join(objectFolderOf(settings), "objects", ".registry");
    const before = await readFile(mark, "latin1");
    await rm(mark);
    await changeRows({ settings }, "UPDATE store_mark SET writtenAt = NULL");
    expect(await readiness(await started(settings))).toMatchObject({ status: 200 });
    expect(await readFile(mark, "latin1")).toBe(before);
    await writeFile(mark, "0".repeat(32));
    await expect(startWorld({ settings })).rejects.toThrow(foreign);
  });
});
