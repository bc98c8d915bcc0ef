import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it, onTestFinished } from "vitest";
import { objectStoreName, objectsOf } from "../../src/config/objects.ts";
import { S3Bucket } from "../../src/objects/s3-bucket.ts";
import { openS3Store, type S3Settings } from "../../src/objects/s3-client.ts";
import { S3Versions } from "../../src/objects/s3-versions.ts";
import { openObjects } from "../../src/wiring/objects.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI" };
const signedBy = async (url: string, now = Date.UTC(2026, 0, 2, 3, 4, 5)) => {
  const settings = objectsOf({ OBJECT_STORE_URL: url }, "").store as S3Settings;
  const store = openS3Store("s3", settings, { credentials, clock: () => now });
  const download = { expiresAt: now + 900_999, fileName: "a", contentType: "text/plain" };
  return new URL((await store.signDownload("a/b", download)).url);
};

describe("URLs of S3", () => {
  it.each([
    [
      "s3://bucket-a/deep/er?region=eu-west-1",
      "https://bucket-a.s3.eu-west-1.amazonaws.com/deep/er/objects/a/b",
    ],
    ["s3://bucket-a?region=cn-north-1", "https://bucket-a.s3.cn-north-1.amazonaws.com.cn/objects/a/b"],
    ["s3://bucket.a?region=eu-west-1", "https://s3.eu-west-1.amazonaws.com/bucket.a/objects/a/b"],
    ["s3://bucket-a?endpoint=https://s3.example:9000", "https://bucket-a.s3.example:9000/objects/a/b"],
    ["s3://bucket-a?endpoint=http://s3.example&pathStyle=true", "http://s3.example/bucket-a/objects/a/b"],
  ])("of %s lead to %s", async (setting, expected) => {
    const { origin, pathname } = await signedBy(setting);
    expect(origin + pathname).toBe(expected);
  });

  it("work until the second in which they end, and no longer", async () => {
    const { searchParams } = await signedBy("s3://bucket-a?region=eu-west-1");
    expect(searchParams.get("X-Amz-Date")).toBe("20260102T030405Z");
    expect(searchParams.get("X-Amz-Expires")).toBe("900");
    expect(searchParams.get("X-Amz-Credential")).toBe("AKIDEXAMPLE/20260102/eu-west-1/s3/aws4_request");
  });
});

