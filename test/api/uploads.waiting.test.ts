import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { LocalStore } from "../../src/objects/local-store.ts";
import { ObjectStoreError } from "../../src/objects/object-store.ts";
import { UploadVerifier } from "../../src/registry/upload-verifier.ts";
import { codes } from "../support/governed.ts";
import { isRecorded } from "../support/interrupted.ts";
import { registryOf } from "../support/registry.ts";
import { fileOf, type Sender, type SentFile, sendAll, senderOf, sha256Of } from "../support/uploads.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
/** Another server on the same database and folder. */
let twin: World;
let sender: Sender;
let now = Date.parse("2026-03-01T00:00:00Z");
let made = 0;

const minute = 60_000;
const leaseMillis = 20_000;
/** How many a server takes up at once. */
const mostResumed = 10;

beforeAll(async () => {
  const clock = () => now;
  world = await startWorld({ clock });
  twin = await startWorld({ settings: world.settings, clock });
  sender = senderOf(world);
  return async () => {
    await twin.close();
    await world.close();
  };
});

const { resume: resumed } = UploadVerifier.prototype;
let mayResume = false;

/** Servers look every 15 seconds, too; here they do when they are told, so that it is known who has taken what up. */
beforeEach(() => {
  vi.spyOn(UploadVerifier.prototype, "resume").mockImplementation(async function (this: UploadVerifier) {
    return mayResume ? resumed.call(this) : 0;
  });
});

async function resume(server: World): Promise<void> {
  mayResume = true;
  await server.upkeep().finally(() => {
    mayResume = false;
  });
}

let reading: { mockRestore(): void } | null = null;
const mendReading = () => reading?.mockRestore();

afterEach(() => {
  vi.restoreAllMocks();
});

interface Sent {
  id: string;
  version: string;
  files: SentFile[];
}

/** An upload of one file, of which everything has arrived. */
async function sent(): Promise<Sent> {
  const model = `waiting-${++made}`;
  await registryOf(world).model(model);
  await registryOf(world).version(model);
  const files = [fileOf("a.bin", 1_000)];
  const { upload } = await sender.create(`${model}/1`, files);
  await sendAll(upload, files);
  return { id: upload.id, version: `${model}/1`, files };
}

/** What is done where a server reads an object, in the place of reading it. */
function onRead(instead: (key: string) => Promise<void>): void {
  const { read } = LocalStore.prototype;
  reading = vi.spyOn(LocalStore.prototype, "read").mockImplementation(async function (
    this: LocalStore,
    key,
    range,
  ) {
    await instead(key);
    return read.call(this, key, range);
  });
}

const states = async (uploads: readonly Sent[]) =>
  Promise.all(uploads.map(async ({ id }) => (await sender.upload(id)).state));

describe("uploads whose bytes cannot be read", () => {
  it("keep none from being verified that can be, however many they are, and are completed once they can", async () => {
    const sick: Sent[] = [];
    for (let at = 0; at < mostResumed; at++) sick.push(await sent());
    const sound = await sent();
    const complete = (id: string) =>
      world.graphql(`mutation { completeUpload(input: { upload: "${id}" }) { upload { id } } }`);
    let isSoundBroken = true;
    onRead(async (key) => {
      const isSound = key.includes(sha256Of(sound.files[0]!.bytes));
      if (isSound && !isSoundBroken) return;
      throw new ObjectStoreError("AWAY", "a bad sector");
    });
    for (const { id } of [...sick, sound]) {
      const { errors } = await complete(id);
      expect(errors).toMatchObject([{ extensions: { code: "UNAVAILABLE" } }]);
    }
    isSoundBroken = false;
    now += minute + 1;
    await resume(world);
    // All have waited for as long, so the oldest came first, and are left alone anew.
    await expect.poll(() => isLeftAlone(sick)).toBe(true);
    expect(await states([sound])).toEqual(["VERIFYING"]);
    now += minute + 1;
    await resume(world);
    await expect.poll(() => states([sound])).toEqual(["COMPLETED"]);
    expect(await isRecorded(world, sound.version, sound.files)).toBe(true);

    await expect.poll(() => isLeftAlone(sick.slice(0, mostResumed - 1))).toBe(true);
    mendReading();
    now += minute + 1;
    await resume(world);
    await expect.poll(() => states(sick)).toEqual(sick.map(() => "COMPLETED"));
  });

  /** Whether nobody has them for himself: the message is told again when a try has ended. */
  async function isLeftAlone(uploads: readonly Sent[]): Promise<boolean> {
    const told = await Promise.all(uploads.map(({ id }) => sender.upload(id)));
    return told.every(({ message }) => message?.includes("cannot be read now"));
  }
});

describe("an upload over which one server after the other falls silent", () => {
  it("is open again after the third, says so, and is completed without being sent again", async () => {
    const { id, version, files } = await sent();
    let reads = 0;
    let letGo = () => {};
    const isLet = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    onTestFinished(() => letGo());
    onRead(async () => {
      reads++;
      await isLet;
    });
    const silent: Promise<unknown>[] = [];
    const fallsSilent = async (begin: () => Promise<unknown>) => {
      const before = reads;
      silent.push(begin().catch(() => {}));
      await expect.poll(() => reads).toBe(before + 1);
      now += leaseMillis + 1;
    };
    await fallsSilent(() => sender.complete(id));
    await fallsSilent(() => senderOf(twin).complete(id));
    expect(await sender.upload(id)).toMatchObject({ state: "VERIFYING", message: null });
    await fallsSilent(() => resume(world));
    await resume(twin);
    const open = await sender.upload(id);
    expect(open).toMatchObject({ state: "OPEN", message: expect.stringContaining("3 times") });
    expect(open.files).toMatchObject([{ isMissing: false, message: null }]);
    expect(reads).toBe(3);

    letGo();
    await Promise.all(silent);
    // What they found was theirs to say no longer.
    expect((await sender.upload(id)).state).toBe("OPEN");
    const done = await sender.complete(id);
    expect([codes(done), done.upload.state]).toEqual([[], "COMPLETED"]);
    expect(await isRecorded(world, version, files)).toBe(true);
  });
});
