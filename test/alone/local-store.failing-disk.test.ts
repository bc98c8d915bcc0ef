import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { LocalStore } from "../../src/objects/local-store.ts";
import { largestWholeBytes } from "../../src/objects/parts.rules.ts";
import type { PartGrant, WholeGrant } from "../../src/objects/signed-url.rules.ts";
import { bytesAt, partOf, sha256Of } from "../support/object-store-contract.ts";

/** What is asked of the disk is counted, and refused once, at that place. */
const disk = vi.hoisted(() => ({
  asked: 0,
  failsAt: Infinity,
  code: "",
  refused: "",
  takesAtMost: Infinity,
}));

vi.mock("node:fs/promises", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:fs/promises")>();
  const ask = (name: string) => {
    if (++disk.asked !== disk.failsAt) return;
    disk.refused = name;
    throw Object.assign(new Error(`${disk.code}: refused, ${name}`), { code: disk.code, syscall: name });
  };
  const counted = <A extends unknown[], R>(name: string, call: (...given: A) => Promise<R>) => {
    return async (...given: A) => {
      ask(name);
      return call(...given);
    };
  };
  const names = ["link", "lstat", "mkdir", "readdir", "realpath", "rename", "rm", "rmdir", "unlink"] as const;
  const wrapped = names.map((name) => [name, counted(name, real[name] as () => Promise<unknown>)] as const);
  const open: typeof real.open = async (...given) => {
    ask("open");
    const handle = await real.open(...given);
    handle.sync = counted("fsync", handle.sync.bind(handle));
    handle.writev = counted("writev", async (chunks) => {
      const bytes = Buffer.concat(chunks as unknown as Buffer[]);
      const { bytesWritten } = await handle.write(bytes, 0, Math.min(bytes.length, disk.takesAtMost));
      return { bytesWritten, buffers: chunks };
    });
    return handle;
  };
  return { ...real, ...Object.fromEntries(wrapped), open };
});

const { link, mkdir, mkdtemp, readdir, rm } =
  await vi.importActual<typeof import("node:fs/promises")>("node:fs/promises");

const incomingOf = (bytes: Buffer) => ({
  key: "a/b",
  sizeBytes: bytes.length,
  sha256: sha256Of(bytes),
  contentType: "a/b",
  ticket: "",
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "stemma-failing-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function sendAll(store: LocalStore, bytes: Buffer): Promise<void> {
  const { whole, parts } = await store.transfer(incomingOf(bytes), Infinity);
  const take = async (url: string, body: Buffer) => {
    const grant = store.signer.grantFor("PUT", url, 0) as WholeGrant | PartGrant;
    await store.arrivals.take(grant, Readable.from([body.subarray(0, 100), body.subarray(100)]));
  };
  if (whole) await take(whole.url, bytes);
  for (const part of parts) await take(part.url, partOf(bytes, part));
}

async function upload(folder: string, bytes: Buffer): Promise<void> {
  const store = await LocalStore.open(folder, () => "");
  await sendAll(store, bytes);
  await store.commit(incomingOf(bytes));
}

/** Does it with a disk that fails at the `at`th call; which that was, or null where there were fewer. */
async function failing(code: string, at: number, work: () => Promise<void>): Promise<string | null> {
  Object.assign(disk, { asked: 0, failsAt: at, code });
  const outcome = await work().then(
    () => null, // Some calls may fail without harm.
    (error: unknown) => error,
  );
  const hasFailed = disk.asked >= at;
  disk.failsAt = Infinity;
  if (outcome !== null) {
    const trouble = code === "ENOSPC" ? "FULL" : "AWAY";
    expect(outcome).toMatchObject({ name: "ObjectStoreError", trouble });
  }
  return hasFailed ? disk.refused : null;
}

/** Tries it once for each call that `work` makes; answers which calls these are. */
async function atEachCall(
  code: string,
  bytes: Buffer,
  folderFor: () => Promise<string>,
  work: (folder: string) => Promise<void>,
): Promise<Set<string>> {
  const failed = new Set<string>();
  for (let at = 1; ; at++) {
    const folder = await folderFor();
    const call = await failing(code, at, () => work(folder));
    if (call === null) return failed;
    failed.add(call);
    const store = await LocalStore.open(folder, () => "");
    const isSound = async () => (await bytesAt(store, "a/b")).equals(bytes);
    if (await store.stat("a/b")) expect(await isSound()).toBe(true);
    await work(folder);
    expect(await isSound()).toBe(true);
    await store.sweep(Infinity);
    for (const place of ["arriving", "incoming"]) expect(await readdir(join(folder, place))).toEqual([]);
  }
}

describe("a disk that fails at any call leaves an object whole or absent, and a second try succeeds:", () => {
  it.each(["EIO", "ENOSPC"])("%s while a whole object is sent", async (code) => {
    const bytes = randomBytes(1_000);
    const failed = await atEachCall(code, bytes, newFolder, (folder) => upload(folder, bytes));
    const calls = ["fsync", "link", "mkdir", "open", "rmdir", "unlink", "writev"];
    expect([...failed]).toEqual(expect.arrayContaining(calls));
  });

  it("EIO while parts that have arrived are committed", async () => {
    const bytes = randomBytes(largestWholeBytes + 1);
    const sent = await newFolder();
    await sendAll(await LocalStore.open(sent, () => ""), bytes);
    // What has arrived is never written again, so each try may begin with the same files.
    const withParts = async () => {
      const folder = await newFolder();
      await mkdir(join(folder, "incoming", "a_b"), { recursive: true });
      for (const part of await readdir(join(sent, "incoming", "a_b"))) {
        await link(join(sent, "incoming", "a_b", part), join(folder, "incoming", "a_b", part));
      }
      return folder;
    };
    const commit = async (folder: string) => {
      await (await LocalStore.open(folder, () => "")).commit(incomingOf(bytes));
    };
    const failed = await atEachCall("EIO", bytes, withParts, commit);
    expect([...failed]).toEqual(expect.arrayContaining(["fsync", "lstat", "mkdir", "open", "rename"]));
  });
});

it("a disk that takes less at once than it is given is given the rest", async () => {
  const folder = await newFolder();
  const bytes = randomBytes(1_000);
  disk.takesAtMost = 7;
  await upload(folder, bytes).finally(() => {
    disk.takesAtMost = Infinity;
  });
  expect(await bytesAt(await LocalStore.open(folder, () => ""), "a/b")).toEqual(bytes);
});
