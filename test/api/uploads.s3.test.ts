import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { rawOf, sendRaw } from "../support/raw-request.ts";
import { registryOf } from "../support/registry.ts";
import { describeS3 } from "../support/s3-servers.ts";
import { proxyTo } from "../support/tcp-proxy.ts";
import { type Asking, fileOf, put, sendAll, senderOf } from "../support/uploads.ts";
import { askOver, startWorld, type World } from "../support/world.ts";

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

describeS3("a registry whose bytes are in S3", (kind, server) => {
  let world: World;

  beforeAll(async () => {
    const { endpoint, credentials } = server();
    process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
    world = await startWorld({ store: await storeAt(endpoint) });
  });
  afterAll(async () => {
    await world?.close();
  });

  async function storeAt(endpoint: string) {
    const where = { bucket: await server().bucket(), prefix: "stemma/", region: "us-east-1", endpoint };
    return { kind: "s3", ...where, isPathStyle: true, coldClass: null } as const;
  }

  async function freshVersion(model: string, asker: World = world): Promise<string> {
    await registryOf(asker).model(model);
    await registryOf(asker).version(model);
    return `${model}/1`;
  }

  it("takes and gives files small and large, by URLs of the store", async () => {
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

  it("carries no byte of a file itself, and reads what arrived once, to verify it", async () => {
    const toStore = await proxyTo(Number(new URL(server().endpoint).port));
    const storeUrl = `http://127.0.0.1:${toStore.port}`;
    const own = await startWorld({ store: await storeAt(storeUrl) });
    onTestFinished(own.close);
    const toServer = await proxyTo(Number(new URL(own.url).port));
    const asker: Asking = {
      ask: async (query, variables) =>
        (await askOver(`http://127.0.0.1:${toServer.port}`, query, variables)).data,
    };
    // Signed for the store as the server knows it, and sent past what counts the server's own requests.
    const fetched = async (signed: Parameters<typeof rawOf>[0], body: Buffer | null) => {
      const raw = rawOf(signed, body);
      expect(raw.origin).toBe(storeUrl);
      const headers = { ...raw.headers, host: new URL(storeUrl).host };
      const answer = await sendRaw({ ...raw, origin: server().endpoint, headers });
      expect(answer.status).toBe(200);
      return answer.body;
    };
    const version = await freshVersion("by-the-way", own);
    const files = [fileOf("whole.bin", 20 * mebibyte), fileOf("parts.bin", 40 * mebibyte)];
    const size = 60 * mebibyte;

    const sender = senderOf(asker);
    const { upload } = await sender.create(version, files);
    expect(upload.files.map(({ parts }: { parts: unknown[] }) => parts.length)).toEqual([3, 0]);
    for (const { path, ...told } of upload.files) {
      const { bytes } = files.find((file) => file.path === path)!;
      const cut = ({ offsetBytes = 0, sizeBytes }: { offsetBytes?: number; sizeBytes: number }) =>
        bytes.subarray(offsetBytes, offsetBytes + sizeBytes);
      const requests = told.url ? [told] : told.parts;
      for (const request of requests) await fetched({ ...request, method: "PUT" }, cut(request));
    }
    expect(toStore.carried.there + toStore.carried.back).toBeLessThan(256 * kibibyte);
    const { modelVersion } = await sender.complete(upload.id);
    expect(modelVersion.status).toBe("READY");
    const read = toStore.carried.back;
    expect(read).toBeGreaterThanOrEqual(size);
    // Besides, each file is looked into: up to half a mebibyte at its beginning.
    expect(read).toBeLessThan(size + 2 * mebibyte);

    const { resolve } = await asker.ask(
      "query ($ref: VersionRef!) { resolve(ref: $ref) { files { path downloadUrl } } }",
      { ref: version },
    );
    for (const { path, downloadUrl } of resolve.files) {
      const got = await fetched({ method: "GET", url: downloadUrl, headers: [] }, null);
      expect(got.equals(files.find((file) => file.path === path)!.bytes)).toBe(true);
    }
    expect(toStore.carried.back).toBe(read);
    expect(toStore.carried.there).toBeLessThan(256 * kibibyte);
    expect(toServer.carried.there + toServer.carried.back).toBeLessThan(256 * kibibyte);
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
