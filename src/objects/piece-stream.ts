import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Readable } from "node:stream";
import { troubleOf } from "./file-trouble.ts";
import { ObjectStoreError } from "./object-store.ts";

/** Some bytes of a file. */
export interface Piece {
  path: string;
  start: number;
  length: number;
}

const chunkBytes = 512 * 1024;

/**
 * Pieces of files, one after another; one file is open at a time, from the first read on. Fails with MISSING where a
 * file does not have all of its piece: it must not look like a shorter object.
 */
export class PieceStream extends Readable {
  private readonly pieces: Piece[];
  private handle: FileHandle | null = null;

  constructor(pieces: readonly Piece[]) {
    super({ highWaterMark: chunkBytes });
    this.pieces = pieces.filter(({ length }) => length > 0).map((piece) => ({ ...piece }));
  }

  override _read(): void {
    this.next().then(
      (bytes) => this.push(bytes),
      (error) => this.destroy(troubleOf(error) as Error),
    );
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.close().then(
      () => done(error),
      (failure) => done(error ?? failure),
    );
  }

  private async next(): Promise<Buffer | null> {
    const [piece] = this.pieces;
    if (!piece) return null;
    this.handle ??= await open(piece.path, constants.O_RDONLY | constants.O_NOFOLLOW);
    // It may have been destroyed while the file was being opened.
    if (this.destroyed) await this.close();
    if (!this.handle) return null;
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, piece.length));
    const { bytesRead } = await this.handle.read(buffer, 0, buffer.length, piece.start);
    if (bytesRead === 0) throw new ObjectStoreError("MISSING", "an object is shorter than it was");
    piece.start += bytesRead;
    piece.length -= bytesRead;
    if (piece.length === 0) {
      this.pieces.shift();
      await this.close();
    }
    return buffer.subarray(0, bytesRead);
  }

  private async close(): Promise<void> {
    const { handle } = this;
    this.handle = null;
    await handle?.close();
  }
}
