import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type BlobProxy, blobProxy, serverBehind } from "../support/blob-proxy.ts";
import { contentsOf, folderOf } from "../support/bundle-folder.ts";
import { runCli, startCli } from "../support/cli-process.ts";
import { freshDatabase } from "../support/engines.ts";
import { temporaryFolder } from "../support/foreign-stores.ts";
import { announced, fileOf, senderOf, sha256Of } from "../support/uploads.ts";
import { adminToken, askOver } from "../support/world.ts";

interface Scene {
  proxy: BlobProxy;
  start(...args: string[]): ReturnType<typeof startCli>;
  stemma(...args: string[]): ReturnType<typeof runCli>;
  /** A command that must be done: what it printed. */
  printed(...args: string[]): Promise<string>;
}

async function scene(): Promise<Scene> {
  const { settings, drop } = await freshDatabase();
  onTestFinished(drop);
  const proxy = await blobProxy();
  await serverBehind(proxy, settings);
  const server = { url: proxy.url, token: adminToken };
  const stemma = (...args: string[]) => runCli(args, { server });
  return {
    proxy,
    start: (...args) => startCli(args, { server }),
    stemma,
    async printed(...args) {
      const { code, stdout, stderr } = await stemma(...args);
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      return stdout;
    },
  };
}

/** A scene with m/1 made of this folder, before anything was asked for. */
async function pushed(files: Record<string, string | number>): Promise<Scene & { folder: string }> {
  const here = await scene();
  const folder = folderOf(files);
  await here.printed("push", "m", folder, "--create-model");
  here.proxy.seen.length = 0;
  return { ...here, folder };
}

const gets = ({ proxy }: Scene) => proxy.seen.filter(({ method }) => method === "GET");

describe("stemma pull", () => {
  it("killed midway goes on where it was, and fetches nothing again that is right", async () => {
    const here = await pushed({ "a.bin": 1_000, "b.bin": 2_000, "weights.bin": 20 * 2 ** 20 });
    const target = temporaryFolder();
    const args = ["pull", "m/1", target, "--connections", "1"];
    const first = here.start(...args);
    here.proxy.deed = ({ number }) => (number === 3 ? "stop halfway" : number > 3 ? "cut" : "pass");
    // By its next question it has kept what came of the third.
    const asked = new Promise<void>((resolve) => {
      const before = here.proxy.deed;
      here.proxy.deed = (blob) => {
        if (blob.number === 4) resolve();
        return before(blob);
      };
    });
    await asked;
    first.kill();
    await first.ended;
    expect(Object.keys(contentsOf(target)).filter((path) => !path.includes(".part"))).toEqual([
      "a.bin",
      "b.bin",
    ]);
    here.proxy.seen.length = 0;
    here.proxy.deed = () => "pass";
    expect(await here.printed(...args)).toMatch(/^ {2}there already +2 files$/m);
    expect(gets(here)).toHaveLength(1);
    const [, from] = /^bytes=(\d+)-$/.exec(gets(here)[0]!.range!)!;
    expect(Number(from)).toBeGreaterThan(5 * 2 ** 20);
    expect(contentsOf(target)).toEqual(contentsOf(here.folder));
  });

  it.each([403, 500, "cut", "stop halfway"] as const)(
    "goes on where the store answers %s",
    async (trouble) => {
      const here = await pushed({ "a.bin": 1_000, "b.bin": 3_000_000, "c.bin": 0 });
      here.proxy.deed = ({ number }) => (number === 2 ? trouble : "pass");
      const target = temporaryFolder();
      await here.stemma("pull", "m/1", target, "--connections", "1");
      expect(contentsOf(target)).toEqual(contentsOf(here.folder));
      expect(gets(here)).toHaveLength(4);
    },
  );

  it("fetches anew what came wrong once, and never names what stays wrong", async () => {
    const here = await pushed({ "a.bin": 1_000, "b.bin": 2_000 });
    here.proxy.deed = ({ number }) => (number === 1 ? "change a byte" : "pass");
    const [once, always] = [temporaryFolder(), temporaryFolder()];
    await here.stemma("pull", "m/1", once);
    expect(contentsOf(once)).toEqual(contentsOf(here.folder));
    here.proxy.deed = () => "change a byte";
    const wrong = await here.stemma("pull", "m/1", always);
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toMatch(
      /^stemma: [ab]\.bin: expected SHA-256 [0-9a-f]{64}; got [0-9a-f]{64}; it was not kept$/m,
    );
    expect(readdirSync(always).filter((name) => name.endsWith(".bin"))).toEqual([]);
  });

  it("does not go on with a part that is wrong", async () => {
    const here = await pushed({ "weights.bin": 3_000_000 });
    const target = temporaryFolder();
    here.proxy.deed = ({ number }) => (number === 1 ? "stop halfway" : 503);
    expect(await here.stemma("pull", "m/1", target, "--patience", "1")).toMatchObject({ code: 1 });
    const [part] = Object.keys(contentsOf(target));
    expect(part).toMatch(/^\.stemma-parts\/.+\.part$/);
    const bytes = readFileSync(join(target, part!));
    expect(bytes.length).toBeGreaterThan(1_000_000);
    bytes[7]! ^= 1;
    writeFileSync(join(target, part!), bytes);
    here.proxy.deed = () => "pass";
    expect(await here.stemma("pull", "m/1", target)).toMatchObject({ code: 0 });
    expect(contentsOf(target)).toEqual(contentsOf(here.folder));
  });

  it("leaves other files in place unless told to replace them, and never writes through links", async () => {
    const here = await pushed({ "a.bin": 10, "sub/b.bin": 10 });
    const [target, elsewhere] = [folderOf({ "a.bin": "mine", "other.txt": "mine" }), folderOf({})];
    const refused = await here.stemma("pull", "m/1", target);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toBe(
      "stemma: another file is in the place of a.bin; --overwrite replaces files\n",
    );
    expect(gets(here)).toEqual([]);
    await here.printed("pull", "m/1", target, "--overwrite");
    expect(contentsOf(target)).toEqual({ ...contentsOf(here.folder), "other.txt": sha256Of("mine") });
    const linked = temporaryFolder();
    symlinkSync(elsewhere, join(linked, "sub"));
    const out = await here.stemma("pull", "m/1", linked);
    expect(out).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^stemma: sub\/b\.bin cannot be written: /),
    });
    const file = folderOf({ "precious.txt": "mine" });
    const behind = temporaryFolder();
    symlinkSync(join(file, "precious.txt"), join(behind, "a.bin"));
    await here.printed("pull", "m/1", behind, "--overwrite");
    expect([contentsOf(elsewhere), contentsOf(file)]).toEqual([{}, { "precious.txt": sha256Of("mine") }]);
  });

  it("takes names that differ in case alone where the file system does", async () => {
    const here = await pushed({ "Readme.md": "one", "README.md": "two", "A/x": "1", "a/x": "2" });
    const target = temporaryFolder();
    await here.printed("pull", "m/1", target, "--no-card");
    expect(contentsOf(target)).toEqual(contentsOf(here.folder));
  });

  it("lists files that lie elsewhere, and fetches the others", async () => {
    const here = await scene();
    const ask = async (query: string, variables?: object) =>
      (await askOver(here.proxy.url, query, variables)).data;
    await ask(
      'mutation { registerModelVersion(input: { model: "m", createModel: true }) { modelVersion { id } } }',
    );
    const sender = senderOf({ ask } as never);
    const [own, theirs] = [fileOf("own.bin"), fileOf("theirs.bin")];
    const files = [announced(own), { ...announced(theirs), uri: "s3://bucket/theirs.bin" }];
    const { upload } = await sender.announce("m/1", files);
    await fetch(upload.files[0].url, {
      method: "PUT",
      headers: { "content-type": "application/octet-stream" },
      body: new Uint8Array(own.bytes),
    });
    await sender.complete(upload.id);
    const target = temporaryFolder();
    const { code, stdout, stderr } = await here.stemma("pull", "m/1", target);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: "note: not checked, as they lie elsewhere: 1 file\n",
    });
    expect(stdout).toContain("theirs.bin: s3://bucket/theirs.bin (100 bytes); not fetched");
    expect(contentsOf(target)).toEqual({ "own.bin": sha256Of(own.bytes) });
  });
});

