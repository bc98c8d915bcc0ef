import { beforeAll, describe, expect, it } from "vitest";
import { changeRows } from "../support/access.ts";
import { codes } from "../support/governed.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { announced, fileOf, type Sender, senderOf } from "../support/uploads.ts";
import { startWorld, type World } from "../support/world.ts";

const dayMillis = 24 * 3600 * 1_000;

/** What the clock of the world says. */
let now = Date.now();
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

/** A version of a model whose Production asks for this. */
async function gated(gate: object): Promise<string> {
  const model = `gated-${++made}`;
  await registry.model(model);
  await registry.version(model);
  await setGate(model, gate);
  return `${model}/1`;
}

const setGate = (model: string, gate: object) =>
  registry.mutate("setPolicy", { model, stage: "Production", gates: [gate] }, "policy { revision }");

/** What the one gate says now, and whether the version enters by it. */
async function judged(version: string): Promise<{ passed: boolean; says: string }> {
  const { verdict } = await registry.attempt("transitionModelVersion", {
    ...{ version, to: "Production", dryRun: true },
  });
  const found = verdict.checks.find(({ name }: { name: string }) =>
    ["bundle", "digest verified", "no code"].includes(name),
  );
  expect(verdict.allowed).toBe(found.passed);
  return { passed: found.passed, says: found.says };
}

/** A file that lies elsewhere. */
const elsewhere = (path: string) => ({ ...announced(fileOf(path)), uri: `s3://bucket/${path}` });

async function record(version: string, files: object[], more: object = {}): Promise<void> {
  const { upload } = await sender.announce(version, files, more);
  expect(codes(await sender.complete(upload.id))).toEqual([]);
}

const failed = (says: string) => ({ passed: false, says });
const passed = (says: string) => ({ passed: true, says });

describe("the gate BUNDLE", () => {
  it("asks for files in these roles, of the bundle alone", async () => {
    const version = await gated({ kind: "BUNDLE", roles: ["weights", "TOKENIZER"] });
    expect(await judged(version)).toEqual(failed("no artifacts recorded"));
    const evidence = [fileOf("evidence.json", 3, { role: "TOKENIZER" })];
    await sender.push(version, evidence, { isEvidence: true });
    expect(await judged(version)).toEqual(failed("no artifacts recorded"));
    await sender.push(version, [fileOf("weights.bin", 3, { role: "WEIGHTS" })]);
    expect(await judged(version)).toEqual(failed("the bundle lacks TOKENIZER"));
  });

  it("passes with one file in each, wherever they lie", async () => {
    const version = await gated({ kind: "BUNDLE", roles: ["WEIGHTS", "TOKENIZER"] });
    const roles = ["WEIGHTS", "WEIGHTS", "TOKENIZER", "OTHER"];
    await record(
      version,
      roles.map((role, at) => ({ ...elsewhere(`f${at}`), role })),
    );
    expect(await judged(version)).toEqual(passed("the bundle has TOKENIZER, WEIGHTS"));
    expect(codes(await registry.attempt("transitionModelVersion", { version, to: "Production" }))).toEqual(
      [],
    );
  });

  it.each([["LEAVES"], [""], ["toString"]])("asks for no role %j, which there is not", async (role) => {
    const gates = [{ kind: "BUNDLE", roles: ["WEIGHTS", role] }];
    const refusal = await registry.refusal(
      "setPolicy",
      { model: `gated-${made}`, stage: "Production", gates },
      "policy { revision }",
    );
    expect(refusal).toMatchObject({ code: "INVALID" });
    expect(refusal.path!.slice(0, 4)).toEqual(["input", "gates", "0", "roles"]);
  });
});

