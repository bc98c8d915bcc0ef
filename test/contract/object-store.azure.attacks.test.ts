import { randomBytes } from "node:crypto";
import type { ContainerClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AzureStore } from "../../src/objects/azure-store.ts";
import type { Incoming } from "../../src/objects/object-store.ts";
import { type AzuriteServer, startAzurite } from "../support/azurite-server.ts";
import { bytesAt, incomingOf, put, sendAll, sha256Of } from "../support/object-store-contract.ts";
import { altered, type RawRequest, rawOf, sendRaw, withQuery } from "../support/raw-request.ts";

const later = () => Date.now() + 60_000;
const missing = { trouble: "MISSING" };
type Attack = [name: string, change: (request: RawRequest) => Partial<RawRequest>];

const changed = (name: string, says: string, change: (value: string) => string | null): Attack => [
  says,
  ({ path }) => ({ path: withQuery(path, name, change) }),
];
const queryAttacks = (names: readonly string[]): Attack[] =>
  names.flatMap((name) => [
    changed(name, `${name} altered`, altered),
    changed(name, `${name} left out`, () => null),
  ]);
const methodAttacks = (methods: readonly string[]): Attack[] =>
  methods.map((method) => [`the method ${method}`, () => ({ method, body: null })]);
const elsewhere = (name: string, blob: string): Attack => [
  name,
  ({ path }) => {
    const [account, container] = path.split("/").slice(1);
    return { path: `/${account}/${container}/${blob}?${path.split("?")[1]}` };
  },
];
const keyAttacks: Attack[] = [
  elsewhere("another key", "incoming/contract/ffffffff-ffff-4fff-8fff-ffffffffffff"),
  elsewhere("what is committed", "objects/contract/ffffffff-ffff-4fff-8fff-ffffffffffff"),
  elsewhere("a step up", "incoming/../objects/a"),
  elsewhere("a step up, escaped", "incoming/%2e%2e/objects/a"),
  elsewhere("another spelling of é", "incoming/e%CC%81"),
  elsewhere("no key", ""),
  [
    "the list of the container",
    ({ path }) => {
      const [target, query] = path.split("?");
      const at = target!.split("/").slice(0, 3).join("/");
      return { path: `${at}?restype=container&comp=list&${query}`, method: "GET", body: null };
    },
  ],
];

