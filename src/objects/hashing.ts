import { createHash } from "node:crypto";
import { type Readable, Transform, type TransformCallback } from "node:stream";
import { BodyRefusal } from "./body-refusal.ts";
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

/** Passes bytes on as they come, and counts and hashes them. Fails with BodyRefusal LONG where more than so many come. */
export class Measuring extends Transform {
  private readonly hash = createHash("sha256");
  private sizeBytes = 0;
  private digest: string | null = null;

  constructor(private readonly mostBytes = Number.POSITIVE_INFINITY) {
    super();
  }

  /** What has passed. Only once it has ended. */
  get measured(): Measured {
    if (this.digest === null) throw new Error("these bytes have not ended");
    return { sha256: this.digest, sizeBytes: this.sizeBytes };
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.sizeBytes += chunk.length;
    if (this.sizeBytes > this.mostBytes) {
      done(new BodyRefusal("LONG", `expected at most ${this.mostBytes} bytes; got more`));
      return;
    }
    this.hash.update(chunk);
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    this.digest = this.hash.digest("hex");
    done();
  }
}
