import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import type { ObjectStore } from "./object-store.ts";

/** What is really there. */
export interface Measured {
  sha256: string;
  sizeBytes: number;
}

/** All of a stream that is short. Not by node:stream/consumers, which make a Blob of it first. */
export async function bytesOf(stream: Readable): Promise<Buffer> {
  return Buffer.concat(await stream.toArray());
}

/** So many bytes are next. */
export type Pace = (bytes: number) => Promise<void> | undefined | void;

/**
 * Reads an object once, from beginning to end, and hashes it: the store's own word on it is never the proof. `pace`
 * is told of each piece before it is hashed; it may wait, or throw to give up.
 */
export async function measure(store: ObjectStore, key: string, pace: Pace = () => {}): Promise<Measured> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for await (const chunk of await store.read(key)) {
    const wait = pace((chunk as Buffer).length);
    if (wait) await wait;
    hash.update(chunk as Buffer);
    sizeBytes += (chunk as Buffer).length;
  }
  return { sha256: hash.digest("hex"), sizeBytes };
}
