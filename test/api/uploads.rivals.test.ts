import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { LocalStore } from "../../src/objects/local-store.ts";
import { ObjectStoreError } from "../../src/objects/object-store.ts";
import { changeRows } from "../support/access.ts";
import { emptyDatabase, objectFolderOf } from "../support/engines.ts";
import { codes } from "../support/governed.ts";
import { isRecorded, lyingIn } from "../support/interrupted.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { fileOf, put, type Sender, type SentFile, sendAll, senderOf } from "../support/uploads.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
/** Another server on the same database and folder. */
let twin: World;
let registry: Registry;
let senders: [Sender, Sender];
let made = 0;
let lateMillis = 0;
const clock = () => Date.now() + lateMillis;
const leaseMillis = 20_000;

beforeAll(async () => {
  world = await startWorld({ clock });
  twin = await startWorld({ settings: world.settings, clock });
  registry = registryOf(world);
  senders = [senderOf(world), senderOf(twin)];
  return async () => {
    await twin.close();
    await world.close();
  };
});

const rounds = Array.from({ length: 20 }, (_, at) => at + 1);

async function freshVersion(): Promise<string> {
  const model = `rivals-${++made}`;
  await registry.model(model);
  await registry.version(model);
  return `${model}/1`;
}

async function sent(files: SentFile[] = [fileOf("a", 10_000), fileOf("b")]) {
  const version = await freshVersion();
  const { upload } = await senders[0].create(version, files);
  await sendAll(upload, files);
  return { version, files, id: upload.id as string };
}

const statusOf = async (version: string): Promise<string> =>
  (await world.ask(`query ($ref: VersionRef!) { modelVersion(ref: $ref) { status } }`, { ref: version }))
    .modelVersion.status;

async function downloads(version: string): Promise<Buffer[]> {
  const { modelVersion } = await world.ask(
    `query ($ref: VersionRef!) { modelVersion(ref: $ref) { bundle { files { downloadUrl } } } }`,
    { ref: version },
  );
  const bytesAt = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer());
  return Promise.all(
    modelVersion.bundle.files.map((file: { downloadUrl: string }) => bytesAt(file.downloadUrl)),
  );
}

/** Holds up the next call of the store until it is let go. */
function holdUp(call: "open" | "read"): { isHeld: Promise<void>; letGo: () => void } {
  const real = LocalStore.prototype[call] as (...given: unknown[]) => Promise<never>;
  let letGo = () => {};
  const isLet = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const isHeld = new Promise<void>((tell) => {
    const held = vi.spyOn(LocalStore.prototype, call).mockImplementation(async function (
      this: LocalStore,
      ...given: unknown[]
    ) {
      held.mockRestore();
      tell();
      await isLet;
      return real.apply(this, given);
    });
    onTestFinished(() => held.mockRestore());
  });
  return { isHeld, letGo };
}

describe("at two servers at once", () => {
  it.each(rounds)("an upload is completed once (round %i)", async () => {
    const { version, files, id } = await sent();
    const answers = await Promise.all(senders.map((sender) => sender.complete(id)));
    expect(answers.flatMap(codes)).toEqual([]);
    expect(answers.map(({ upload }) => upload.state)).toContain("COMPLETED");
    expect(await isRecorded(world, version, files)).toBe(true);
  });

  it.each(rounds)("it is either completed or aborted (round %i)", async () => {
    const { version, files, id } = await sent();
    const [done, gone] = await Promise.all([senders[0].complete(id), senders[1].abort(id)]);
    const { state } = await senders[0].upload(id);
    expect([codes(done), codes(gone)]).toEqual(
      state === "COMPLETED" ? [[], ["CONFLICT"]] : [["CONFLICT"], []],
    );
    expect(await isRecorded(world, version, files)).toBe(state === "COMPLETED");
    expect(await statusOf(version)).toBe("READY");
    if (state === "ABORTED") await senders[1].push(version, files);
  });

  it.each(rounds)("the same files are announced as one upload (round %i)", async () => {
    const version = await freshVersion();
    const files = [fileOf("a"), fileOf("b")];
    const [one, other] = await Promise.all(senders.map((sender) => sender.create(version, files)));
    expect([codes(one), codes(other), other.upload.id]).toEqual([[], [], one.upload.id]);
    await Promise.all([sendAll(one.upload, files), sendAll(other.upload, files)]);
    expect((await senders[1].complete(one.upload.id)).upload.state).toBe("COMPLETED");
    expect(await isRecorded(world, version, files)).toBe(true);
    expect(await downloads(version)).toEqual(files.map(({ bytes }) => bytes));
  });
});

describe("what is sent by one URL of two that were asked for at once", () => {
  it("stays, however late the other is told", async () => {
    const version = await freshVersion();
    const files = [fileOf("a")];
    const { isHeld, letGo } = holdUp("open");
    const slow = senders[0].create(version, files);
    await isHeld;
    const { upload } = await senders[1].create(version, files);
    await sendAll(upload, files);
    letGo();
    expect((await slow).upload).toMatchObject({ id: upload.id, files: [{ isMissing: false, url: null }] });
    expect((await senders[0].complete(upload.id)).upload.state).toBe("COMPLETED");
  });
});

