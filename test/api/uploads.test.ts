import { beforeAll, describe, expect, it } from "vitest";
import { canonical } from "../../src/kernel/canonical.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { announced, fileOf, put, type Sender, sendAll, senderOf, sha256Of } from "../support/uploads.ts";
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
  const model = `uploaded-${++made}`;
  await registry.model(model);
  const { number } = await registry.version(model);
  return `${model}/${number}`;
}

const bundleOf = async (version: string) =>
  (
    await world.ask(
      `query ($version: VersionRef!) { modelVersion(ref: $version) { status digest sealedAt
        bundle { digest fileCount sizeBytes files { id path role sizeBytes sha256 downloadUrl verifiedAt } } } }`,
      { version },
    )
  ).modelVersion;

describe("a version", () => {
  it("without files is READY, has no digest and no bundle", async () => {
    expect(await bundleOf(await freshVersion())).toEqual({
      status: "READY",
      digest: null,
      sealedAt: null,
      bundle: null,
    });
  });

  it("is PENDING while its files are on their way", async () => {
    const version = await freshVersion();
    const { modelVersion, upload } = await sender.create(version, [fileOf("model.bin")]);
    expect(modelVersion).toMatchObject({ status: "PENDING", digest: null });
    expect(modelVersion.statusMessage).toContain(upload.id);
    expect(upload).toMatchObject({ state: "OPEN", isEvidence: false });
  });

  it("has its files, each to be downloaded, and a digest over their paths and bytes once they are complete", async () => {
    const version = await freshVersion();
    const files = [fileOf("model/weights.bin", 5_000), fileOf("empty", 0), fileOf("Über/模型.json", 10)];
    const { modelVersion, upload } = await sender.push(version, files);
    expect(modelVersion).toMatchObject({ status: "READY", statusMessage: null });
    expect(upload.state).toBe("COMPLETED");
    const { digest, bundle } = await bundleOf(version);
    const pairs = [...files].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
    expect(digest).toBe(sha256Of(canonical(pairs.map(({ path, bytes }) => [path, sha256Of(bytes)]))));
    expect(bundle).toMatchObject({ digest, fileCount: 3, sizeBytes: 5_010 });
    for (const [at, { path, bytes }] of pairs.entries()) {
      const found = bundle.files[at];
      expect(found).toMatchObject({ path, sizeBytes: bytes.length, sha256: sha256Of(bytes) });
      const response = await fetch(found.downloadUrl);
      expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
    }
  });

  it("takes no other files once its bundle is sealed", async () => {
    const version = await freshVersion();
    await sender.push(version, [fileOf("a")]);
    const { userErrors } = await sender.create(version, [fileOf("b")]);
    expect(userErrors).toMatchObject([{ code: "CONFLICT", path: ["input", "version"] }]);
  });

  it("takes one bundle at a time", async () => {
    const version = await freshVersion();
    const { upload } = await sender.create(version, [fileOf("a")]);
    const rival = await sender.create(version, [fileOf("b")]);
    expect(rival.userErrors).toMatchObject([{ code: "CONFLICT" }]);
    expect(rival.userErrors[0].message).toContain(upload.id);
  });

  it("is as it was when its upload is aborted, and takes another", async () => {
    const version = await freshVersion();
    const file = fileOf("a");
    const { upload } = await sender.create(version, [file]);
    await sendAll(upload, [file]);
    const aborted = await sender.abort(upload.id);
    expect(aborted.upload.state).toBe("ABORTED");
    expect(aborted.modelVersion).toMatchObject({ status: "READY", digest: null, statusMessage: null });
    expect((await sender.push(version, [fileOf("b")])).modelVersion.digest).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("an upload", () => {
  it("is the same one when the same files are announced again, and tells only what is missing", async () => {
    const version = await freshVersion();
    const files = [fileOf("a"), fileOf("b")];
    const first = await sender.create(version, files);
    await put(first.upload.files[0], files[0]!.bytes);
    const again = await sender.create(version, [...files].reverse());
    expect(again.upload.id).toBe(first.upload.id);
    expect(again.upload.files.map((file: { isMissing: boolean }) => file.isMissing)).toEqual([false, true]);
    await sendAll(again.upload, files);
    expect((await sender.complete(first.upload.id)).upload.state).toBe("COMPLETED");
  });

  it("of a large file goes part by part, and only the missing ones are told", async () => {
    const version = await freshVersion();
    const file = fileOf("large", 40 * 1024 * 1024);
    const { upload } = await sender.create(version, [file]);
    const { parts } = upload.files[0];
    expect(parts.map((part: { sizeBytes: number }) => part.sizeBytes / 1024 / 1024)).toEqual([16, 16, 8]);
    const [, second] = parts;
    const bytes = file.bytes.subarray(second.offsetBytes, second.offsetBytes + second.sizeBytes);
    expect(await put(second, bytes)).toBeLessThan(300);
    const resumed = await sender.upload(upload.id);
    expect(resumed.files[0].parts.map((part: { number: number }) => part.number)).toEqual([1, 3]);
    await sendAll(resumed, [file]);
    expect((await sender.complete(upload.id)).modelVersion.status).toBe("READY");
  });

  it("is not completed while something is missing, and goes on afterwards", async () => {
    const version = await freshVersion();
    const files = [fileOf("a"), fileOf("b")];
    const { upload } = await sender.create(version, files);
    await put(upload.files[0], files[0]!.bytes);
    const early = await sender.complete(upload.id);
    expect(early.userErrors).toMatchObject([{ code: "INVALID", path: ["input", "upload"] }]);
    expect(early.userErrors[0].message).toContain("b: ");
    const open = await sender.upload(upload.id);
    expect(open.state).toBe("OPEN");
    expect(open.files.map((file: { isMissing: boolean }) => file.isMissing)).toEqual([false, true]);
    await sendAll(open, files);
    expect((await sender.complete(upload.id)).upload.state).toBe("COMPLETED");
  });

  it("completed again stays as it is", async () => {
    const version = await freshVersion();
    const { upload } = await sender.push(version, [fileOf("a")]);
    const again = await sender.complete(upload.id);
    expect([again.userErrors, again.upload.state]).toEqual([[], "COMPLETED"]);
  });

  it("that was aborted is not completed", async () => {
    const version = await freshVersion();
    const { upload } = await sender.create(version, [fileOf("a")]);
    await sender.abort(upload.id);
    expect((await sender.complete(upload.id)).userErrors).toMatchObject([{ code: "CONFLICT" }]);
  });
});

describe("equal bytes", () => {
  it("are stored once, and not sent again by who may download them", async () => {
    const [first, second] = [await freshVersion(), await freshVersion()];
    const file = fileOf("weights.bin", 1_000);
    await sender.push(first, [file]);
    const { upload } = await sender.create(second, [{ ...file, path: "other.bin" }]);
    expect(upload.files).toMatchObject([{ alreadyStored: true, isMissing: false, url: null, parts: [] }]);
    const { modelVersion } = await sender.complete(upload.id);
    expect(modelVersion.status).toBe("READY");
    const { bundle } = await bundleOf(second);
    const response = await fetch(bundle.files[0].downloadUrl);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(file.bytes);
  });
});

describe("what is announced is refused where", () => {
  const good = announced(fileOf("a"));
  it.each([
    ["a path is absolute", { ...good, path: "/etc/passwd" }, "path"],
    ["a path leads upwards", { ...good, path: "a/../../b" }, "path"],
    ["a path has a backslash", { ...good, path: "a\\b" }, "path"],
    ["a path has an empty segment", { ...good, path: "a//b" }, "path"],
    ["a path has a control character", { ...good, path: "a\u0000b" }, "path"],
    ["a path is a drive's", { ...good, path: "C:/a" }, "path"],
    ["a path is too long", { ...good, path: "a".repeat(513) }, "path"],
    ["a digest is none", { ...good, sha256: "abc" }, "sha256"],
    ["a size is negative", { ...good, sizeBytes: -1 }, "sizeBytes"],
    ["a size is more than 5 TiB", { ...good, sizeBytes: 5 * 1024 ** 4 + 1 }, "sizeBytes"],
    ["a media type is none", { ...good, contentType: "text/html\r\nx: y" }, "contentType"],
    ["an address holds a password", { ...good, uri: "s3://user:secret@bucket/key" }, "uri"],
    ["an address holds a signature", { ...good, uri: "https://host/key?X-Amz-Signature=1" }, "uri"],
    ["an address is of an unknown kind", { ...good, uri: "javascript:alert(1)" }, "uri"],
  ])("%s", async (_, file, field) => {
    const { userErrors, upload } = await sender.announce(await freshVersion(), [file]);
    expect(upload).toBeNull();
    expect(userErrors).toMatchObject([{ code: "INVALID", path: ["input", "files", "0", field] }]);
  });

  it.each([
    ["two files have one path", ["a", "a"]],
    ["a file is another's folder", ["a", "a/b"]],
  ])("%s", async (_, paths) => {
    const files = paths.map((path) => ({ ...good, path }));
    const { userErrors } = await sender.announce(await freshVersion(), files);
    expect(userErrors).toMatchObject([{ code: "CONFLICT", path: ["input", "files"] }]);
  });

  it("there is no file", async () => {
    const { userErrors } = await sender.announce(await freshVersion(), []);
    expect(userErrors).toMatchObject([{ code: "INVALID", path: ["input", "files"] }]);
  });
});
