import { randomBytes, randomUUID } from "node:crypto";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, it } from "vitest";
import type { Incoming } from "../../src/objects/object-store.ts";
import type { S3Store } from "../../src/objects/s3-store.ts";
import { bytesAt, incomingOf, put, sha256Of } from "../support/object-store-contract.ts";
import { altered, type RawRequest, rawOf, sendRaw, withQuery } from "../support/raw-request.ts";
import { describeS3 } from "../support/s3-servers.ts";

const later = () => Date.now() + 60_000;
const missing = { trouble: "MISSING" };
type Attack = [name: string, change: (request: RawRequest) => Partial<RawRequest>];

const signedQuery = [
  "X-Amz-Content-Sha256",
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-SignedHeaders",
  "X-Amz-Signature",
];
const queryAttacks = (names: readonly string[]): Attack[] => [
  ...names.flatMap((name): Attack[] => [
    [`${name} altered`, ({ path }) => ({ path: withQuery(path, name, altered) })],
    [`${name} left out`, ({ path }) => ({ path: withQuery(path, name, () => null) })],
  ]),
  ["a longer life", ({ path }) => ({ path: withQuery(path, "X-Amz-Expires", () => "604800") })],
  [
    "another user",
    ({ path }) => ({
      path: withQuery(path, "X-Amz-Credential", (value) => value.replace(/^[^/]+/, "x:y")),
    }),
  ],
  ["another question beside", ({ path }) => ({ path: `${path}&acl=` })],
  ["no query", ({ path }) => ({ path: path.split("?")[0]! })],
];
const methodAttacks = (methods: readonly string[]): Attack[] =>
  methods.map((method) => [`the method ${method}`, () => ({ method })]);
/** Each in the place of the key that is signed. */
const keyAttacks: Attack[] = [
  ["another key", "incoming/contract/ffffffff-ffff-4fff-8fff-ffffffffffff"],
  ["what is committed", "objects/contract/ffffffff-ffff-4fff-8fff-ffffffffffff"],
  ["a step up", "incoming/../objects/a"],
  ["a step up, escaped", "incoming/%2e%2e/objects/a"],
  ["a step up, escaped twice", "incoming/%252e%252e/objects/a"],
  ["a NUL", "incoming/a%00"],
  ["a root of its own", "//etc/passwd"],
  ["a backslash", "incoming\\a"],
  ["another spelling of é", "incoming/e%CC%81"],
  ["no key", ""],
].map(([name, key]) => [
  name!,
  ({ path }) => ({ path: `${path.slice(0, path.indexOf("/", 1))}/${key}?${path.split("?")[1]}` }),
]);
const header = (name: string, value: string): Attack => [
  `${name}: ${value}`,
  ({ headers }) => ({ headers: { ...headers, [name]: value } }),
];
const without = (name: string): Attack => [
  `no ${name}`,
  ({ headers: { [name]: _, ...headers } }) => ({ headers }),
];
const resized = (by: number): Attack => [
  `${by > 0 ? "a byte more" : "a byte less"}`,
  ({ body, headers }) => {
    const other = randomBytes(body!.length + by);
    return { body: other, headers: { ...headers, "content-length": String(other.length) } };
  },
];

