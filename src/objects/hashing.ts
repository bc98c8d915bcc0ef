import { createHash } from "node:crypto";
import type { ObjectStore } from "./object-store.ts";

/** What is really there. */
export interface Measured {
  sha256: string;
  sizeBytes: number;
}

/**
 * Reads an object once, from beginning to end, and hashes it: the store's own word on it is never the proof. `onChunk`
 * may throw to give up.
 */
export async function measure(store: ObjectStore, key: string, onChunk = () => {}): Promise<Measured> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for await (const chunk of await store.read(key)) {
    onChunk();
    hash.update(chunk as Buffer);
    sizeBytes += (chunk as Buffer).length;
  }
  return { sha256: hash.digest("hex"), sizeBytes };
}
