import { deflateRawSync } from "node:zlib";

export interface ZipFile {
  name: string;
  data?: Buffer | string;
  isPacked?: boolean;
  /** What the directory says, where it is not the truth. */
  at?: number;
  sizeBytes?: number;
  packedBytes?: number;
  flags?: number;
  mode?: number;
  nameWhereItStands?: string;
}

export interface ZipEnd {
  count?: number;
  sizeBytes?: number;
  at?: number;
}

/** An archive as it should be, but for what is said to be otherwise. */
export function zipOf(files: readonly ZipFile[], end: ZipEnd = {}): Buffer {
  const places: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const file of files) {
    const data = Buffer.from(file.data ?? "");
    const packed = file.isPacked ? deflateRawSync(data) : data;
    const name = Buffer.from(file.name);
    const localName = Buffer.from(file.nameWhereItStands ?? file.name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50);
    local.writeUInt16LE(file.isPacked ? 8 : 0, 8);
    local.writeUInt16LE(localName.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50);
    entry.writeUInt16LE(file.flags ?? 0, 8);
    entry.writeUInt16LE(file.isPacked ? 8 : 0, 10);
    entry.writeUInt32LE(file.packedBytes ?? packed.length, 20);
    entry.writeUInt32LE(file.sizeBytes ?? data.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(((file.mode ?? 0) << 16) >>> 0, 38);
    entry.writeUInt32LE(file.at ?? at, 42);
    places.push(local, localName, packed);
    directory.push(entry, name);
    at += 30 + localName.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const last = Buffer.alloc(22);
  last.writeUInt32LE(0x06054b50);
  last.writeUInt16LE(end.count ?? files.length, 10);
  last.writeUInt32LE(end.sizeBytes ?? listed.length, 12);
  last.writeUInt32LE(end.at ?? at, 16);
  return Buffer.concat([...places, listed, last]);
}
