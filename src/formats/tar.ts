import { type BoundedBytes, HeaderError } from "./bounded-bytes.ts";
import type { FactsDraft } from "./facts-draft.ts";
import { trickOf } from "./path.rules.ts";

// POSIX ustar: headers of 512 bytes, each with the name at 0, size in octal at 124, kind at 156, prefix at 345.
const blockBytes = 512;
const mostEntries = 500;
const largestLongName = 4_096;
const links = "12";
const [longName, longLink, extended, global] = ["L", "K", "x", "g"];

export function isTar(first: Buffer): boolean {
  return first.length >= blockBytes && first.toString("latin1", 257, 262) === "ustar";
}

/** Names of entries, for what they would do to whoever unpacks them. An archive may hold anything. */
export async function readTar(bytes: BoundedBytes, draft: FactsDraft): Promise<void> {
  draft.content = "UNKNOWN";
  draft.doubt(null);
  let at = 0;
  let entries = 0;
  for (; at + blockBytes <= bytes.sizeBytes; entries++) {
    if (entries === mostEntries) {
      draft.note(`more than ${mostEntries} entries: the rest is not looked at`);
      break;
    }
    const head = await bytes.read(at, blockBytes);
    if (head[0] === 0) break;
    const size = sizeOf(head);
    const kind = String.fromCharCode(head[156]!);
    const more = await bytes.read(at + blockBytes, Math.min(size, nameBytesOf(kind)));
    for (const name of namesOf(head, kind, more)) {
      const trick = trickOf(name);
      if (trick !== null) draft.suspect(`entry "${name}": ${trick}`);
    }
    at += blockBytes + Math.ceil(size / blockBytes) * blockBytes;
  }
  draft.say("entries", entries);
}

function nameBytesOf(kind: string): number {
  return [longName, longLink, extended, global].includes(kind) ? largestLongName : 0;
}

function sizeOf(head: Buffer): number {
  const size = (head[124]! & 0x80) !== 0 ? Number(head.readBigUInt64BE(128)) : octal(text(head, 124, 12));
  if (!Number.isSafeInteger(size)) throw new HeaderError("an entry without a size");
  return size;
}

function octal(digits: string): number {
  const trimmed = digits.trim();
  return trimmed === "" ? 0 : /^[0-7]+$/.test(trimmed) ? Number.parseInt(trimmed, 8) : Number.NaN;
}

function namesOf(head: Buffer, kind: string, more: Buffer): string[] {
  if (kind === longName || kind === longLink) return [text(more, 0, more.length)];
  if (kind === extended || kind === global)
    return [...more.toString("utf8").matchAll(/ (?:link)?path=([^\n]*)/g)].map(([, name]) => name!);
  const prefix = text(head, 345, 155);
  const name = text(head, 0, 100);
  const target = links.includes(kind) ? [text(head, 157, 100)] : [];
  return [prefix ? `${prefix}/${name}` : name, ...target];
}

function text(bytes: Buffer, at: number, length: number): string {
  return bytes.toString("utf8", at, at + length).replace(/\0.*$/s, "");
}
