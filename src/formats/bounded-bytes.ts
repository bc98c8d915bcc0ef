import type { ByteSource } from "./byte-source.ts";

/** The bytes are not what their format asks for; the message says how, for people. */
export class HeaderError extends Error {
  override readonly name: string = "HeaderError";
}

/** There is more of it than is looked at: nothing is said about the rest. */
export class LimitError extends HeaderError {
  override readonly name = "LimitError";
}

/** What may still be read of a file, over all its readers. Reads cost a round trip each where bytes are far away. */
export interface ReadBudget {
  bytes: number;
  reads: number;
}

export const mebibyte = 1024 * 1024;

/** Enough for the headers of files as they are; whoever needs more says so. */
export function headerBudget(bytes = 8 * mebibyte): ReadBudget {
  return { bytes, reads: 2_048 };
}

/** A file, or a part of one, that can be read here and there until its budget is spent. */
export class BoundedBytes {
  constructor(
    private readonly source: ByteSource,
    private readonly budget: ReadBudget,
    private readonly start = 0,
    readonly sizeBytes = source.sizeBytes,
  ) {}

  /** Exactly these bytes; throws HeaderError behind the end, LimitError beyond the budget, and what the source throws. */
  async read(offset: number, length: number): Promise<Buffer> {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.sizeBytes))
      throw new HeaderError(`ends at byte ${this.sizeBytes}, before byte ${offset + length}`);
    if (length === 0) return Buffer.alloc(0);
    this.budget.bytes -= length;
    this.budget.reads -= 1;
    if (this.budget.bytes < 0 || this.budget.reads < 0) {
      this.budget.bytes = 0;
      this.budget.reads = 0;
      throw new LimitError(`more than is looked at, from byte ${offset} on`);
    }
    const bytes = await this.source.read(this.start + offset, length);
    if (bytes.length < length) throw new HeaderError(`ends at byte ${offset + bytes.length}, too early`);
    return bytes;
  }

  /** The first bytes, as many as there are. */
  first(length: number): Promise<Buffer> {
    return this.read(0, Math.min(length, this.sizeBytes));
  }

  part(offset: number, length: number): BoundedBytes {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.sizeBytes))
      throw new HeaderError(`ends at byte ${this.sizeBytes}, before byte ${offset + length}`);
    return new BoundedBytes(this.source, this.budget, this.start + offset, length);
  }
}

/** Bytes that are in memory already, so nothing is to be saved. */
export function inMemory(bytes: Buffer): BoundedBytes {
  const source: ByteSource = {
    sizeBytes: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
  return new BoundedBytes(source, { bytes: Number.MAX_SAFE_INTEGER, reads: Number.MAX_SAFE_INTEGER });
}
