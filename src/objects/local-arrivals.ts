import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { BodyRefusal } from "./body-refusal.ts";
import { told } from "./file-trouble.ts";
import type { LocalFolder } from "./local-folder.ts";
import { keyIsTaken } from "./object-store.ts";
import type { PartGrant, WholeGrant } from "./signed-url.rules.ts";

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
      await this.draft(checked(grant, body), async (draft) => {
        const incoming = folder.incomingOf(grant.key);
        await folder.makeFolder(incoming);
        await folder.name(draft, folder.partOf(incoming, grant.kind === "part" ? grant.number : 1));
      });
    });
  }

  /** Writes what nobody announced, and gives it its name among the objects once all of it is on disk. */
  write(key: string, body: Readable): Promise<void> {
    return told(async () => {
      const { folder } = this;
      const object = folder.objectOf(key);
      await this.draft(batched(body), async (draft) => {
        await folder.makeFolder(dirname(object));
        if (!(await folder.name(draft, object))) throw keyIsTaken();
      });
      await folder.keepNames(dirname(object));
    });
  }

  /** Has a file that holds all of this, on disk, be given a name; its first one goes. */
  private async draft(
    batches: AsyncIterable<readonly Buffer[]>,
    name: (draft: string) => Promise<void>,
  ): Promise<void> {
    const draft = this.folder.arriving();
    const handle = await this.folder.create(draft);
    try {
      try {
        for await (const batch of batches) await writeAll(handle, batch);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await name(draft);
    } finally {
      await this.folder.forget(draft);
    }
  }

  private async isSettled(key: string): Promise<boolean> {
    const { folder } = this;
    const [whole, parts] = await folder.lookFor([folder.objectOf(key), folder.partsOf(key)]);
    return whole?.isFile() || parts != null;
  }
}

/** The body in batches, held to its size as it comes and to its digest at its end. */
async function* checked(grant: WholeGrant | PartGrant, body: Readable): AsyncGenerator<Buffer[]> {
  const hash = grant.kind === "whole" ? createHash("sha256") : null;
  let received = 0;
  const take = (chunk: Buffer) => {
    received += chunk.length;
    if (received > grant.sizeBytes) {
      throw new BodyRefusal("LONG", `expected ${grant.sizeBytes} bytes; got more`);
    }
    hash?.update(chunk);
  };
  yield* batched(body, take);
  if (received < grant.sizeBytes) {
    throw new BodyRefusal("SHORT", `expected ${grant.sizeBytes} bytes; got ${received}`);
  }
  if (grant.kind === "whole" && hash?.digest("hex") !== grant.sha256) {
    throw new BodyRefusal("DIGEST", "the SHA-256 of these bytes is not the one that was announced");
  }
}

/** What comes, in batches: each is a call of the system. */
async function* batched(body: Readable, take: (chunk: Buffer) => void = () => {}): AsyncGenerator<Buffer[]> {
  let batch: Buffer[] = [];
  let batchedBytes = 0;
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    take(chunk);
    batch.push(chunk);
    batchedBytes += chunk.length;
    if (batchedBytes < batchBytes && batch.length < mostChunks) continue;
    yield batch;
    batch = [];
    batchedBytes = 0;
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
