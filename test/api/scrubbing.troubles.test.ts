import { mkdir, readdir, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { troubleOf } from "../../src/objects/file-trouble.ts";
import { LocalStore } from "../../src/objects/local-store.ts";
import { objectFolderOf } from "../support/engines.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { fileOf, type Sender, type SentFile, senderOf, sha256Of } from "../support/uploads.ts";
import { startWorld, type World } from "../support/world.ts";

const hour = 3600 * 1_000;
const day = 24 * hour;
let now = Date.parse("2026-03-01T00:00:00Z");
let world: World;
let registry: Registry;
let sender: Sender;
let objects: string;
let made = 0;

beforeAll(async () => {
  world = await startWorld({ clock: () => now });
  registry = registryOf(world);
  sender = senderOf(world);
  objects = join(objectFolderOf(world.settings), "objects");
  return world.close;
});

afterEach(() => {
  vi.restoreAllMocks();
});

let version: string;
let file: SentFile;

async function sent(size: number): Promise<void> {
  const model = `troubled-${++made}`;
  await registry.model(model);
  await registry.version(model);
  version = `${model}/1`;
  file = fileOf("weights.bin", size);
  await sender.push(version, [file]);
}

beforeEach(() => sent(5_000));

/** Where its bytes are: a file, or a folder of parts. */
async function placeOf({ bytes }: SentFile): Promise<string> {
  const names = await readdir(objects, { recursive: true });
  return join(objects, names.find((name) => name.includes(sha256Of(bytes)))!);
}

async function look() {
  const question = `query ($version: VersionRef!) { modelVersion(ref: $version) { isCorrupt artifacts { verifiedAt } } }`;
  const { isCorrupt, artifacts } = (await world.ask(question, { version })).modelVersion;
  return { isCorrupt, verifiedAt: artifacts[0].verifiedAt };
}

async function upkeepAfter(millis: number) {
  now += millis;
  await world.upkeep();
  return look();
}

const verifiedNow = () => ({ isCorrupt: false, verifiedAt: new Date(now).toISOString() });

/** Reading the file fails as the disk, or the network to it, fails. */
function readingFails(code: string, times = Infinity) {
  const { read } = LocalStore.prototype;
  let left = times;
  vi.spyOn(LocalStore.prototype, "read").mockImplementation(function (this: LocalStore, key, range) {
    if (!key.includes(sha256Of(file.bytes)) || left-- <= 0) return read.call(this, key, range);
    const refused = Object.assign(new Error(code), { code, syscall: "read" });
    return Promise.reject(troubleOf(refused) as Error);
  });
}

describe("while the store is away", () => {
  it("nothing is corrupt because an empty folder stands in its place, and all is due when it is back", async () => {
    const before = await look();
    await rename(objects, `${objects}-away`);
    await mkdir(objects);
    expect(await upkeepAfter(31 * day)).toEqual(before);
    await rm(objects, { recursive: true });
    await rename(`${objects}-away`, objects);
    expect(await upkeepAfter(1)).toEqual(verifiedNow());
  });

  it("nothing is corrupt because nothing is in its place at all", async () => {
    const before = await look();
    await rename(objects, `${objects}-away`);
    expect(await upkeepAfter(31 * day)).toEqual(before);
    await rename(`${objects}-away`, objects);
    expect(await upkeepAfter(1)).toEqual(verifiedNow());
  });

  it("the server says that it is not ready", async () => {
    await rename(objects, `${objects}-away`);
    await mkdir(objects);
    const { status } = await fetch(`${world.url}/ready`);
    await rm(objects, { recursive: true });
    await rename(`${objects}-away`, objects);
    expect(status).toBe(503);
  });

  it("what is wrong for that reading alone is not believed", async () => {
    readingFails("EIO", 1);
    expect(await upkeepAfter(31 * day)).toEqual(verifiedNow());
  });
});

describe("where the store works", () => {
  it("an object that cannot be read is corrupt", async () => {
    readingFails("EIO");
    expect(await upkeepAfter(31 * day)).toMatchObject({ isCorrupt: true });
  });

  it("an object that could not be asked for is not, and is tried again within the hour or so", async () => {
    const before = await look();
    readingFails("ETIMEDOUT");
    expect(await upkeepAfter(31 * day)).toEqual(before);
    vi.restoreAllMocks();
    expect(await upkeepAfter(59 * 60 * 1_000)).toEqual(before);
    expect(await upkeepAfter(2 * 60 * 1_000)).toEqual(verifiedNow());
  });

  it("an object that a server began to hash and was not heard of again is hashed by another in an hour", async () => {
    const before = await look();
    const twin = await startWorld({ settings: world.settings, clock: () => now });
    onTestFinished(twin.close);
    let letGo = () => {};
    const isLet = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    onTestFinished(() => letGo());
    const { read } = LocalStore.prototype;
    const isHeld = new Promise<void>((tell) => {
      const held = vi.spyOn(LocalStore.prototype, "read").mockImplementation(async function (
        this: LocalStore,
        key,
        range,
      ) {
        if (!key.includes(sha256Of(file.bytes))) return read.call(this, key, range);
        held.mockRestore();
        tell();
        await isLet;
        return read.call(this, key, range);
      });
    });
    now += 31 * day;
    const silent = world.upkeep();
    await isHeld;
    now += 59 * 60 * 1_000;
    await twin.upkeep();
    expect(await look()).toEqual(before);
    now += 2 * 60 * 1_000;
    await twin.upkeep();
    expect(await look()).toEqual(verifiedNow());
    letGo();
    await silent;
    const verified = verifiedNow();
    expect(await look()).toEqual(verified);
    expect(await upkeepAfter(29 * day)).toEqual(verified);
  });

  it("an object is corrupt that has lost the end of a part in its middle", async () => {
    await sent(33 * 1024 ** 2);
    const parts = await placeOf(file);
    expect(await readdir(parts)).toEqual(["00001", "00002", "00003"]);
    await truncate(join(parts, "00002"), 1_000);
    expect(await upkeepAfter(31 * day)).toMatchObject({ isCorrupt: true });
  });

  it("what is corrupt is looked at again in an hour, each hour, and heals by itself", async () => {
    const place = await placeOf(file);
    await writeFile(place, "other");
    expect(await upkeepAfter(31 * day)).toMatchObject({ isCorrupt: true });
    expect(await upkeepAfter(hour + 1)).toMatchObject({ isCorrupt: true });
    await writeFile(place, file.bytes);
    expect(await upkeepAfter(59 * 60 * 1_000)).toMatchObject({ isCorrupt: true });
    expect(await upkeepAfter(2 * 60 * 1_000)).toEqual(verifiedNow());
  });
});

describe("the rate", () => {
  it("holds for many small objects as for a large one", async () => {
    let then = now;
    const slow = await startWorld({
      clock: () => then,
      scrub: { everyDays: 30, bytesPerSecond: 20_000 },
    });
    try {
      const { model, version: add } = registryOf(slow);
      await model("slow");
      await add("slow");
      const files = Array.from({ length: 10 }, (_, at) => fileOf(`${at}.bin`, 1_000));
      await senderOf(slow).push("slow/1", files);
      then += 31 * day;
      const began = performance.now();
      await slow.upkeep();
      // 10,000 bytes at 20,000 a second; timers may be early by a little.
      expect(performance.now() - began).toBeGreaterThan(480);
    } finally {
      await slow.close();
    }
  });

  it("does not keep a server from ending", async () => {
    let then = now;
    const slow = await startWorld({ clock: () => then, scrub: { everyDays: 30, bytesPerSecond: 1 } });
    const { model, version: add } = registryOf(slow);
    await model("slow");
    await add("slow");
    await senderOf(slow).push("slow/1", [fileOf("large.bin", 100_000)]);
    then += 31 * day;
    const { read } = LocalStore.prototype;
    const reading = new Promise<void>((resolve) => {
      vi.spyOn(LocalStore.prototype, "read").mockImplementation(function (this: LocalStore, key, range) {
        resolve();
        return read.call(this, key, range);
      });
    });
    const scrubbing = slow.upkeep();
    await reading;
    await slow.close();
    await scrubbing;
  });
});
