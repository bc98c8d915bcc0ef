import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { contentsOf, folderOf } from "../support/bundle-folder.ts";
import { runCli } from "../support/cli-process.ts";
import { temporaryFolder } from "../support/foreign-stores.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { fileOf, senderOf } from "../support/uploads.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  for (const model of ["fixed", "other"]) {
    await registry.model(model);
    await registry.version(model);
    await senderOf(world).push(`${model}/1`, [fileOf("a.bin")]);
  }
  return world.close;
});

const stemma = (...args: string[]) => runCli(args, { server: world });

/** A command that must be done: what it printed. */
async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await stemma(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

async function freshModel(): Promise<string> {
  const name = `pushed-${++made}`;
  await registry.model(name);
  return name;
}

const versionsOf = async (model: string) =>
  (
    await world.ask(
      "query ($name: String!) { model(name: $name) { versions { nodes { number status digest } } } }",
      { name: model },
    )
  ).model.versions.nodes;

const bundleOf = async (ref: string) =>
  (
    await world.ask(
      "query ($ref: VersionRef!) { modelVersion(ref: $ref) { artifacts(first: 1000) { path role isEvidence sizeBytes } } }",
      { ref },
    )
  ).modelVersion.artifacts;

describe("stemma push and pull", () => {
  it("bring a folder there and back: nested, empty, with any names, and large enough to go in parts", async () => {
    const folder = folderOf({
      "a/b/c.txt": "deep",
      empty: "",
      "Über/模型 1.json": "{}",
      "weights.bin": 40 * 2 ** 20,
    });
    const target = join(temporaryFolder(), "new", "place");
    const said = await printed("push", "round", folder, "--create-model");
    expect(said).toMatch(
      /^round\/1: 4 files, 40\.0 MiB\n {2}digest +[0-9a-f]{64}\n {2}sent +40\.0 MiB in .+\/s\)\n$/,
    );
    expect(await printed("pull", "round/1", target)).toMatch(/^ {2}fetched +4 files, 40\.0 MiB in /m);
    expect(contentsOf(target)).toEqual(contentsOf(folder));
    const again = JSON.parse(await printed("pull", "round/1", target, "--json"));
    expect(again).toMatchObject({ fetchedBytes: 0, fetched: [], card: null });
    expect(again.present).toHaveLength(4);
    expect(await printed("verify", "round/1")).toContain("4 of 4 files as recorded");
  });

  it("bring 500 small files there and back", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 500 }, (_, at) => [`part-${at % 7}/${at}.txt`, `file ${at}`]),
    );
    const folder = folderOf(files);
    const target = temporaryFolder();
    expect(JSON.parse(await printed("push", "small", folder, "--create-model", "--json"))).toMatchObject({
      fileCount: 500,
      wasThere: false,
    });
    await printed("pull", "small/1", target);
    expect(contentsOf(target)).toEqual(contentsOf(folder));
  });

  it("write the current card beside the files, unless one of them has its name", async () => {
    const model = await freshModel();
    await printed("push", model, folderOf({ "a.bin": 10 }));
    await registry.mutate("setModelCard", { version: `${model}/1`, markdown: "# Of this version\n" });
    const [plain, own] = [temporaryFolder(), temporaryFolder()];
    expect(await printed("pull", `${model}/1`, plain)).toMatch(/^ {2}card +MODEL_CARD\.md$/m);
    expect(Object.keys(contentsOf(plain))).toEqual(["MODEL_CARD.md", "a.bin"]);
    const folder = folderOf({ "MODEL_CARD.md": "mine" });
    await printed("push", model, folder);
    await registry.mutate("setModelCard", { version: `${model}/2`, markdown: "# Another\n" });
    await printed("pull", `${model}/2`, own);
    expect(contentsOf(own)).toEqual(contentsOf(folder));
  });
});

