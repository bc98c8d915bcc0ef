import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { type Sender, type SentFile, senderOf } from "../support/uploads.ts";
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

const fixture = async (name: string, path = name): Promise<SentFile> => ({
  path,
  bytes: await readFile(new URL(`../fixtures/formats/${name}`, import.meta.url)),
});

async function pushed(...files: SentFile[]): Promise<string> {
  const model = `inspected-${++made}`;
  await registry.model(model);
  await registry.version(model);
  await sender.push(`${model}/1`, files);
  return `${model}/1`;
}

const shown =
  "path role isRoleGuessed format scan contents { findings tensorCount tensors(first: 2) { name dtype shape } metadata }";
const filesOf = async (version: string) =>
  (
    await world.ask(
      `query ($version: VersionRef!) { modelVersion(ref: $version) { artifacts { ${shown} } } }`,
      { version },
    )
  ).modelVersion.artifacts;

describe("of a file in a bundle", () => {
  it("its format, its tensors and its role are on record", async () => {
    const [file] = await filesOf(await pushed(await fixture("model.safetensors", "model.safetensors")));
    expect(file).toMatchObject({
      role: "WEIGHTS",
      isRoleGuessed: true,
      format: "safetensors",
      scan: "NOT_EXECUTABLE",
    });
    expect(file.contents.tensorCount).toBeGreaterThan(0);
    expect(file.contents.tensors[0]).toEqual({
      name: expect.any(String),
      dtype: expect.any(String),
      shape: expect.any(Array),
    });
  });

  it("a pickle is never more than unscanned", async () => {
    const [file] = await filesOf(await pushed({ path: "a.pkl", bytes: Buffer.from("gAVLAS4=", "base64") }));
    expect(file).toMatchObject({ format: "pickle", scan: "UNSCANNED" });
  });

  it("what a pickle would call is told, whatever the file is called", async () => {
    const evil = Buffer.from("cos\nsystem\n(S'true'\ntR.");
    const [file] = await filesOf(await pushed({ path: "model.safetensors", bytes: evil }));
    expect(file.scan).toBe("SUSPECT");
    expect(file.contents.findings.join("; ")).toContain("os.system");
  });
});

describe("the gate NO_CODE", () => {
  const pickle = { path: "model.pkl", bytes: Buffer.from("gAVLAS4=", "base64") };
  const evil = { path: "model.pkl", bytes: Buffer.from("cos\nsystem\n(S'true'\ntR.") };
  const json = { path: "config.json", bytes: Buffer.from("{}") };

  it.each([
    ["lets data in", undefined, [json], true],
    ["keeps a pickle out", undefined, [json, pickle], false],
    ["keeps out what is suspect", undefined, [evil], false],
    ["with UNSCANNED lets a pickle in", "UNSCANNED", [json, pickle], true],
    ["with UNSCANNED keeps out what is suspect", "UNSCANNED", [json, evil], false],
    ["keeps out a version without files", undefined, [], false],
  ])("%s", async (_, value, files, allowed) => {
    const model = `gated-${++made}`;
    await registry.model(model);
    await registry.version(model);
    if (files.length > 0) await sender.push(`${model}/1`, files);
    const gates = [{ kind: "NO_CODE", ...(value ? { value } : {}) }];
    await registry.mutate("setPolicy", { model, stage: "Staging", gates }, "policy { revision }");
    const { verdict } = await registry.attempt("transitionModelVersion", {
      ...{ version: `${model}/1`, to: "Staging", dryRun: true },
    });
    expect(verdict.allowed).toBe(allowed);
  });
});
