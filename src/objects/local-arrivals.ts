import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { told } from "./file-trouble.ts";
import type { LocalFolder } from "./local-folder.ts";
import type { PartGrant, WholeGrant } from "./signed-url.rules.ts";

/** What is wrong with a body. UNSIZED: it does not say its size. SETTLED: nobody waits for it, the object is complete. */
export type BodyFault = "UNSIZED" | "LONG" | "SHORT" | "DIGEST" | "SETTLED";

export class BodyRefusal extends Error {
  override readonly name = "BodyRefusal";

  constructor(
    readonly fault: BodyFault,
    message: string,
  ) {
    super(message);
  }
}

const batchBytes = 256 * 1024;
const mostChunks = 256; // what a system takes at once is limited

/** Takes bodies in. */
export class LocalArrivals {
  constructor(private readonly folder: LocalFolder) {}

  /**
   * Writes a body as it comes; when this resolves it is on disk. What had arrived before stays as it is, so that a
   * repeated request does no harm. The body is left open where it is refused. Throws BodyRefusal, ObjectStoreError, and
   * what breaks the body off.
   */
  take(grant: WholeGrant | PartGrant, body: Readable): Promise<void> {
    return told(async () => {
      const { folder } = this;
      if (await this.isSettled(grant.key))
        throw new BodyRefusal("SETTLED", "this object is complete already");
      const draft = folder.arriving();
      const handle = await folder.create(draft);
      try {
        try {
          for await (const batch of checked(grant, body)) await writeAll(handle, batch);
          await handle.sync();
        } finally {
          await handle.close();
        }
        const incoming = folder.incomingOf(grant.key);
        await folder.makeFolder(incoming);
        await folder.name(draft, folder.partOf(incoming, grant.kind === "part" ? grant.number : 1));
      } finally {
        await this.folder.forget(draft);
      }
    });
  }

  private async isSettled(key: string): Promise<boolean> {
    const { folder } = this;
    const [whole, parts] = await folder.lookFor([folder.objectOf(key), folder.partsOf(key)]);
    return whole?.isFile() || parts != null;
  }
}

/** The body, held to its size as it comes and to its digest at its end, in batches: each is a call of the system. */
async function* checked(grant: WholeGrant | PartGrant, body: Readable): AsyncGenerator<Buffer[]> {
  const hash = grant.kind === "whole" ? createHash("sha256") : null;
  let received = 0;
  let batch: Buffer[] = [];
  let batched = 0;
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    received += chunk.length;
    if (received > grant.sizeBytes) {
      throw new BodyRefusal("LONG", `expected ${grant.sizeBytes} bytes; got more`);
    }
    hash?.update(chunk);
    batch.push(chunk);
    batched += chunk.length;
    if (batched < batchBytes && batch.length < mostChunks) continue;
    yield batch;
    batch = [];
    batched = 0;
  }
  if (received < grant.sizeBytes) {
    throw new BodyRefusal("SHORT", `expected ${grant.sizeBytes} bytes; got ${received}`);
  }
  if (grant.kind === "whole" && hash?.digest("hex") !== grant.sha256) {
    throw new BodyRefusal("DIGEST", "the SHA-256 of these bytes is not the one that was announced");
  }
  yield batch;
}

/** The system may write less than it is given. */
async function writeAll(handle: FileHandle, batch: readonly Buffer[]): Promise<void> {
  let rest = batch;
  while (rest.length > 0) {
    let { bytesWritten } = await handle.writev(rest);
    rest = rest.flatMap((chunk) => {
      const written = Math.min(bytesWritten, chunk.length);
      bytesWritten -= written;
      return written < chunk.length ? [chunk.subarray(written)] : [];
    });
  }
}
