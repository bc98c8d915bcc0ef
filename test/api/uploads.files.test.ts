import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { objectFolderOf } from "../support/engines.ts";
import { codes } from "../support/governed.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { rowsOf } from "../support/row-counts.ts";
import {
  announced,
  fileOf,
  put,
  type Sender,
  type SentFile,
  sendAll,
  senderOf,
  sha256Of,
} from "../support/uploads.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let sender: Sender;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  sender = senderOf(world);
  return world.close;
});

async function freshVersion(): Promise<string> {
  const model = `filed-${++made}`;
  await registry.model(model);
  await registry.version(model);
  return `${model}/1`;
}

const facts = `status statusMessage digest artifacts { path role uri downloadUrl verifiedAt sha256 contentType }
  card { markdown yaml isFresh confirmedBy { name } } history(first: 50) { nodes { type } }`;
const read = async (version: string) =>
  (await world.ask(`query ($ref: VersionRef!) { modelVersion(ref: $ref) { ${facts} } }`, { ref: version }))
    .modelVersion;
const typesOf = async (version: string) =>
  (await read(version)).history.nodes.map(({ type }: { type: string }) => type);

/** Where the local store has what a signed URL leads to. */
function placesOf(url: string): { arrived: string; objects: string[] } {
  const key = new URL(url).pathname.replace("/blobs/", "");
  const root = objectFolderOf(world.settings);
  const object = join(root, "objects", key);
  return {
    arrived: join(root, "incoming", key.replaceAll("/", "_"), "00001"),
    objects: [object, `${object}_parts`],
  };
}

/** Sends what is asked for, with other bytes in one place, and answers where these lie now. */
const wrongWays: [name: string, size: number, send: (upload: Sent, file: SentFile) => Promise<string>][] = [
  [
    "one part of it is another",
    33 * 1024 * 1024,
    async (upload, file) => {
      const { parts } = upload.files[0]!;
      await sendAll(upload, [{ ...file, bytes: otherThan(file.bytes) }]);
      return parts[0]!.url;
    },
  ],
  [
    "it was changed after it arrived",
    1_000,
    async (upload, file) => {
      await sendAll(upload, [file]);
      await writeFile(placesOf(upload.files[0]!.url!).arrived, otherThan(file.bytes));
      return upload.files[0]!.url!;
    },
  ],
];

type Sent = { id: string; files: { url: string | null; parts: { url: string }[] }[] };

/** The last byte is another. */
function otherThan(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes);
  other[other.length - 1]! ^= 1;
  return other;
}

describe("a file that is not as announced", () => {
  it.each(wrongWays)(
    "is told of where %s, never recorded, and taken once it is right",
    async (_, size, send) => {
      const version = await freshVersion();
      const file = fileOf("model/weights.bin", size);
      const sound = fileOf("a");
      const { upload } = await sender.create(version, [file, sound]);
      await put(upload.files[0], sound.bytes);
      const wrong = await send({ ...upload, files: upload.files.slice(1) }, file);
      const [expected, got] = [sha256Of(file.bytes), sha256Of(otherThan(file.bytes))];
      const { userErrors } = await sender.complete(upload.id);
      expect(userErrors).toMatchObject([{ code: "INVALID", path: ["input", "upload"] }]);
      const says = `expected SHA-256 ${expected}; got ${got}`;
      expect(userErrors[0].message).toContain(
        `1 of 2 files are not as announced: model/weights.bin: ${says}`,
      );
      const open = await sender.upload(upload.id);
      expect(open).toMatchObject({ state: "OPEN", message: expect.stringContaining(says) });
      expect(open.files).toMatchObject([
        { path: "a", isMissing: false, message: null },
        { path: "model/weights.bin", isMissing: true, message: says },
      ]);
      expect(await read(version)).toMatchObject({ status: "PENDING", digest: null, artifacts: [] });
      for (const path of [placesOf(wrong).arrived, ...placesOf(wrong).objects])
        expect(existsSync(path)).toBe(false);
      await sendAll(open, [file, sound]);
      expect((await sender.complete(upload.id)).modelVersion).toMatchObject({ status: "READY" });
      const { artifacts } = await read(version);
      expect(artifacts.map(({ sha256 }: { sha256: string }) => sha256)).toEqual([
        sha256Of(sound.bytes),
        expected,
      ]);
      const bytes = await (await fetch(artifacts[1].downloadUrl)).arrayBuffer();
      expect(sha256Of(Buffer.from(bytes))).toBe(expected);
      expect(await rowsOf(world.settings, `SELECT id FROM stored_blob WHERE sha256 = '${got}'`)).toEqual([]);
      expect(await typesOf(version)).toEqual(["version.registered", "upload.opened", "bundle.sealed"]);
    },
  );

  it("is refused at the door where it goes in one request", async () => {
    const file = fileOf("a");
    const { upload } = await sender.create(await freshVersion(), [file]);
    expect(await put(upload.files[0], otherThan(file.bytes))).toBe(422);
    expect((await sender.upload(upload.id)).files).toMatchObject([{ isMissing: true }]);
  });
});

