import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { LocalArrivals } from "../../src/objects/local-arrivals.ts";
import { LocalStore } from "../../src/objects/local-store.ts";
import { ObjectStoreError } from "../../src/objects/object-store.ts";
import { objectFolderOf } from "../support/engines.ts";
import { startWorld, type World } from "../support/world.ts";

const partBytes = 64 * 1024 ** 2;
const part = Buffer.alloc(partBytes, 7);
const tries = Array.from({ length: 5 }, (_, at) => at + 1);

let world: World;
let store: LocalStore;

beforeAll(async () => {
  world = await startWorld();
  store = await LocalStore.open(objectFolderOf(world.settings), () => world.url);
  return world.close;
});

afterEach(() => {
  vi.restoreAllMocks();
});

const signed = (sizeBytes: number) =>
  store.signer.sign({
    ...{ kind: "part", key: "sha256/ab/cd", number: 1, sizeBytes },
    expiresAt: Date.now() + 3_600_000,
  });

/** By status: a URL by which a whole part is refused. */
const refusals: [number, () => string][] = [
  [403, () => `${signed(partBytes)}x`],
  [413, () => signed(partBytes - 1)],
  [
    507,
    () => {
      vi.spyOn(LocalArrivals.prototype, "take").mockImplementation(async (_, body: Readable) => {
        await once(body, "readable");
        throw new ObjectStoreError("FULL", "no room is left");
      });
      return signed(partBytes);
    },
  ],
];

/** Clients, each answering the status that it was told. */
const clients: [string, (url: string) => Promise<number>][] = [
  [
    "sends and listens at once",
    async (url) => {
      const sent = httpRequest(url, { method: "PUT", headers: { "content-length": partBytes } });
      const answered = once(sent, "response");
      pipeline(Readable.from(piecesOf(part)), sent).catch(() => {});
      const [response] = await answered;
      response.on("error", () => {}).resume();
      sent.destroy();
      return response.statusCode;
    },
  ],
  ["is fetch", async (url) => (await fetch(url, { method: "PUT", body: new Uint8Array(part) })).status],
  [
    "listens once it has sent everything",
    async (url) => {
      const { hostname, port, host, pathname, search } = new URL(url);
      const socket = connect(Number(port), hostname);
      socket.pause();
      const head = `PUT ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${partBytes}\r\n\r\n`;
      const isSent = new Promise<void>((resolve, reject) => {
        socket.on("error", reject);
        socket.write(head);
        socket.write(part, (error) => (error ? reject(error) : resolve()));
      });
      await isSent;
      socket.end();
      return Number(/^HTTP\/1\.1 (\d{3}) /.exec(await text(socket))?.[1]);
    },
  ],
];

function* piecesOf(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

describe.each(refusals)("a large part that is refused with %i", (status, urlOf) => {
  it.each(clients)("tells so, each time, whoever %s", async (_, statusOf) => {
    const url = urlOf();
    const told: (number | string)[] = [];
    for (const _ of tries) {
      told.push(await statusOf(url).catch((error) => error.cause?.code ?? error.code ?? String(error)));
    }
    expect(told).toEqual(tries.map(() => status));
  });
});