describe("stemma push", () => {
  it("finds the version of the same push again, and registers another for other content or other words", async () => {
    const model = await freshModel();
    const folder = folderOf({ "a.bin": 10 });
    await printed("push", model, folder);
    expect(await printed("push", model, folder)).toContain(`${model}/1 has these files already`);
    expect(await versionsOf(model)).toHaveLength(1);
    await printed("push", model, folder, "--description", "retrained");
    writeFileSync(join(folder, "b.bin"), "more");
    await printed("push", model, folder);
    expect(await versionsOf(model)).toHaveLength(3);
  });

  it("registers anew where the version of the same push was deleted", async () => {
    const model = await freshModel();
    const folder = folderOf({ "a.bin": 10 });
    await printed("push", model, folder);
    await registry.mutate("deleteModelVersion", { version: `${model}/1` });
    expect(await printed("push", model, folder)).toContain(`${model}/2: 1 file`);
  });

  it("names single files by their own names, gives roles, and fills a version that is there", async () => {
    const model = await freshModel();
    await registry.version(model);
    const folder = folderOf({ "sub/net.bin": 10, "note.txt": "x" });
    const paths = [join(folder, "sub"), join(folder, "note.txt")];
    await printed("push", model, ...paths, "--to", "1", "--role", "net.bin=weights");
    expect(await bundleOf(`${model}/1`)).toEqual([
      { path: "net.bin", role: "WEIGHTS", isEvidence: false, sizeBytes: 10 },
      expect.objectContaining({ path: "note.txt" }),
    ]);
    const others = await stemma("push", model, folderOf({ other: 1 }), "--to", "1");
    expect(others).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("which is sealed") });
  });

  it("attaches evidence beside a bundle, once", async () => {
    const model = await freshModel();
    await printed("push", model, folderOf({ "a.bin": 10 }));
    const report = folderOf({ "scan.json": "{}" });
    const args = ["push", model, report, "--to", `${model}/1`, "--evidence"];
    expect(await printed(...args)).toContain("beside its bundle");
    expect(await printed(...args)).toContain("has these files already");
    expect(await bundleOf(`${model}/1`)).toContainEqual(
      expect.objectContaining({ path: "scan.json", isEvidence: true }),
    );
    const [plain, all] = [temporaryFolder(), temporaryFolder()];
    await printed("pull", `${model}/1`, plain);
    await printed("pull", `${model}/1`, all, "--evidence");
    expect([plain, all].map((folder) => Object.keys(contentsOf(folder)))).toEqual([
      ["a.bin"],
      ["a.bin", "scan.json"],
    ]);
  });

  it("moves the version to a stage, and asks for that where others must approve it", async () => {
    const [open, guarded] = [await freshModel(), await freshModel()];
    expect(await printed("push", open, folderOf({ a: 1 }), "--stage", "staging")).toContain(
      `${open}/1 is in Staging now`,
    );
    await registry.mutate(
      "setPolicy",
      { model: guarded, stage: "Production", approvalsNeeded: 1 },
      "policy { id }",
    );
    const folder = folderOf({ a: 1 });
    const asked = await printed("push", guarded, folder, "--stage", "production");
    const [, id] = /^(trq_\d+) asks for /m.exec(asked)!;
    expect(await printed("push", guarded, folder, "--stage", "production")).toContain(`${id} asks for `);
  });

  it("says what the registry has to say: that a file was not taken for the card", async () => {
    const model = await freshModel();
    await registry.version(model);
    const card = { version: `${model}/1`, markdown: "# Reviewed\n", status: "APPROVED" };
    await registry.mutate("setModelCard", card);
    const folder = folderOf({ "README.md": "# Mine\n" });
    expect(await printed("push", model, folder, "--to", "1")).toMatch(
      /^ {2}note +README\.md was not taken for the card: the one there is approved$/m,
    );
    expect(JSON.parse(await printed("push", model, folder, "--json"))).toMatchObject({ note: null });
  });

  it("leaves out hidden files only where told, and says so", async () => {
    const model = await freshModel();
    const folder = folderOf({ "a.bin": 10, ".DS_Store": "x", ".git/config": "x" });
    mkdirSync(join(folder, "void"));
    const { code, stderr } = await stemma("push", model, folder, "--skip-hidden");
    expect(code).toBe(0);
    expect(stderr).toContain(`note: ${join(folder, ".DS_Store")}: hidden, and left out\n`);
    expect(stderr).toContain(`note: ${join(folder, ".git")}: hidden, and left out\n`);
    expect(stderr).toContain(`note: ${join(folder, "void")}: an empty folder, which a bundle cannot hold\n`);
    expect(await bundleOf(`${model}/1`)).toHaveLength(1);
    await stemma("push", model, folder);
    expect(await bundleOf(`${model}/2`)).toHaveLength(3);
  });

  it("follows links within a folder, and none that lead out of it or round in it", async () => {
    const model = await freshModel();
    const folder = folderOf({ "blobs/1": "content" });
    symlinkSync("blobs/1", join(folder, "named.bin"));
    await printed("push", model, folder);
    expect((await bundleOf(`${model}/1`)).map(({ path }: { path: string }) => path)).toEqual([
      "blobs/1",
      "named.bin",
    ]);
    for (const [target, why] of [
      [folderOf({ secret: "x" }), "leads out of its folder"],
      [folder, "leads back to where it is"],
      ["nowhere", "leads nowhere"],
    ] as const) {
      const bad = folderOf({ a: 1 });
      symlinkSync(target === folder ? bad : target, join(bad, "link"));
      const { code, stdout, stderr } = await stemma("push", model, bad);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(why);
    }
    expect(await versionsOf(model)).toHaveLength(1);
  });
});