describe("A copy in S3", () => {
  const head = { key: "incoming/a", etag: '"e"' };
  const copyAt = async (answer: (condition: unknown) => number) => {
    const conditions: unknown[] = [];
    const server = createServer((request, response) => {
      conditions.push(request.headers["if-none-match"]);
      const status = answer(request.headers["if-none-match"]);
      const code = status === 501 ? "NotImplemented" : "PreconditionFailed";
      response.writeHead(status, { "content-type": "application/xml" });
      response.end(
        status === 200
          ? "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"
          : `<Error><Code>${code}</Code></Error>`,
      );
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new S3Client({ region: "r", endpoint, forcePathStyle: true, credentials });
    onTestFinished(() => {
      client.destroy();
      server.close();
    });
    return { bucket: new S3Bucket(client, "b"), conditions };
  };

  it("is asked for where nothing is yet, and of what is there says so", async () => {
    const { bucket, conditions } = await copyAt(() => 412);
    await expect(bucket.copy(head, "objects/a")).rejects.toMatchObject({ trouble: "MISSING" });
    expect(conditions).toEqual(["*"]);
  });

  it("is asked for without a condition where the server knows none", async () => {
    const { bucket, conditions } = await copyAt((condition) => (condition ? 501 : 200));
    await bucket.copy(head, "objects/a");
    await bucket.copy(head, "objects/b");
    expect(conditions).toEqual(["*", undefined, undefined]);
  });
});

describe("Versions in a bucket with Object Lock", () => {
  const versionsAt = async (answer: (request: IncomingMessage) => { status: number; body: string }) => {
    const server = createServer((request, response) => {
      const { status, body } = answer(request);
      response.writeHead(status, { "content-type": "application/xml" });
      response.end(body);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new S3Client({ region: "r", endpoint, forcePathStyle: true, credentials, maxAttempts: 1 });
    onTestFinished(() => {
      client.destroy();
      server.close();
    });
    return new S3Versions(client, "b");
  };
  const errorOf = (code: string) => `<Error><Code>${code}</Code></Error>`;

  it.each([
    [404, "ObjectLockConfigurationNotFoundError"],
    [501, "NotImplemented"],
    [405, "MethodNotAllowed"],
    [400, "InvalidArgument"],
    [403, "AccessDenied"],
  ])("are under no hold where the server answers %i %s", async (status, code) => {
    const versions = await versionsAt(() => ({ status, body: errorOf(code) }));
    expect(await versions.mayBeHeld()).toBe(false);
  });

  it.each([
    [404, "NoSuchBucket"],
    [403, "SignatureDoesNotMatch"],
    [429, "TooManyRequests"],
    [503, "SlowDown"],
    [500, "InternalError"],
  ])("may be under hold or not where it answers %i %s", async (status, code) => {
    const versions = await versionsAt(() => ({ status, body: errorOf(code) }));
    await expect(versions.mayBeHeld()).rejects.toMatchObject({ trouble: "AWAY" });
  });

  it("are old where a newer one has the same key, not one that begins so, however they are listed", async () => {
    const deleted: (string | undefined)[] = [];
    const version = (key: string, id: string, second: number, isLatest: boolean) =>
      `<Version><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>${isLatest}</IsLatest>
       <LastModified>2026-01-01T00:00:0${second}.000Z</LastModified></Version>`;
    const pages = [
      `<IsTruncated>true</IsTruncated><NextKeyMarker>a/x</NextKeyMarker><NextVersionIdMarker>old</NextVersionIdMarker>
       ${version("a/x", "old", 1, false)}`,
      `${version("a/x", "now", 1, true)}${version("a/x-more", "other", 9, true)}`,
    ];
    const versions = await versionsAt(({ method, url }) => {
      if (method === "DELETE") deleted.push(url);
      return {
        status: method === "DELETE" ? 204 : 200,
        body: method === "DELETE" ? "" : list(pages.shift()!),
      };
    });
    const list = (body: string) => `<ListVersionsResult>${body}</ListVersionsResult>`;
    await versions.deleteOld("a/x");
    expect(deleted).toEqual(["/b/a/x?versionId=old&x-id=DeleteObject"]);
  });

  it("are not old where somebody has but marked the key as deleted", async () => {
    const deleted: (string | undefined)[] = [];
    const at = (id: string, isLatest: boolean) =>
      `<Key>a</Key><VersionId>${id}</VersionId><IsLatest>${isLatest}</IsLatest>`;
    const body = `<ListVersionsResult><DeleteMarker>${at("mark", true)}</DeleteMarker>
      <Version>${at("bytes", false)}</Version></ListVersionsResult>`;
    const versions = await versionsAt(({ method, url }) => {
      if (method === "DELETE") deleted.push(url);
      return { status: 200, body: method === "DELETE" ? "" : body };
    });
    await expect(versions.deleteOld("a")).rejects.toMatchObject({ trouble: "MISSING" });
    expect(deleted).toEqual([]);
  });
});

describe("A class of S3", () => {
  const none = "<Error><Code>ObjectLockConfigurationNotFoundError</Code></Error>";
  const lock =
    "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>";
  const at = (id: string, isLatest: boolean) =>
    `<Version><Key>objects/a</Key><VersionId>${id}</VersionId><IsLatest>${isLatest}</IsLatest></Version>`;
  const versions = `<ListVersionsResult>${at("copy", true)}${at("old", false)}</ListVersionsResult>`;

  it.each([
    ["a bucket", none, ["HEAD", "GET", "PUT", "HEAD"]],
    [
      "a bucket that keeps all versions, of which none is left",
      lock,
      ["HEAD", "GET", "PUT", "HEAD", "GET", "DELETE"],
    ],
  ])("that a server takes for nothing is a trouble, in %s", async (_, configuration, expected) => {
    const asked: (string | undefined)[] = [];
    const server = createServer(({ method, url = "" }, response) => {
      asked.push(method);
      const isConfiguration = url.includes("object-lock");
      const status = isConfiguration && configuration === none ? 404 : 200;
      response.writeHead(status, { "content-type": "application/xml", etag: '"e"' });
      if (isConfiguration) response.end(configuration);
      else if (method === "GET") response.end(versions);
      else response.end(method === "PUT" ? "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>" : "");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const where = { bucket: "bucket-a", prefix: "", region: "r", isPathStyle: true };
    const store = openS3Store("s3", { kind: "s3", ...where, endpoint, coldClass: "ICE" }, { credentials });
    await expect(store.setClass("a", "COLD")).rejects.toMatchObject({
      trouble: "AWAY",
      message: "the object store keeps nothing in ICE",
    });
    expect(asked).toEqual(expected);
  });
});

describe("The store that OBJECT_STORE_URL names", () => {
  it.each([
    ["s3://bucket-a?region=eu-west-1", "S3 bucket bucket-a"],
    ["azure://container-a?account=stemma", "Azure container container-a of stemma"],
  ])("%s is opened without asking it anything, and served by nobody here", async (url, name) => {
    const settings = objectsOf({ OBJECT_STORE_URL: url, AZURE_STORAGE_KEY: "c2VjcmV0" }, "");
    const { store, served } = await openObjects(settings, () => "");
    expect(store.name).toBe(name);
    expect(store.name).toBe(objectStoreName(settings));
    expect(served).toBeNull();
  });
});