describe("what arrives just when it was found missing", () => {
  it("is not thrown away, however late the server that missed it goes on", async () => {
    const version = await freshVersion();
    const files = [fileOf("a"), fileOf("b")];
    const { upload } = await senders[0].create(version, files);
    await put(upload.files[0], files[0]!.bytes);
    const { remove } = LocalStore.prototype;
    const late = vi.spyOn(LocalStore.prototype, "remove").mockImplementation(async function (
      this: LocalStore,
      key,
    ) {
      late.mockRestore();
      await senders[1].push(version, files);
      await remove.call(this, key);
    });
    onTestFinished(() => late.mockRestore());
    expect(codes(await senders[0].complete(upload.id))).toEqual(["INVALID"]);
    late.mockRestore();
    // The same lack, told twice.
    if (!(await isRecorded(world, version, files))) {
      expect(codes(await senders[0].complete(upload.id))).toEqual(["INVALID"]);
      await senders[1].push(version, files);
    }
    expect(await downloads(version)).toEqual(files.map(({ bytes }) => bytes));
  });
});

describe("a server that stands still while it verifies", () => {
  it("keeps the upload for twenty seconds; then another takes over, and nothing is done twice", async () => {
    const { version, files, id } = await sent([fileOf("a")]);
    const { isHeld, letGo } = holdUp("read");
    const slow = senders[0].complete(id);
    await isHeld;
    expect((await senders[1].complete(id)).upload.state).toBe("VERIFYING");
    expect(codes(await senders[1].abort(id))).toEqual(["CONFLICT"]);
    lateMillis += leaseMillis + 1;
    expect((await senders[1].complete(id)).upload.state).toBe("COMPLETED");
    letGo();
    expect((await slow).upload.state).toBe("COMPLETED");
    expect(await isRecorded(world, version, files)).toBe(true);
    expect(await downloads(version)).toEqual(files.map(({ bytes }) => bytes));
  });

  it("does not take back what another has found wrong, and what has been sent anew since", async () => {
    const version = await freshVersion();
    const files = [fileOf("a"), fileOf("b")];
    const { upload } = await senders[0].create(version, files);
    await put(upload.files[0], files[0]!.bytes);
    const { isHeld, letGo } = holdUp("read");
    const slow = senders[0].complete(upload.id);
    await isHeld;
    lateMillis += leaseMillis + 1;
    expect(codes(await senders[1].complete(upload.id))).toEqual(["INVALID"]);
    await senders[1].push(version, files);
    letGo();
    const told = await slow;
    expect([codes(told), told.upload.state]).toEqual([[], "COMPLETED"]);
    expect(await isRecorded(world, version, files)).toBe(true);
    expect(await downloads(version)).toEqual(files.map(({ bytes }) => bytes));
  });
});

describe("an upload that was being verified when everything stopped", () => {
  it("is completed by the next server that starts, without being asked, and soon", async () => {
    const own = await emptyDatabase();
    const first = await startWorld({ settings: own });
    await registryOf(first).model("left");
    await registryOf(first).version("left");
    const files = [fileOf("a")];
    const { upload } = await senderOf(first).create("left/1", files);
    await sendAll(upload, files);
    const left = "UPDATE upload SET state = 'VERIFYING', completedById = createdById, leasedUntil = 1";
    await changeRows(first, left);
    await first.close();
    const next = await startWorld({ settings: own });
    onTestFinished(next.close);
    // Servers that run look every 15 seconds.
    await expect.poll(() => isRecorded(next, "left/1", files), { timeout: 10_000 }).toBe(true);
  });
});

describe("an upload whose bytes cannot be read", () => {
  it("waits for the store, and can be given up meanwhile: the version takes another, and nothing is left of it", async () => {
    const folder = objectFolderOf(world.settings);
    const before = await lyingIn(folder);
    const { version, files, id } = await sent();
    const broken = vi.spyOn(LocalStore.prototype, "read").mockImplementation(async () => {
      throw new ObjectStoreError("AWAY", "a bad sector");
    });
    onTestFinished(() => broken.mockRestore());
    const refused = await world.graphql(
      `mutation { completeUpload(input: { upload: "${id}" }) { upload { id } } }`,
    );
    expect(refused.errors).toMatchObject([{ extensions: { code: "UNAVAILABLE" } }]);
    expect(await senders[1].upload(id)).toMatchObject({ state: "VERIFYING" });
    expect(await statusOf(version)).toBe("PENDING");
    expect((await senders[1].abort(id)).upload.state).toBe("ABORTED");
    expect(await lyingIn(folder)).toEqual(before);
    broken.mockRestore();
    await senders[0].push(version, files);
    expect(await statusOf(version)).toBe("READY");
  });
});
