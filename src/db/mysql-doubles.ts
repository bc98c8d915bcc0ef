import { createRequire } from "node:module";
import { dirname, join } from "node:path";

interface Packet {
  buffer: Buffer;
  offset: number;
  parseFloat(length: number | null): number | null;
}

/**
 * Lets the language read the DOUBLEs that mysql2 would add up by itself. Up to 17 characters it does, digit by digit, and
 * with 16 digits the sum leaves 2^53: 940.1890869140625 arrives as 940.1890869140624, so a metric point is not found
 * again. mysql2's own switch for this, `typeCast`, costs a call for every cell of every row. Private parts of the driver
 * (seen in 3.24): `test/contract/doubles.test.ts` tells when they move.
 */
export function readDoublesExactly(): void {
  const require = createRequire(import.meta.url);
  const { prototype } = require(join(dirname(require.resolve("mysql2")), "lib", "packets", "packet.js")) as {
    prototype: Packet;
  };
  prototype.parseFloat = function (length) {
    if (length === null) return null;
    const text = this.buffer.toString("latin1", this.offset, this.offset + length);
    this.offset += length;
    return Number.parseFloat(text);
  };
}
