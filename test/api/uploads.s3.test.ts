import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registryOf } from "../support/registry.ts";
import type { S3Server } from "../support/s3-server.ts";
import { startSwift, whyNoSwift } from "../support/swift-server.ts";
import { fileOf, put, sendAll, senderOf } from "../support/uploads.ts";
import { startWorld, type World } from "../support/world.ts";

const why = whyNoSwift();
const mebibyte = 1024 * 1024;

describe.skipIf(why !== null)(`a registry whose bytes are in S3${why ? ` (left out: ${why})` : ""}`, () => {
  let swift: S3Server;
  let world: World;

  beforeAll(async () => {
    swift = await startSwift();
    process.env.AWS_ACCESS_KEY_ID = swift.credentials.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = swift.credentials.secretAccessKey;
    const region = "us-east-1";
    const where = { bucket: await swift.bucket(), prefix: "stemma/", region, endpoint: swift.endpoint };
    world = await startWorld({ store: { kind: "s3", ...where, isPathStyle: true, coldClass: null } });
  });
  afterAll(async () => {
    await world?.close();
    await swift?.stop();
  });

  async function freshVersion(model: string): Promise<string> {
    await registryOf(world).model(model);
    await registryOf(world).version(model);
    return `${model}/1`;
  }

  it("takes and gives files small and large, and none of their bytes go by way of the server", async () => {
    const version = await freshVersion("in-s3");
    const files = [fileOf("empty", 0), fileOf("small.bin", 1_000), fileOf("large.bin", 40 * mebibyte)];
    const sender = senderOf(world);
    const { upload } = await sender.create(version, files);
    const urls = upload.files.flatMap((file: { url: string | null; parts: { url: string }[] }) =>
      file.url ? [file.url] : file.parts.map(({ url }) => url),
    );
    expect(urls).toHaveLength(5);
    for (const url of urls) expect(url.startsWith(swift.endpoint)).toBe(true);
    await sendAll(upload, files);
    const { modelVersion } = await sender.complete(upload.id);
    expect(modelVersion).toMatchObject({ status: "READY", digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const { resolve } = await world.ask(
      "query ($ref: VersionRef!) { resolve(ref: $ref) { files { path downloadUrl } } }",
      { ref: version },
    );
    for (const { path, downloadUrl } of resolve.files) {
      expect(downloadUrl.startsWith(swift.endpoint)).toBe(true);
      const bytes = Buffer.from(await (await fetch(downloadUrl)).arrayBuffer());
      expect(bytes.equals(files.find((file) => file.path === path)!.bytes)).toBe(true);
    }
  });

  it("never records other bytes under a digest, even where the store has taken them", async () => {
    const version = await freshVersion("wrong-in-s3");
    const file = fileOf("weights.bin", 1_000);
    const sender = senderOf(world);
    const { upload } = await sender.create(version, [file]);
    // Swift verifies the signature of the checksum's header, but not the body against it.
    expect(await put(upload.files[0], Buffer.alloc(1_000))).toBe(200);
    const { userErrors } = await sender.complete(upload.id);
    expect(userErrors).toMatchObject([{ code: "INVALID" }]);
    expect(userErrors[0].message).toContain("weights.bin: expected SHA-256 ");
    const open = await sender.upload(upload.id);
    expect(open.files).toMatchObject([{ isMissing: true, message: expect.stringContaining("got ") }]);
    await sendAll(open, [file]);
    expect((await sender.complete(upload.id)).modelVersion.status).toBe("READY");
  });
});
