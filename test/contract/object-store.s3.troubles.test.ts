import { randomBytes } from "node:crypto";
import { beforeAll, expect, it } from "vitest";
import { openS3Store } from "../../src/objects/s3-client.ts";
import { bytesAt, incomingOf, put } from "../support/object-store-contract.ts";
import { rawOf, sendRaw } from "../support/raw-request.ts";
import { describeS3 } from "../support/s3-servers.ts";
import { expectAway } from "../support/store-troubles.ts";

const later = () => Date.now() + 60_000;
describeS3("S3 that does not do what it is asked", (kind, server) => {
  let bucket: string;
  beforeAll(async () => {
    bucket = await server().bucket();
  });
  const settings = (endpoint: string, isPathStyle = true) =>
    ({
      kind: "s3",
      bucket,
      prefix: "",
      region: "us-east-1",
      endpoint,
      isPathStyle,
      coldClass: null,
    }) as const;

  it("is away where the credentials are wrong, and says nothing of them", async () => {
    const credentials = { accessKeyId: server().credentials.accessKeyId, secretAccessKey: "wrong" };
    await expectAway(server().store(bucket, { credentials }), [
      bucket,
      server().credentials.accessKeyId,
      "wrong",
      "127.0.0.1",
    ]);
  });

  it("is away where nothing listens", async () => {
    const { credentials } = server();
    await expectAway(openS3Store("nobody", settings("http://127.0.0.1:1"), { credentials }), [
      bucket,
      credentials.accessKeyId,
      "127.0.0.1",
    ]);
  });

  it("is away where there is no bucket", async () => {
    const store = server().store("no-such-bucket");
    await expect(store.check()).rejects.toMatchObject({
      trouble: "AWAY",
      message: "the bucket is not there",
    });
    await expect(store.read("a/b")).rejects.toMatchObject({ trouble: "AWAY" });
  });

  it("tells by the stream of a read that the server has gone", async () => {
    const mortal = await kind.start();
    const store = mortal.store(await mortal.bucket());
    const bytes = randomBytes(16 * 1024 ** 2);
    const { key } = await put(store, bytes);
    const stream = await store.read(key);
    const reading = (async () => {
      for await (const _ of stream) await mortal.stop();
    })();
    await expect(reading).rejects.toMatchObject({ name: "ObjectStoreError", trouble: "AWAY" });
  });

  it("has the bucket in the host's name where that is asked for", async () => {
    const port = new URL(server().endpoint).port;
    const { credentials } = server();
    const hosted = openS3Store("hosted", settings(`http://s3.test:${port}`, false), { credentials });
    const bytes = randomBytes(100);
    const incoming = await incomingOf(hosted, bytes);
    const { whole } = await hosted.transfer(incoming, later(), true);
    const request = rawOf(whole!, bytes);
    expect(request.origin).toBe(`http://${bucket}.s3.test:${port}`);
    const host = new URL(request.origin).host;
    // The name is nowhere known: what counts is that the server finds the signature sound.
    const sent = await sendRaw({
      ...request,
      origin: server().endpoint,
      headers: { ...request.headers, host },
    });
    expect(sent.status).toBe(200);
    const store = server().store(bucket);
    await store.commit(incoming);
    expect(await bytesAt(store, incoming.key)).toEqual(bytes);
  });
});
