import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { LocalStore } from "../../src/objects/local-store.ts";
import { changeRows } from "../support/access.ts";
import { engine, freshDatabase, objectFolderOf, type TestDatabase } from "../support/engines.ts";
import {
  askerAt,
  isRecorded,
  lyingIn,
  type Piece,
  piecesOf,
  push,
  Sent,
  threeFiles,
  wrongIn,
} from "../support/interrupted.ts";
import { otherProcess } from "../support/processes.ts";
import { registryOf } from "../support/registry.ts";
import { runServer, type ServerProcess } from "../support/server-process.ts";
import { type SentFile, senderOf } from "../support/uploads.ts";
import { adminToken } from "../support/world.ts";

let database: TestDatabase;
let folder: string;
let server: ServerProcess | null = null;
let made = 0;
/** How many objects there are. */
let stored = 0;

beforeAll(async () => {
  database = await freshDatabase();
  folder = objectFolderOf(database.settings);
});
afterAll(async () => {
  await server?.kill();
  await database.drop();
});

async function running(): Promise<ServerProcess> {
  server ??= await runServer(database.settings);
  return server;
}

async function kill(): Promise<void> {
  const victim = server;
  server = null;
  await victim?.kill();
}

/** A version, and files for it that nobody else has. */
async function begun(files = threeFiles()): Promise<Job> {
  const asking = askerAt((await running()).url, adminToken);
  // As when stored bytes are being deleted: the empty file is to be sent each time.
  await changeRows(database, "UPDATE stored_blob SET liveSha256 = NULL, state = 'DELETING'");
  const registry = registryOf(asking);
  const model = `killed-${++made}`;
  await registry.model(model);
  await registry.version(model);
  const version = `${model}/1`;
  const { upload } = await senderOf(asking).create(version, files);
  return { version, files, id: upload.id, pieces: piecesOf(upload, files), sent: new Sent() };
}

interface Job {
  version: string;
  files: SentFile[];
  id: string;
  pieces: Piece[];
  sent: Sent;
}

/** As when some time has passed since somebody died. */
const leasesRunOut = "UPDATE upload SET leasedUntil = 1 WHERE leasedUntil IS NOT NULL";

/** What was broken off is nowhere half, goes on with what is missing, and is right in the end. */
async function expectSound({ version, files, sent }: Job): Promise<void> {
  const asking = askerAt((await running()).url, adminToken);
  if (!(await isRecorded(asking, version, files))) {
    await changeRows(database, leasesRunOut);
    expect((await push(senderOf(asking), version, files, sent)).state).toBe("COMPLETED");
  }
  expect(await wrongIn(asking, version, files)).toEqual([]);
  expect(sent.needless).toEqual([]);
  expect(sent.again).toBeLessThanOrEqual(1);
  await (await LocalStore.open(folder, () => "")).sweep(Infinity);
  const keys = expect.objectContaining({ length: stored + files.length });
  expect(await lyingIn(folder)).toEqual({ keys, arriving: [], incoming: [] });
  stored += files.length;
}

/** Sends half of a body and no more, until the server holds some of it. */
async function sendHalf({ name, url, headers, body }: Piece, sent: Sent): Promise<void> {
  sent.begin(name);
  const asked = request(url, {
    method: "PUT",
    headers: {
      ...Object.fromEntries(headers.map(({ name, value }) => [name, value])),
      "content-length": body.length,
    },
  }).on("error", () => {});
  onTestFinished(() => void asked.destroy());
  asked.write(body.subarray(0, body.length / 2));
  await expect.poll(async () => (await lyingIn(folder)).arriving.length, { interval: 5 }).toBe(1);
}

const isSqlite = engine() === "sqlite";
/** A small file, an empty one, and three parts of one, of which the last is short. */
const [small, empty, part] = [1, 2, 4];

