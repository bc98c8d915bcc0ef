import { afterAll, beforeAll, expect, it } from "vitest";
import { registryOf } from "../support/registry.ts";
import { describeS3 } from "../support/s3-servers.ts";
import { fileOf, put, sendAll, senderOf } from "../support/uploads.ts";
import { startWorld, type World } from "../support/world.ts";

const mebibyte = 1024 * 1024;

describeS3("a registry whose bytes are in S3", (kind, server) => {
  let world: World;

  beforeAll(async () => {
    const { endpoint, credentials } = server();
    process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
    const region = "us-east-1";
    const where = { bucket: await server().bucket(), prefix: "stemma/", region, endpoint };
    world = await startWorld({ store: { kind: "s3", ...where, isPathStyle: true } });
  });
  afterAll(async () => {
    await world?.close();
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
    for (const url of urls) expect(url.startsWith(server().endpoint)).toBe(true);
    await sendAll(upload, files);
    const { modelVersion } = await sender.complete(upload.id);
    expect(modelVersion).toMatchObject({ status: "READY", digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const { resolve } = await world.ask(
      "query ($ref: VersionRef!) { resolve(ref: $ref) { files { path downloadUrl } } }",
      { ref: version },
    );
    for (const { path, downloadUrl } of resolve.files) {
      expect(downloadUrl.startsWith(server().endpoint)).toBe(true);
      const bytes = Buffer.from(await (await fetch(downloadUrl)).arrayBuffer());
      expect(bytes.equals(files.find((file) => file.path === path)!.bytes)).toBe(true);
    }
  });

  it("never records other bytes under a digest, even where the store has taken them", async () => {
    const version = await freshVersion("wrong-in-s3");
    const file = fileOf("weights.bin", 1_000);
    const sender = senderOf(world);
    const { upload } = await sender.create(version, [file]);
    // Swift verifies the signature of the checksum's header, but not the body against it; SeaweedFS both.
    expect(await put(upload.files[0], Buffer.alloc(1_000))).toBe(kind.holdsToSha256 ? 400 : 200);
    const told = kind.holdsToSha256 ? "not all of it has arrived" : "got ";
    const { userErrors } = await sender.complete(upload.id);
    expect(userErrors).toMatchObject([{ code: "INVALID" }]);
    expect(userErrors[0].message).toContain(
      kind.holdsToSha256 ? `weights.bin: ${told}` : "weights.bin: expected SHA-256 ",
    );
    const open = await sender.upload(upload.id);
    expect(open.files).toMatchObject([{ isMissing: true, message: expect.stringContaining(told) }]);
    await sendAll(open, [file]);
    expect((await sender.complete(upload.id)).modelVersion.status).toBe("READY");
  });
});
