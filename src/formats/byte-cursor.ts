import { setImmediate as othersTurn } from "node:timers/promises";
import { type BoundedBytes, HeaderError } from "./bounded-bytes.ts";

/** How much is handed out before others get their turn: some milliseconds of work, even where each byte is an opcode. */
const sliceBytes = 8 * 1024;
const smallestBlockBytes = 1024;
const largestBlockBytes = 256 * 1024;

/**
 * Walks through bytes from one place on. `fill` and `need` wait for bytes, and let others have their turn; what takes
 * bytes does not wait and throws HeaderError where they are not at hand. All numbers are little-endian unless told.
 */
export class ByteCursor {
  private block: Buffer = Buffer.alloc(0);
  private blockAt: number;
  /** Up to where bytes of the block are handed out. */
  private shown: number;
  private blockBytes = smallestBlockBytes;

  constructor(
    private readonly bytes: BoundedBytes,
    private at = 0,
    readonly end = bytes.sizeBytes,
  ) {
    this.blockAt = at;
    this.shown = at;
  }

  get position(): number {
    return this.at;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** How many bytes are at hand. */
  get ahead(): number {
    return Math.max(0, this.shown - this.at);
  }

  /** Has so many bytes at hand, fewer only at the end. */
  async fill(wanted: number): Promise<void> {
    const until = Math.min(this.at + wanted, this.end);
    if (this.shown >= until) return;
    await othersTurn();
    const blockEnd = this.blockAt + this.block.length;
    if (until > blockEnd || this.at < this.blockAt) await this.readBlock(until, blockEnd);
    this.shown = Math.min(
      this.blockAt + this.block.length,
      Math.max(until, Math.max(this.shown, this.at) + sliceBytes),
    );
  }

  async need(wanted: number): Promise<void> {
    if (this.ahead >= wanted) return;
    if (wanted > this.left)
      throw new HeaderError(`ends at byte ${this.end}, before byte ${this.at + wanted}`);
    await this.fill(wanted);
  }

  u8(): number {
    return this.take(1)[0]!;
  }

  u16(): number {
    return this.take(2).readUInt16LE();
  }

  u32(): number {
    return this.take(4).readUInt32LE();
  }

  /** Above 2^53 it is not exact, and no count, size or place either: compare before use. */
  u64(): number {
    const bytes = this.take(8);
    return bytes.readUInt32LE(0) + bytes.readUInt32LE(4) * 2 ** 32;
  }

  take(length: number): Buffer {
    if (length > this.ahead) throw new HeaderError(`ends at byte ${this.end}, too early`);
    const from = this.at - this.blockAt;
    this.at += length;
    return this.block.subarray(from, from + length);
  }

  /** The next byte, which stays the next. */
  peek(): number {
    if (this.ahead === 0) throw new HeaderError(`ends at byte ${this.end}, too early`);
    return this.block[this.at - this.blockAt]!;
  }

  /** Place of this byte among those at hand, from `from` on, both counted from here; -1 where it is not. */
  find(byte: number, from = 0): number {
    const begin = this.at - this.blockAt;
    return this.block.subarray(begin, begin + this.ahead).indexOf(byte, from);
  }

  /** Without reading what lies between. */
  skip(length: number): void {
    if (!(length >= 0 && length <= this.left))
      throw new HeaderError(`ends at byte ${this.end}, before byte ${this.at + length}`);
    this.at += length;
  }

  private async readBlock(until: number, blockEnd: number): Promise<void> {
    // A small step over the end of a block goes on; a leap is looked at carefully.
    const goesOn = this.at >= this.blockAt && this.at <= blockEnd + this.blockBytes;
    this.blockBytes = goesOn ? Math.min(this.blockBytes * 2, largestBlockBytes) : smallestBlockBytes;
    const rest = goesOn ? this.block.subarray(this.at - this.blockAt) : Buffer.alloc(0);
    const from = this.at + rest.length;
    const length = Math.min(Math.max(until - from, this.blockBytes), this.end - from);
    const more = await this.bytes.read(from, length);
    this.block = rest.length === 0 ? more : Buffer.concat([rest, more]);
    this.blockAt = this.at;
    this.shown = this.at;
  }
}
