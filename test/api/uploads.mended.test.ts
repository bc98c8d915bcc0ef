import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import { objectFolderOf } from "../support/engines.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import {
  announced,
  fileOf,
  type Sender,
  type SentFile,
  sendAll,
  senderOf,
  sha256Of,
} from "../support/uploads.ts";
import { startWorld, type World } from "../support/world.ts";

const day = 24 * 3600 * 1_000;
let now = Date.parse("2026-03-01T00:00:00Z");
let world: World;
let registry: Registry;
let sender: Sender;
let made = 0;

beforeAll(async () => {
  world = await startWorld({ clock: () => now });
  registry = registryOf(world);
  sender = senderOf(world);
  return world.close;
});

async function freshVersion(model = `mended-${++made}`): Promise<string> {
  if (model === `mended-${made}`) await registry.model(model);
  const { number } = await registry.version(model);
  return `${model}/${number}`;
}

/** The stored files of these bytes. */
async function placesOf({ bytes }: SentFile): Promise<string[]> {
  const folder = join(objectFolderOf(world.settings), "objects");
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.includes(sha256Of(bytes))).map((name) => join(folder, name));
}

const shown =
  "status statusMessage card { status revision } artifacts(first: 1000) { path scan downloadUrl contents { findings tensorCount } }";
const look = async (version: string) =>
  (await world.ask(`query ($version: VersionRef!) { modelVersion(ref: $version) { ${shown} } }`, { version }))
    .modelVersion;

describe("bytes that an upload refers to because they are stored", () => {
  it.each([
    ["are gone", (place: string) => rm(place)],
    ["have another size", (place: string) => writeFile(place, "short")],
    ["are others", (place: string) => writeFile(place, Buffer.alloc(2_000))],
  ])("are asked for again where they %s, and the new ones heal what had them", async (_, spoil) => {
    const [first, second] = [await freshVersion(), await freshVersion()];
    const file = fileOf("weights.bin", 2_000);
    await sender.push(first, [file]);
    now += 2 * day; // hashed too long ago to be believed
    const { upload } = await sender.create(second, [file]);
    expect(upload.files).toMatchObject([{ alreadyStored: true }]);
    for (const place of await placesOf(file)) await spoil(place);
    const refused = await sender.complete(upload.id);
    expect(refused.userErrors).toMatchObject([{ code: "INVALID" }]);
    const open = await sender.upload(upload.id);
    expect(open.files).toMatchObject([{ alreadyStored: false, isMissing: true }]);
    await sendAll(open, [file]);
    expect((await sender.complete(upload.id)).modelVersion.status).toBe("READY");
    for (const version of [first, second]) {
      const { artifacts } = await look(version);
      const got = Buffer.from(await (await fetch(artifacts[0].downloadUrl)).arrayBuffer());
      expect(got.equals(file.bytes)).toBe(true);
    }
  });
});

it("the same bytes under many names are looked into a few times, and little is kept of them all", async () => {
  const names = Array.from({ length: 300 }, (_, at) => `t${at}`.padEnd(150, "x"));
  const header: Record<string, object> = {};
  for (const [at, name] of names.entries()) {
    header[name] = { dtype: "U8", shape: [1], data_offsets: [at, at + 1] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const bytes = Buffer.concat([length, json, Buffer.alloc(names.length)]);
  await sender.push(await freshVersion(), [{ path: "a.safetensors", bytes }]);
  const version = await freshVersion();
  const files = Array.from({ length: 400 }, (_, at) => ({
    ...announced({ path: `${at}.${at < 300 ? "safetensors" : `e${at}`}`, bytes }),
  }));
  const { upload } = await sender.announce(version, files);
  expect((await sender.complete(upload.id)).modelVersion.status).toBe("READY");
  const { artifacts } = await look(version);
  const tensors = artifacts.map((one: { contents: { tensorCount: number } }) => one.contents.tensorCount);
  expect(tensors.filter((count: number) => count === 300).length).toBeGreaterThanOrEqual(60);
  const findings = artifacts.flatMap((one: { contents: { findings: string[] } }) => one.contents.findings);
  expect(findings.join("; ")).toContain("too many names");
});

describe("a model card among the files", () => {
  const card = { path: "README.md", bytes: Buffer.from("# Mine\n\nText of the uploader.\n") };

  it("is the card where its sender may write cards, and else a file alone", async () => {
    const version = await freshVersion();
    const [model] = version.split("/");
    await registry.mutate("defineRole", {
      name: `UPLOADER_${made}`,
      permissions: ["registry:read", "artifact:upload"],
    });
    const uploader = await person(world, `uploader-${made}`, { grants: [[`UPLOADER_${made}`, model!]] });
    const { modelVersion } = await senderOf(uploader).push(version, [card]);
    expect(modelVersion.statusMessage).toBe(
      "README.md was not taken for the card: who completed the upload may not write cards, which takes version:write",
    );
    expect(await look(version)).toMatchObject({ status: "READY", card: null });
    const own = await freshVersion();
    await sender.push(own, [card]);
    expect(await look(own)).toMatchObject({ statusMessage: null, card: { status: "DRAFT" } });
  });

  it("does not take the place of an approved one", async () => {
    const version = await freshVersion();
    await registry.mutate("setModelCard", { version, markdown: "# Ours\n\nReviewed.\n", status: "APPROVED" });
    await sender.push(version, [card]);
    const { card: kept, status, statusMessage } = await look(version);
    expect([kept.status, kept.revision, status]).toEqual(["APPROVED", 1, "READY"]);
    expect(statusMessage).toContain("README.md was not taken for the card");
  });
});

describe("an upload that nobody completes", () => {
  it("is given up, and its version is as it was, where the model was deleted and comes back", async () => {
    const version = await freshVersion();
    const [model] = version.split("/");
    await sender.create(version, [fileOf("a")]);
    const { model: known } = await world.ask("query ($name: String!) { model(name: $name) { id } }", {
      name: model,
    });
    const { id } = known;
    await registry.mutate("deleteModel", { model });
    now += 8 * day;
    await world.upkeep();
    await registry.mutate("restoreModel", { model: id });
    expect(await look(version)).toMatchObject({ status: "READY", statusMessage: null });
    expect((await sender.push(version, [fileOf("b")])).modelVersion.status).toBe("READY");
  });
});

it("evidence must fit into one folder with the bundle", async () => {
  const version = await freshVersion();
  await sender.push(version, [fileOf("model")]);
  const { userErrors } = await sender.create(version, [fileOf("model/sig.txt")], { isEvidence: true });
  expect(userErrors).toMatchObject([{ code: "CONFLICT", path: ["input", "files"] }]);
});