describe("Signed URLs of Azure (Azurite verifies)", () => {
  let azurite: AzuriteServer;
  let container: ContainerClient;
  let store: AzureStore;
  beforeAll(async () => {
    azurite = await startAzurite();
    container = await azurite.container();
    store = azurite.store(container.containerName);
  });
  afterAll(() => azurite.stop());
  const refused = async (request: RawRequest) => {
    expect([400, 401, 403, 404, 405]).toContain((await sendRaw(request)).status);
  };
  const isThere = (name: string) => container.getBlobClient(name).exists();

  describe("for a whole object", () => {
    const bytes = randomBytes(2_000);
    const signed = async (until = later()): Promise<{ incoming: Incoming; request: RawRequest }> => {
      const incoming = await incomingOf(store, bytes);
      const { whole } = await store.transfer(incoming, until);
      return { incoming, request: rawOf(whole!, bytes) };
    };

    it("take what was signed", async () => {
      const { incoming, request } = await signed();
      expect((await sendRaw(request)).status).toBe(201);
      await store.commit(incoming);
      expect(await bytesAt(store, incoming.key)).toEqual(bytes);
    });

    it.each([
      ...queryAttacks(["se", "sr", "sp", "sig"]),
      changed("sv", "sv altered", altered),
      changed("se", "a longer life", () => "2099-01-01T00:00:00Z"),
      changed("sp", "more rights", () => "racwd"),
      changed("sr", "the whole container", () => "c"),
      ["no query", ({ path }) => ({ path: path.split("?")[0]! })],
      ...methodAttacks(["GET", "HEAD", "DELETE"]),
      ...keyAttacks,
    ] satisfies Attack[])("refuse %s", async (_, change) => {
      const { incoming, request } = await signed();
      await refused({ ...request, ...change(request) });
      expect(await isThere(`incoming/${incoming.key}`)).toBe(false);
      await expect(store.commit(incoming)).rejects.toMatchObject(missing);
    });

    it("refuse after the end, and work before it", async () => {
      await refused((await signed(Date.now() - 1_000)).request);
      expect((await sendRaw((await signed(Date.now() + 2_000)).request)).status).toBe(201);
    });

    // A SAS cannot pin a size: what is there is measured before it is copied.
    it.each([1, -1])("commit nothing of another size (%i)", async (by) => {
      const { incoming, request } = await signed();
      const body = randomBytes(bytes.length + by);
      const headers = { ...request.headers, "content-length": String(body.length) };
      expect((await sendRaw({ ...request, body, headers })).status).toBe(201);
      await expect(store.commit(incoming)).rejects.toMatchObject(missing);
      expect((await store.transfer(incoming, later())).whole).not.toBeNull();
    });

    it("take another body, which the hash of what is there tells", async () => {
      const { incoming, request } = await signed();
      await sendRaw({ ...request, body: randomBytes(bytes.length) });
      await store.commit(incoming);
      expect(sha256Of(await bytesAt(store, incoming.key))).not.toBe(incoming.sha256);
    });

    it("do not bring back what is removed", async () => {
      const { incoming, request } = await signed();
      await sendRaw(request);
      await store.commit(incoming);
      await store.remove(incoming.key);
      await sendRaw(request);
      expect(await store.stat(incoming.key)).toBeNull();
    });

    // Who may write may do both, and would otherwise keep the server from tidying up.
    it.each(["abort", "commit", "sweep"] as const)(
      "keep nothing from %s by a lease and a snapshot",
      async (verb) => {
        const { incoming, request } = await signed();
        await sendRaw(request);
        const also = async (comp: string, headers: Record<string, string>) =>
          (await sendRaw({ ...request, path: `${request.path}&comp=${comp}`, headers, body: null })).status;
        const none = { "content-length": "0" };
        expect(await also("snapshot", none)).toBe(201);
        const lease = { ...none, "x-ms-lease-action": "acquire", "x-ms-lease-duration": "-1" };
        expect(await also("lease", lease)).toBe(201);
        await (verb === "sweep" ? store.sweep(later()) : store[verb](incoming));
        const found = container.listBlobsFlat({ prefix: `incoming/${incoming.key}`, includeSnapshots: true });
        for await (const { name } of found) expect.unreachable(name);
        if (verb === "commit") expect(await bytesAt(store, incoming.key)).toEqual(bytes);
      },
    );
  });

  describe("for parts", () => {
    const bytes = Buffer.alloc(33 * 1024 ** 2, "parts");
    const signed = async () => {
      const incoming = await incomingOf(store, bytes);
      const { parts } = await store.transfer(incoming, later());
      return { incoming, last: rawOf(parts[2]!, bytes.subarray(bytes.length - parts[2]!.sizeBytes)) };
    };

    it.each([
      ...queryAttacks(["se", "sr", "sp", "sig"]),
      ...methodAttacks(["GET", "DELETE"]),
      ...keyAttacks,
    ] satisfies Attack[])("refuse %s", async (_, change) => {
      const { incoming, last } = await signed();
      await refused({ ...last, ...change(last) });
      expect((await store.transfer(incoming, later())).parts).toHaveLength(3);
    });

    it("commit no part of another size, nor a list of blocks that someone else has put together", async () => {
      const { incoming, last } = await signed();
      const body = randomBytes(10);
      const headers = { ...last.headers, "content-length": "10" };
      expect((await sendRaw({ ...last, body, headers })).status).toBe(201);
      expect((await store.transfer(incoming, later())).parts).toHaveLength(3);
      const list = Buffer.from(
        `<?xml version="1.0" encoding="utf-8"?><BlockList><Latest>${Buffer.from("000003").toString("base64")}</Latest></BlockList>`,
      );
      const path = `${withQuery(
        withQuery(last.path, "comp", () => null),
        "blockid",
        () => null,
      )}&comp=blocklist`;
      const sent = await sendRaw({
        ...last,
        path,
        body: list,
        headers: { "content-length": String(list.length) },
      });
      expect(sent.status).toBe(201);
      await expect(store.commit(incoming)).rejects.toMatchObject(missing);
      await sendAll(store, incoming, bytes);
      await store.commit(incoming);
      expect(sha256Of(await bytesAt(store, incoming.key))).toBe(incoming.sha256);
    });

    it("are copied also where one request cannot copy them", async () => {
      const slow = azurite.store(container.containerName, { copiedAtOnceBytes: 1_024 });
      const incoming = await put(slow, bytes);
      expect(sha256Of(await bytesAt(slow, incoming.key))).toBe(incoming.sha256);
    });
  });

  it("for a download refuse all that was not signed", async () => {
    const { key } = await put(store, randomBytes(100));
    const download = { expiresAt: later(), fileName: "a.bin", contentType: "application/x-model" };
    const request = rawOf(await store.signDownload(key, download), null);
    expect((await sendRaw(request)).status).toBe(200);
    const attacks: Attack[] = [
      ...queryAttacks(["se", "sr", "sp", "sig", "rscd", "rsct"]),
      ...methodAttacks(["PUT", "DELETE"]),
      ...keyAttacks,
    ];
    for (const [name, change] of attacks) {
      const { status } = await sendRaw({ ...request, ...change(request) });
      expect([name, [400, 401, 403, 404, 405].includes(status)]).toEqual([name, true]);
    }
  });
});
