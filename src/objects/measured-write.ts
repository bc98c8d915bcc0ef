import { finished, type Readable } from "node:stream";
import { type Measured, Measuring } from "./hashing.ts";
import type { ObjectStore } from "./object-store.ts";
import { largestStreamedBytes } from "./streamed-parts.ts";

/**
 * Writes what comes to a fresh key, and measures it on its way. Throws ObjectStoreError; BodyRefusal for too much; what
 * `bytes` fails with. These are left open where the store fails, so that their sender can still be told.
 */
export async function writeMeasured(
  store: ObjectStore,
  key: string,
  { bytes, contentType }: { bytes: Readable; contentType: string },
): Promise<Measured> {
  const measuring = new Measuring(largestStreamedBytes);
  // Not by pipeline: that would close the connection of a sender who is to hear why it is refused.
  finished(bytes, { writable: false }, (error) => {
    if (error) measuring.destroy(error);
  });
  bytes.pipe(measuring);
  try {
    await store.write(key, measuring, contentType);
    return measuring.measured;
  } finally {
    bytes.unpipe(measuring);
    measuring.destroy();
  }
}
