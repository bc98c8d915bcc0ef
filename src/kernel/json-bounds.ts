import { randomInt } from "node:crypto";
import { overLimit, type StemmaError } from "./errors.ts";

// JSON.parse holds up everybody else while it reads, and deep nesting and ever new names are dear to it: 4 MB of
// brackets took it 750 ms, of names 390 ms. Within these limits it takes less than 50 ms.
const mostNesting = 100;
const mostValues = 60_000; // a run with 10,000 points takes 50,000, an import of 1,000 runs and versions 53,000
const mostNames = 10_000;

const [quote, comma, colon, backslash] = [0x22, 0x2c, 0x3a, 0x5c];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];
const space = 0x20; // and whatever is below

/** Why bytes are not to be parsed as JSON. Nothing is said of what is no JSON at all: its parser does. */
export function excessOfJson(bytes: Uint8Array): StemmaError | null {
  const names = new Names();
  let nesting = 0;
  let values = 1;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === quote) {
      const begin = at + 1;
      at = endOfText(bytes, begin);
      if (isName(bytes, at + 1) && names.add(bytes, begin, at) > mostNames)
        return excess("different names", mostNames);
    } else if (byte === openList || byte === openObject) {
      values++;
      if (++nesting > mostNesting) return excess("lists and objects within each other", mostNesting);
    } else if (byte === closeList || byte === closeObject) nesting--;
    else if (byte === comma) values++;
    if (values > mostValues) return excess("values", mostValues);
  }
  return null;
}

function excess(of: string, most: number): StemmaError {
  return overLimit(`at most ${most} ${of} in one JSON text; got more`);
}

/** Place of the quote that ends a text. */
function endOfText(bytes: Uint8Array, begin: number): number {
  let at = begin;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}

function isName(bytes: Uint8Array, behind: number): boolean {
  let at = behind;
  while (at < bytes.length && bytes[at]! <= space) at++;
  return bytes[at] === colon;
}

const slots = 2 ** 17;
/** What was seen last in each slot, and by whom: one table for all, so that none is made for each text. */
const seen = new Uint32Array(slots);
let texts = 0;
/** Unknown outside, or one could look for names that share a slot. */
const seed = randomInt(2 ** 32);

/** Counts different names by their hashes; a few that share a slot count once. */
class Names {
  private readonly text = nextText();
  private count = 0;

  add(bytes: Uint8Array, begin: number, end: number): number {
    let hash = seed;
    for (let at = begin; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & (slots - 1);
    if (seen[slot] !== this.text) {
      seen[slot] = this.text;
      this.count++;
    }
    return this.count;
  }
}

function nextText(): number {
  texts = texts === 2 ** 32 - 1 ? 1 : texts + 1;
  if (texts === 1) seen.fill(0);
  return texts;
}
