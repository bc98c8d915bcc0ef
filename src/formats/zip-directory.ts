import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createInflateRaw } from "node:zlib";
import { type BoundedBytes, HeaderError, inMemory, LimitError } from "./bounded-bytes.ts";
import { ByteCursor } from "./byte-cursor.ts";

// APPNOTE.TXT of PKWARE, 4.3 and 4.5.3. Only the directory at the end is believed, as readers of archives do.
const [endMark, end64Mark, locator64Mark, entryMark, localMark] = [
  0x06054b50, 0x06064b50, 0x07064b50, 0x02014b50, 0x04034b50,
];
const endBytes = 22;
const locatorBytes = 20;
const entryBytes = 46;
export const localBytes = 30;
const longestComment = 0xffff;
const mostEntries = 20_000;
const [stored, deflated] = [0, 8];

export interface ZipEntry {
  name: string;
  method: number;
  isEncrypted: boolean;
  isLink: boolean;
  packedBytes: number;
  sizeBytes: number;
  /** Where its local header begins. */
  at: number;
}

export interface ZipDirectory {
  entries: ZipEntry[];
  /** Bytes before the archive, which makes the file something else, too. */
  before: number;
}

interface End {
  count: number;
  sizeBytes: number;
  at: number;
  /** Where the directory ends, by what stands there. */
  behind: number;
}

/** HeaderError where there is none, LimitError for more than 20,000 entries. */
export async function readZipDirectory(bytes: BoundedBytes): Promise<ZipDirectory> {
  const end = await readEnd(bytes);
  const before = end.behind - end.sizeBytes - end.at;
  if (before < 0) throw new HeaderError("the directory is not before its end");
  if (end.count > mostEntries) throw new LimitError(`${end.count} entries`);
  if (end.count * entryBytes > end.sizeBytes)
    throw new HeaderError(`${end.count} entries in ${end.sizeBytes} bytes`);
  const cursor = new ByteCursor(bytes, end.behind - end.sizeBytes, end.behind);
  const entries: ZipEntry[] = [];
  while (cursor.left > 0) {
    if (entries.length === end.count) throw new HeaderError("more in the directory than it says");
    entries.push(await readEntry(cursor, before));
  }
  if (entries.length < end.count) throw new HeaderError("less in the directory than it says");
  return { entries, before };
}

async function readEnd(bytes: BoundedBytes): Promise<End> {
  const length = Math.min(bytes.sizeBytes, endBytes + longestComment);
  const tailAt = bytes.sizeBytes - length;
  const tail = await bytes.read(tailAt, length);
  for (let at = length - endBytes; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== endMark) continue;
    // Some readers take the last mark whatever stands behind it, others look further: then it is two archives.
    if (tail.readUInt16LE(at + 20) !== length - at - endBytes)
      throw new HeaderError("the end of the directory is not at the end");
    const end = {
      count: tail.readUInt16LE(at + 10),
      sizeBytes: tail.readUInt32LE(at + 12),
      at: tail.readUInt32LE(at + 16),
      behind: tailAt + at,
    };
    return (await readEnd64(bytes, end)) ?? end;
  }
  throw new HeaderError("a zip without its directory");
}

/** null where the archive is none of more than 4 GiB or 65,535 entries. */
async function readEnd64(bytes: BoundedBytes, end: End): Promise<End | null> {
  if (end.behind < locatorBytes) return null;
  const locator = await bytes.read(end.behind - locatorBytes, locatorBytes);
  if (locator.readUInt32LE() !== locator64Mark) return null;
  const at = Number(locator.readBigUInt64LE(8));
  const most = end.behind - locatorBytes - 56;
  // Bytes before the archive shift it; then it stands right before its locator.
  const record = at <= most ? await bytes.read(at, 56) : null;
  if (record?.readUInt32LE() !== end64Mark) throw new HeaderError("a zip64 without its end of directory");
  return {
    count: Number(record.readBigUInt64LE(32)),
    sizeBytes: Number(record.readBigUInt64LE(40)),
    at: Number(record.readBigUInt64LE(48)),
    behind: at,
  };
}

async function readEntry(cursor: ByteCursor, before: number): Promise<ZipEntry> {
  await cursor.need(entryBytes);
  const head = cursor.take(entryBytes);
  if (head.readUInt32LE() !== entryMark) throw new HeaderError(`no entry at byte ${cursor.position}`);
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((at) => head.readUInt16LE(at)) as [
    number,
    number,
    number,
  ];
  const fields = [24, 20, 42].map((at) => head.readUInt32LE(at));
  const entry = {
    method: head.readUInt16LE(10),
    isEncrypted: (head.readUInt16LE(8) & 1) === 1,
    isLink: head.readUInt16LE(40) >>> 12 === 0o12,
  };
  await cursor.need(nameLength + extraLength);
  const name = cursor.take(nameLength).toString("utf8");
  const [sizeBytes, packedBytes, at] = withExtra(fields, cursor.take(extraLength)) as [
    number,
    number,
    number,
  ];
  cursor.skip(commentLength);
  return { ...entry, name, sizeBytes, packedBytes, at: at + before };
}

/** Sizes and place that are too large for 32 bits stand in the extra field 1, in this order. */
function withExtra(fields: number[], extra: Buffer): number[] {
  if (!fields.includes(0xffffffff)) return fields;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const wide = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    let taken = 0;
    return fields.map((field) => {
      if (field !== 0xffffffff || taken + 8 > wide.length) return field;
      taken += 8;
      return Number(wide.readBigUInt64LE(taken - 8));
    });
  }
  return fields;
}

/**
 * The first bytes of an entry, unpacked, at most so many; null where it is encrypted or packed in another way than by
 * deflate. Never unpacks more than `most` bytes, whatever the entry says.
 */
export async function unpacked(
  bytes: BoundedBytes,
  entry: ZipEntry,
  most: number,
): Promise<{ bytes: BoundedBytes; isWhole: boolean } | null> {
  const packed = await packedPart(bytes, entry);
  if (entry.isEncrypted) return null;
  if (entry.method === stored) return { bytes: packed, isWhole: packed.sizeBytes === entry.sizeBytes };
  if (entry.method !== deflated) return null;
  const data = await inflated(await packed.first(most), most);
  return data && { bytes: inMemory(data), isWhole: data.length === entry.sizeBytes };
}

/** null where it is no deflate. Packed bytes may end early: then what they give is given. */
async function inflated(packed: Buffer, most: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk);
      length += chunk.length;
      done(length >= most ? new LimitError("enough") : null);
    },
  });
  const inflate = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
  const feed = [packed][Symbol.iterator]();
  try {
    await pipeline(feed, inflate, sink);
  } catch (error) {
    if (!(error instanceof LimitError)) return null;
  }
  return Buffer.concat(chunks).subarray(0, most);
}

/** What is packed, behind the local header; that must name the same entry. */
async function packedPart(bytes: BoundedBytes, entry: ZipEntry): Promise<BoundedBytes> {
  const head = await bytes.read(entry.at, localBytes);
  if (head.readUInt32LE() !== localMark)
    throw new HeaderError(`no entry "${entry.name}" at byte ${entry.at}`);
  const nameLength = head.readUInt16LE(26);
  const name = (await bytes.read(entry.at + localBytes, nameLength)).toString("utf8");
  if (name !== entry.name) throw new HeaderError(`"${entry.name}" is called "${name}" where it stands`);
  return bytes.part(entry.at + localBytes + nameLength + head.readUInt16LE(28), entry.packedBytes);
}