describe("an idempotency key", () => {
  it("makes each step once, and says again that something is missing", async () => {
    const version = await freshVersion();
    const files = [fileOf("a")];
    const keyed = (step: string) => ({ idempotencyKey: `${version} ${step}` });
    const [first, again] = [
      await sender.create(version, files, keyed("create")),
      await sender.create(version, files, keyed("create")),
    ];
    expect(again.upload.id).toBe(first.upload.id);
    const early = await sender.complete(first.upload.id, keyed("early"));
    await sendAll(first.upload, files);
    const replayed = await sender.complete(first.upload.id, keyed("early"));
    expect([codes(early), codes(replayed)]).toEqual([["INVALID"], ["INVALID"]]);
    for (let turn = 0; turn < 2; turn++) {
      const { upload, userErrors } = await sender.complete(first.upload.id, keyed("complete"));
      expect([userErrors, upload.state]).toEqual([[], "COMPLETED"]);
    }
    const other = await sender.create(version, [fileOf("b")], keyed("create"));
    expect(codes(other)).toEqual(["IDEMPOTENCY_MISMATCH"]);
    expect(await typesOf(version)).toEqual(["version.registered", "upload.opened", "bundle.sealed"]);
  });

  it("keeps an upload aborted, and the next one open", async () => {
    const version = await freshVersion();
    const { upload } = await sender.create(version, [fileOf("a")]);
    const input = { upload: upload.id, idempotencyKey: `${version} abort` };
    const done = "upload { id state } modelVersion { status }";
    const first = await registry.mutate("abortUpload", input, done);
    const next = await sender.create(version, [fileOf("a")]);
    const again = await registry.mutate("abortUpload", input, done);
    expect([first.upload, again.upload]).toEqual(Array(2).fill({ id: upload.id, state: "ABORTED" }));
    expect(again.modelVersion.status).toBe("PENDING");
    expect((await sender.upload(next.upload.id)).state).toBe("OPEN");
  });
});

describe("a file that lies elsewhere", () => {
  it("is recorded and never fetched, and has no address here", async () => {
    let knocks = 0;
    const server = createServer((socket) => {
      knocks++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const version = await freshVersion();
    const uris = [`https://127.0.0.1:${port}/a`, "s3://bucket/weights.bin", "/mnt/none/at/all"];
    const files = uris.map((uri, at) => ({ ...announced(fileOf(`f${at}`)), uri, role: "MODEL_CARD" }));
    const { upload } = await sender.announce(version, files);
    for (const file of upload.files)
      expect(file).toMatchObject({ alreadyStored: true, isMissing: false, url: null, parts: [] });
    expect((await sender.complete(upload.id)).modelVersion.status).toBe("READY");
    const { artifacts, card, statusMessage } = await read(version);
    expect({ card, statusMessage }).toEqual({ card: null, statusMessage: null });
    expect(artifacts).toMatchObject(
      uris.map((uri, at) => ({ uri, sha256: files[at]!.sha256, downloadUrl: null, verifiedAt: null })),
    );
    expect(knocks).toBe(0);
  });

  it("counts for no stored bytes: who announces the same ones sends them", async () => {
    const file = fileOf("a");
    const uri = "s3://bucket/a";
    const { upload } = await sender.announce(await freshVersion(), [{ ...announced(file), uri }]);
    await sender.complete(upload.id);
    const next = await sender.create(await freshVersion(), [file]);
    expect(next.upload.files).toMatchObject([{ alreadyStored: false, isMissing: true }]);
  });
});

describe("a model card in a bundle", () => {
  const cardFile = (path: string, text: string | Buffer): SentFile => {
    return { path, bytes: Buffer.from(text as string), role: "MODEL_CARD" };
  };

  it("becomes the version's card, confirmed by the person who completes the upload", async () => {
    const version = await freshVersion();
    const anna = await registry.colleague(`anna ${made}`, "CONTRIBUTOR");
    const files = [cardFile("README.md", "---\nlicense: mit\n---\n# Scores\n"), fileOf("a")];
    const { upload } = await sender.create(version, files);
    await sendAll(upload, files);
    await anna.mutate("completeUpload", { upload: upload.id }, "upload { state }");
    const { card, statusMessage } = await read(version);
    expect(card).toMatchObject({ markdown: expect.stringContaining("# Scores"), isFresh: true });
    expect(card.confirmedBy).toEqual({ name: `anna ${made}` });
    expect(statusMessage).toBeNull();
    expect((await typesOf(version)).slice(-2)).toEqual(["upload.opened", "bundle.sealed"]);
  });

  it("may be YAML, and is the card where its bytes were stored before, too", async () => {
    const file = cardFile("card.yaml", `name: shared ${made}\nlimitations: none\n`);
    for (const version of [await freshVersion(), await freshVersion()]) {
      await sender.push(version, [file]);
      expect((await read(version)).card).toMatchObject({ yaml: file.bytes.toString() });
    }
  });

  it.each([
    ["is no YAML", cardFile("card.yaml", "a: [1\n")],
    ["is empty", cardFile("README.md", "  \n")],
    ["is no text", cardFile("README.md", "a\u0000b")],
    ["is too large", cardFile("README.md", "x".repeat(256 * 1024 + 1))],
  ])("that %s is said so, and keeps nothing from being sealed", async (_, file) => {
    const version = await freshVersion();
    await sender.push(version, [file]);
    const { status, statusMessage, card, artifacts } = await read(version);
    expect({ status, card, count: artifacts.length }).toEqual({ status: "READY", card: null, count: 1 });
    expect(statusMessage).toContain(`${file.path} was not taken for the card: `);
  });

  it("does not confirm the one that is there: files that come later are news to who confirmed it", async () => {
    const version = await freshVersion();
    const paula = await registry.colleague(`paula ${made}`, "CONTRIBUTOR");
    await paula.mutate("setModelCard", { version, card: { details: "mine" } });
    expect((await read(version)).card.isFresh).toBe(true);
    await sender.push(version, [fileOf("a")]);
    expect((await read(version)).card.isFresh).toBe(false);
  });
});
