import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { objectFolderOf } from "../support/engines.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { fileOf, type Sender, type SentFile, senderOf, sha256Of } from "../support/uploads.ts";
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

/** Every file of the folder in which bytes of this digest are kept. */
async function placesOf({ bytes }: SentFile): Promise<string[]> {
  const folder = objectFolderOf(world.settings);
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.includes(sha256Of(bytes))).map((name) => join(folder, name));
}

const shown = `isCorrupt artifacts { path sha256 verifiedAt corruptAt downloadUrl }`;
const look = async (version: string) =>
  (await world.ask(`query ($version: VersionRef!) { modelVersion(ref: $version) { ${shown} } }`, { version }))
    .modelVersion;
const events = async (types: string[], after: string) =>
  (
    await world.ask(
      `query ($types: [String!], $after: EventCursor) { registryEvents(filter: { types: $types }, after: $after, first: 100) {
        nodes { type subject { id } payload } } }`,
      { types, after },
    )
  ).registryEvents.nodes;

let version: string;
let file: SentFile;
let head: string;

beforeEach(async () => {
  const model = `scrubbed-${++made}`;
  await registry.model(model);
  await registry.version(model);
  version = `${model}/1`;
  file = fileOf("weights.bin", 5_000);
  await sender.push(version, [file]);
  head = (await world.ask("{ eventHead }")).eventHead;
});

describe("stored bytes", () => {
  it("are hashed again once they were not looked at for so many days", async () => {
    const before = await look(version);
    now += 29 * day;
    await world.upkeep();
    expect(await look(version)).toMatchObject({
      artifacts: [{ verifiedAt: before.artifacts[0].verifiedAt }],
    });
    now += 2 * day;
    await world.upkeep();
    expect(await look(version)).toMatchObject({
      isCorrupt: false,
      artifacts: [{ verifiedAt: new Date(now).toISOString(), corruptAt: null }],
    });
    expect(await events(["bundle.corrupted"], head)).toEqual([]);
  });

  it("that are others now are told of, for each version that has them, and are not given out", async () => {
    const [model] = version.split("/");
    const second = await registry.version(model!);
    await sender.push(`${model}/2`, [file]);
    const [place] = await placesOf(file);
    await writeFile(place!, Buffer.alloc(5_000));
    now += 31 * day;
    await world.upkeep();
    for (const one of [version, `${model}/2`]) {
      expect(await look(one)).toMatchObject({
        isCorrupt: true,
        artifacts: [{ corruptAt: new Date(now).toISOString(), downloadUrl: null }],
      });
    }
    const told = await events(["bundle.corrupted"], head);
    expect(told).toHaveLength(2);
    expect(told[1]).toMatchObject({
      subject: { id: second.id },
      payload: { paths: ["weights.bin"], sha256: sha256Of(file.bytes), found: sha256Of(Buffer.alloc(5_000)) },
    });
  });

  it("that are gone are told of, too, and once", async () => {
    const [place] = await placesOf(file);
    await rm(place!);
    for (let round = 0; round < 2; round++) {
      now += 31 * day;
      await world.upkeep();
    }
    expect(await look(version)).toMatchObject({ isCorrupt: true });
    expect(await events(["bundle.corrupted"], head)).toMatchObject([{ payload: { found: null } }]);
  });

  it("that are right again are told of and given out again", async () => {
    const [place] = await placesOf(file);
    await writeFile(place!, "other");
    now += 31 * day;
    await world.upkeep();
    await writeFile(place!, file.bytes);
    now += 31 * day;
    await world.upkeep();
    const { isCorrupt, artifacts } = await look(version);
    expect([isCorrupt, artifacts[0].downloadUrl]).toEqual([false, expect.any(String)]);
    expect(await events(["bundle.corrupted", "bundle.restored"], head)).toMatchObject([
      { type: "bundle.corrupted" },
      { type: "bundle.restored" },
    ]);
  });

  it("that are corrupt are sent anew by whoever has them, and heal every version that has them", async () => {
    const [place] = await placesOf(file);
    await writeFile(place!, "other");
    now += 31 * day;
    await world.upkeep();
    const [model] = version.split("/");
    await registry.version(model!);
    const { upload } = await sender.create(`${model}/2`, [file]);
    expect(upload.files).toMatchObject([{ alreadyStored: false }]);
    await sender.push(`${model}/2`, [file]);
    expect(await look(version)).toMatchObject({ isCorrupt: false });
    const { artifacts } = await look(version);
    const bytes = Buffer.from(await (await fetch(artifacts[0].downloadUrl)).arrayBuffer());
    expect(bytes).toEqual(file.bytes);
  });

  it("that are corrupt fail the gate that asks for their digest", async () => {
    const [model] = version.split("/");
    await registry.mutate(
      "setPolicy",
      { model, stage: "Staging", gates: [{ kind: "DIGEST_VERIFIED", withinDays: 60 }] },
      "policy { revision }",
    );
    const outcome = () =>
      registry.attempt("transitionModelVersion", { version, to: "Staging", dryRun: true });
    expect((await outcome()).verdict).toMatchObject({ allowed: true });
    const [place] = await placesOf(file);
    await writeFile(place!, "other");
    now += 31 * day;
    await world.upkeep();
    const { allowed, checks } = (await outcome()).verdict;
    expect(allowed).toBe(false);
    expect(checks.map(({ says }: { says: string }) => says)).toContain(
      "stored bytes of 1 file are not what they were",
    );
  });
});