describe("the gate DIGEST_VERIFIED", () => {
  it("asks for stored bytes that were hashed lately enough", async () => {
    const version = await gated({ kind: "DIGEST_VERIFIED", withinDays: 7 });
    expect(await judged(version)).toEqual(failed("no artifacts recorded"));
    await sender.push(version, [fileOf("a"), fileOf("b")]);
    const fresh = passed("all stored bytes were hashed again within the last 7 days");
    expect(await judged(version)).toEqual(fresh);
    now += 7 * dayMillis;
    expect(await judged(version)).toEqual(fresh);
    now += 1;
    expect(await judged(version)).toEqual(failed("some stored bytes were hashed more than 7 days ago"));
    const model = version.split("/")[0]!;
    await setGate(model, { kind: "DIGEST_VERIFIED", withinDays: 8 });
    expect((await judged(version)).passed).toBe(true);
  });

  it("fails where one of the files lies elsewhere: nobody hashed it", async () => {
    const version = await gated({ kind: "DIGEST_VERIFIED", withinDays: 3_650 });
    await sender.push(version, [fileOf("evidence")], { isEvidence: true });
    await record(version, [elsewhere("a"), elsewhere("b")]);
    expect(await judged(version)).toEqual(
      failed("the registry never hashed 2 files, which it does not store"),
    );
  });

  it("is not told that files were hashed because others with their digest were", async () => {
    const version = await gated({ kind: "DIGEST_VERIFIED", withinDays: 7 });
    const file = fileOf("a");
    await sender.push(version, [file], { isEvidence: true });
    await record(version, [{ ...announced(file), path: "b", uri: "s3://bucket/b" }]);
    expect((await judged(version)).passed).toBe(false);
  });

  it("fails for stored bytes that were found to be others", async () => {
    const version = await gated({ kind: "DIGEST_VERIFIED", withinDays: 7 });
    const file = fileOf("a");
    await sender.push(version, [file, fileOf("b")]);
    const { sha256 } = announced(file);
    await changeRows(world, `UPDATE stored_blob SET corruptAt = ${now} WHERE sha256 = '${sha256}'`);
    expect(await judged(version)).toEqual(failed("stored bytes of 1 file are not what they were"));
  });
});

describe("the gate NO_CODE", () => {
  /** As if files had been found so when they came. */
  async function found(gate: object, scans: string[]): Promise<string> {
    const version = await gated({ kind: "NO_CODE", ...gate });
    await sender.push(
      version,
      scans.map((_, at) => fileOf(`f${at}`)),
    );
    const { modelVersion } = await world.ask(
      `query ($ref: VersionRef!) { modelVersion(ref: $ref) { artifacts { id } } }`,
      { ref: version },
    );
    for (const [at, { id }] of modelVersion.artifacts.entries()) {
      const row = Number(id.split("_")[1]);
      await changeRows(world, `UPDATE artifact SET scan = '${scans[at]}' WHERE id = ${row}`);
    }
    return version;
  }

  it.each([
    [{}, ["NONE", "NONE"], passed("no file is SUSPECT or UNSCANNED")],
    [{}, ["NONE", "UNSCANNED"], failed("1 file is UNSCANNED")],
    [{}, ["SUSPECT", "SUSPECT"], failed("2 files are SUSPECT")],
    [{ value: "UNSCANNED" }, ["NONE", "UNSCANNED"], passed("no file is SUSPECT")],
    [{ value: "UNSCANNED" }, ["UNSCANNED", "SUSPECT"], failed("1 file is SUSPECT")],
  ])("with %j, of files that are %j", async (gate, scans, outcome) => {
    expect(await judged(await found(gate, scans))).toEqual(outcome);
  });

  it("fails without files, and with those that lie elsewhere", async () => {
    const version = await gated({ kind: "NO_CODE", value: "UNSCANNED" });
    expect(await judged(version)).toEqual(failed("no artifacts recorded"));
    await record(version, [elsewhere("a")]);
    expect(await judged(version)).toEqual(failed("the registry never looked into 1 file"));
  });

  it("looks into what was really uploaded: a pickle that calls the system enters by neither", async () => {
    const version = await gated({ kind: "NO_CODE" });
    const bytes = Buffer.from("cos\nsystem\n(S'true'\ntR.");
    await sender.push(version, [{ path: "model.pkl", bytes }]);
    expect(await judged(version)).toEqual(failed("1 file is SUSPECT"));
    await setGate(version.split("/")[0]!, { kind: "NO_CODE", value: "UNSCANNED" });
    expect(await judged(version)).toEqual(failed("1 file is SUSPECT"));
  });

  it("takes no other value than UNSCANNED", async () => {
    const gates = [{ kind: "NO_CODE", value: "SUSPECT" }];
    const wish = { model: `gated-${made}`, stage: "Production", gates };
    expect(await registry.refusal("setPolicy", wish, "policy { revision }")).toMatchObject({
      code: "INVALID",
      path: ["input", "gates", "0", "value"],
    });
  });
});