describe("a server killed", () => {
  it.each(isSqlite ? [small, part] : [part])(
    "in the middle of body %i loses no more than that",
    async (number) => {
      const job = await begun();
      for (const piece of job.pieces.slice(0, number - 1)) await job.sent.send(piece);
      const next = job.pieces[number - 1]!;
      await sendHalf(next, job.sent);
      await kill();
      await expectSound(job);
      expect(job.sent.again).toBe(1);
    },
  );

  it.each(isSqlite ? [empty, part] : [part])("after body %i loses nothing", async (number) => {
    const job = await begun();
    for (const piece of job.pieces.slice(0, number)) await job.sent.send(piece);
    await kill();
    await expectSound(job);
    expect(job.sent.again).toBe(0);
  });

  it.each(isSqlite ? [0, 2] : [0, 3])(
    "while it verifies, once %i files have their names, has recorded all or nothing",
    async (count) => {
      const job = await begun();
      for (const piece of job.pieces) await job.sent.send(piece);
      const before = (await lyingIn(folder)).keys.length;
      let isOver = false;
      const done = senderOf(askerAt((await running()).url, adminToken)).complete(job.id);
      const over = done.then(
        () => (isOver = true),
        () => (isOver = true),
      );
      while (!isOver && (await lyingIn(folder)).keys.length < before + count);
      await kill();
      await over;
      await expectSound(job);
      expect(job.sent.again).toBe(0);
    },
  );

  it("right after it has said that all is done has it done", async () => {
    const job = await begun();
    const sender = senderOf(askerAt((await running()).url, adminToken));
    expect((await push(sender, job.version, job.files, job.sent)).state).toBe("COMPLETED");
    await kill();
    expect(await isRecorded(askerAt((await running()).url, adminToken), job.version, job.files)).toBe(true);
    await expectSound(job);
  });

  it("while it hashes in the background is stood in for by the next one that starts, without being asked", async () => {
    const bytes = Buffer.alloc(257 * 1024 ** 2, `${made} and more`);
    const job = await begun([{ path: "huge.bin", bytes }]);
    for (const piece of job.pieces) await job.sent.send(piece);
    const { complete } = senderOf(askerAt((await running()).url, adminToken));
    expect((await complete(job.id)).upload.state).toBe("VERIFYING");
    await kill();
    await changeRows(database, leasesRunOut);
    const asking = askerAt((await running()).url, adminToken);
    await expect.poll(() => isRecorded(asking, job.version, job.files), { timeout: 30_000 }).toBe(true);
    await expectSound(job);
  });
});

/** A sender of its own process, which tells of each body when half of it is written, and when it is acknowledged. */
const sendsAll = `
  const { once } = await import("node:events");
  const { open } = await import("node:fs/promises");
  const { request } = await import("node:http");
  for (const { name, url, headers, file, size } of input) {
    const body = await (await open(file)).readFile();
    const asked = request(url, { method: "PUT", headers: { ...headers, "content-length": size } });
    asked.write(body.subarray(0, size / 2));
    tell({ name, is: "half" });
    await toldTo("on");
    asked.end(body.subarray(size / 2));
    const [response] = await once(asked, "response");
    response.resume();
    tell({ name, is: response.statusCode });
    await toldTo("on");
  }
`;

describe("a sender killed", () => {
  const moments = (isSqlite ? [empty, part] : [part]).flatMap((number) => [
    [number, "half"],
    [number, 200],
  ]);
  it.each(moments)(
    "at body %i, when it has told %s, goes on with what is missing",
    async (number, moment) => {
      const job = await begun();
      const place = await mkdtemp(join(tmpdir(), "stemma-bodies-"));
      onTestFinished(() => rm(place, { recursive: true, force: true }));
      const input = await Promise.all(
        job.pieces.map(async ({ name, url, headers, body }, at) => {
          const file = join(place, String(at));
          await writeFile(file, body);
          const asked = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
          return { name, url, headers: asked, file, size: body.length };
        }),
      );
      const child = otherProcess(sendsAll, input);
      for (;;) {
        const { name, is } = (await child.heard()) as { name: string; is: string | number };
        if (is === "half") job.sent.begin(name);
        else job.sent.acknowledge(name);
        if (name === job.pieces[Number(number) - 1]!.name && is === moment) break;
        child.say("on");
      }
      await child.kill();
      await expect.poll(async () => (await lyingIn(folder)).arriving).toEqual([]);
      await expectSound(job);
    },
  );
});