describe("stemma verify", () => {
  it("names what is not as recorded in a folder: changed, cut, missing", async () => {
    const here = await pushed({ "a.bin": 1_000, "b/c.bin": 2_000, "d.bin": 5, "e.bin": 5 });
    const target = temporaryFolder();
    await here.printed("pull", "m/1", target);
    writeFileSync(join(target, "other.txt"), "no part of it");
    expect(await here.printed("verify", "m/1", target)).toContain("m/1: 4 of 4 files as recorded\n");
    const bytes = readFileSync(join(target, "a.bin"));
    bytes[500]! ^= 1;
    writeFileSync(join(target, "a.bin"), bytes);
    writeFileSync(join(target, "b/c.bin"), "short");
    const { code, stdout, stderr } = await here.stemma("verify", "m/1", target);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "stemma: m/1 is not as recorded: 2 files wrong\n" });
    expect(stdout).toMatch(/^WRONG {2}a\.bin: expected SHA-256 [0-9a-f]{64}; got [0-9a-f]{64}$/m);
    expect(stdout).toMatch(/^WRONG {2}b\/c\.bin: expected 2000 bytes; got 5$/m);
    const empty = JSON.parse((await here.stemma("verify", "m/1", temporaryFolder(), "--json")).stdout);
    expect(empty).toMatchObject({ isRight: false, digest: null });
    expect(empty.wrong.map(({ problem }: { problem: string }) => problem)).toEqual(Array(4).fill("missing"));
  });

  it("finds a byte that changed, and a file that went, where they are stored", async () => {
    const here = await pushed({ "a.bin": 1_000, "b.bin": 2_000 });
    expect(await here.printed("verify", "m/1")).toContain("m/1: 2 of 2 files as recorded\n");
    here.proxy.deed = ({ number }) => (number === 3 ? "change a byte" : number === 4 ? 404 : "pass");
    const { code, stdout } = await here.stemma("verify", "m/1", "--connections", "1");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^WRONG {2}a\.bin: expected SHA-256/m);
    expect(stdout).toMatch(/^WRONG {2}b\.bin: missing from the store$/m);
  });
});