describeS3("Signed URLs of S3", (kind, server) => {
  let bucket: string;
  let store: S3Store;
  beforeAll(async () => {
    bucket = await server().bucket();
    store = server().store(bucket);
    await put(store, randomBytes(10));
  });

  const isThere = (Key: string) =>
    server()
      .owner.send(new HeadObjectCommand({ Bucket: bucket, Key }))
      .then(
        () => true,
        () => false,
      );
  const refused = async (request: RawRequest) => {
    const { status } = await sendRaw(request);
    // What follows the answer to a HEAD belongs to nothing, so the client hangs up.
    const mayHangUp = request.cutAfter !== undefined || request.method === "HEAD";
    expect([400, 403, 404, 405, 411, 412, 501, ...(mayHangUp ? [0] : [])]).toContain(status);
  };

  describe("for a whole object", () => {
    const bytes = randomBytes(2_000);
    const signed = async (until = later()): Promise<{ incoming: Incoming; request: RawRequest }> => {
      const incoming = await incomingOf(store, bytes);
      const { whole } = await store.transfer(incoming, until);
      return { incoming, request: rawOf(whole!, bytes) };
    };

    it("take what was signed", async () => {
      const { incoming, request } = await signed();
      expect((await sendRaw(request)).status).toBe(200);
      await store.commit(incoming);
      expect(await bytesAt(store, incoming.key)).toEqual(bytes);
    });

    it.each([
      ...queryAttacks(signedQuery),
      ...methodAttacks(["GET", "HEAD", "POST", "DELETE", "PATCH"]),
      ...keyAttacks,
      header("content-type", "text/html"),
      without("content-type"),
      header("x-amz-checksum-sha256", Buffer.alloc(32).toString("base64")),
      without("x-amz-checksum-sha256"),
      header("host", "elsewhere.example"),
      header("x-amz-acl", "public-read"),
      header("x-amz-copy-source", "/b/objects/a"),
      header("x-amz-meta-a", "b"),
      header("x-amz-tagging", "a=b"),
      header("x-amz-storage-class", "GLACIER"),
      resized(1),
      resized(-1),
      ["a body that hangs up", () => ({ cutAfter: 1_000 })],
      [
        "a body of no said length",
        ({ headers: { "content-length": _, ...headers } }) => ({
          headers: { ...headers, "transfer-encoding": "chunked" },
        }),
      ],
    ] satisfies Attack[])("refuse %s", async (_, change) => {
      const { incoming, request } = await signed();
      await refused({ ...request, ...change(request) });
      expect(await isThere(`incoming/${incoming.key}`)).toBe(false);
      await expect(store.commit(incoming)).rejects.toMatchObject(missing);
    });

    it.each([
      ["a second ago", 1_000],
      ["an hour ago", 3_600_000],
    ])("refuse after the end, %s", async (_, millis) => {
      const { incoming, request } = await signed(Date.now() - millis);
      await refused(request);
      await expect(store.commit(incoming)).rejects.toMatchObject(missing);
    });

    it("work until a second before the end", async () => {
      const { request } = await signed(Date.now() + 2_000);
      expect((await sendRaw(request)).status).toBe(200);
    });

    it("change nothing when they are sent again after commit, nor bring back what is removed", async () => {
      const { incoming, request } = await signed();
      await sendRaw(request);
      await store.commit(incoming);
      await sendRaw({ ...request, body: randomBytes(bytes.length) });
      expect(await bytesAt(store, incoming.key)).toEqual(bytes);
      await store.commit(incoming);
      expect(await bytesAt(store, incoming.key)).toEqual(bytes);
      await store.remove(incoming.key);
      await sendRaw(request);
      expect(await store.stat(incoming.key)).toBeNull();
    });

    it(`${kind.holdsToSha256 ? "refuse" : "take"} another body under the pinned hash, which the hash of what is there tells`, async () => {
      const { incoming, request } = await signed();
      const { status } = await sendRaw({ ...request, body: randomBytes(bytes.length) });
      expect(status).toBe(kind.holdsToSha256 ? 400 : 200);
      if (kind.holdsToSha256) return expect(store.commit(incoming)).rejects.toMatchObject(missing);
      // There are servers that know no x-amz-checksum-sha256, so what is committed is always hashed again.
      await store.commit(incoming);
      expect(sha256Of(await bytesAt(store, incoming.key))).not.toBe(incoming.sha256);
    });
  });

  describe("for a part", () => {
    const bytes = Buffer.alloc(33 * 1024 ** 2, randomUUID());
    let incoming: Incoming;
    const lastPart = async () => {
      const { parts } = await store.transfer(incoming, later());
      const part = parts.find(({ number }) => number === 3)!;
      return rawOf(part, bytes.subarray(bytes.length - part.sizeBytes));
    };
    beforeAll(async () => {
      incoming = await incomingOf(store, bytes);
    });

    it.each([
      ...queryAttacks(["partNumber", "uploadId", ...signedQuery]),
      ...methodAttacks(["GET", "POST", "DELETE"]),
      ...keyAttacks,
      resized(1),
      resized(-1),
      header("x-amz-copy-source", "/b/objects/a"),
      header("x-amz-copy-source-range", "bytes=0-1"),
      ["a body that hangs up", () => ({ cutAfter: 1_000 })],
    ] satisfies Attack[])("refuse %s", async (_, change) => {
      const request = await lastPart();
      await refused({ ...request, ...change(request) });
      const { parts } = await store.transfer(incoming, later());
      expect(parts.map(({ number }) => number)).toEqual([1, 2, 3]);
    });

    it("take what was signed", async () => {
      expect((await sendRaw(await lastPart())).status).toBe(200);
      const { parts } = await store.transfer(incoming, later());
      expect(parts.map(({ number }) => number)).toEqual([1, 2]);
    });
  });

  describe("for a download", () => {
    let key: string;
    const bytes = randomBytes(3_000);
    const signed = async (until = later()) => {
      const download = { expiresAt: until, fileName: "a.bin", contentType: "application/x-model" };
      return rawOf(await store.signDownload(key, download), null);
    };
    beforeAll(async () => {
      key = (await put(store, bytes)).key;
    });

    it.each([
      ...queryAttacks(["response-content-disposition", "response-content-type", ...signedQuery]),
      ...methodAttacks(["PUT", "POST", "DELETE"]),
      ...keyAttacks,
      header("host", "elsewhere.example"),
      header("x-amz-meta-a", "b"),
    ] satisfies Attack[])("refuse %s", async (_, change) => {
      const request = await signed();
      const attack = { ...request, ...change(request) };
      await refused(attack);
      expect(sha256Of(await bytesAt(store, key))).toBe(sha256Of(bytes));
    });

    it("refuse after the end, and give what was signed before it", async () => {
      await refused(await signed(Date.now() - 1_000));
      const answer = await sendRaw(await signed());
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual(bytes);
    });
  });
});