describe("a command that cannot be right ends", () => {
  it.each<[number, string[], string]>([
    [2, ["push", "m"], "missing required argument 'path'"],
    [2, ["push", "fixed", "/nowhere/at/all"], "/nowhere/at/all: there is no such file or folder"],
    [1, ["push", "nobody", "/tmp"], "there is no model nobody; --create-model makes it"],
    [2, ["push", "fixed", "/dev/null"], "/dev/null: neither a file nor a folder"],
    [2, ["push", "fixed", "/tmp", "--evidence"], "--evidence: expected --to"],
    [2, ["push", "fixed", "/tmp", "--repository", "r"], "--repository: expected --commit"],
    [2, ["push", "fixed", "/tmp", "--to", "1", "--run", "x"], "--run: not together with --to"],
    [2, ["push", "fixed", "/etc/hostname", "--role", "hostname=KING"], "--role: expected PATH=ROLE"],
    [2, ["push", "fixed", "/etc/hostname", "--role", "other=OTHER"], "--role: no file is other"],
    [2, ["push", "fixed", "/etc/hostname", "--connections", "0"], "expected 1–64"],
    [1, ["push", "fixed", "/etc/hostname", "--to", "99"], "fixed/99: there is no such model or version"],
    [2, ["push", "fixed", "/etc/hostname", "--to", "other/1"], "--to: expected a version of fixed"],
    [1, ["pull", "nobody/1", "x"], "nobody/1: there is no such version"],
    [2, ["pull", "fixed/1"], "missing required argument 'dir'"],
    [2, ["pull", "fixed/1", "/dev/null/x"], "/dev/null/x: "],
    [2, ["verify", "fixed/1", "/nowhere"], "/nowhere: expected a folder"],
    [1, ["verify", "nobody/1"], "there is no such version"],
  ])("with %i: %j", async (code, args, message) => {
    const ending = await stemma(...args);
    expect({ code: ending.code, stdout: ending.stdout }).toEqual({ code, stdout: "" });
    expect(ending.stderr).toContain(message);
    expect(
      ending.stderr
        .trim()
        .split("\n")
        .filter((line) => !line.startsWith("(")),
    ).toHaveLength(1);
  });
});
