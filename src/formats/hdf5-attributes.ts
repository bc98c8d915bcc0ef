import { HeaderError } from "./bounded-bytes.ts";
import type { Hdf5File } from "./hdf5-file.ts";
import type { Hdf5Message } from "./hdf5-objects.ts";

const attribute = 0x0c;
const attributeInfo = 0x15;
const [fixedText, anyLength] = [3, 9];
const mostInHeap = 65_536;
const longestValue = 4 * 1024 * 1024;

/** Whether there are attributes that are kept in a way that is not read. */
export function hasHiddenAttributes(file: Hdf5File, messages: readonly Hdf5Message[]): boolean {
  return messages.some(
    ({ type, data }) =>
      type === attributeInfo && !file.isNowhere(file.address(data, (data[1] ?? 0) & 1 ? 4 : 2)),
  );
}

/** Texts among the attributes of an object, by name. */
export async function textsOf(
  file: Hdf5File,
  messages: readonly Hdf5Message[],
): Promise<Map<string, Buffer>> {
  const texts = new Map<string, Buffer>();
  for (const { type, data } of messages) {
    if (type !== attribute) continue;
    const { name, datatype, value } = split(data);
    const text = await textOf(file, datatype, value);
    if (text !== null) texts.set(name, text);
  }
  return texts;
}

function split(data: Buffer): { name: string; datatype: Buffer; value: Buffer } {
  const version = data[0] ?? 0;
  if (version < 1 || version > 3 || data.length < 9) throw new HeaderError("no attribute");
  const padded = (length: number) => (version === 1 ? Math.ceil(length / 8) * 8 : length);
  const [nameBytes, datatypeBytes, spaceBytes] = [2, 4, 6].map((at) => data.readUInt16LE(at)) as [
    number,
    number,
    number,
  ];
  const nameAt = version === 3 ? 9 : 8;
  const datatypeAt = nameAt + padded(nameBytes);
  const valueAt = datatypeAt + padded(datatypeBytes) + padded(spaceBytes);
  if (datatypeBytes < 8 || valueAt > data.length) throw new HeaderError("an attribute that ends too early");
  return {
    name: data.toString("utf8", nameAt, nameAt + nameBytes).replace(/\0.*$/s, ""),
    datatype: data.subarray(datatypeAt, datatypeAt + datatypeBytes),
    value: data.subarray(valueAt),
  };
}

async function textOf(file: Hdf5File, datatype: Buffer, value: Buffer): Promise<Buffer | null> {
  const kind = datatype[0]! & 0x0f;
  if (kind === fixedText) return value.subarray(0, datatype.readUInt32LE(4));
  if (kind !== anyLength || value.length < 8 + file.addressBytes) return null;
  const length = value.readUInt32LE(0);
  const found = await inHeap(file, file.address(value, 4), value.readUInt32LE(4 + file.addressBytes));
  return found?.subarray(0, length) ?? null;
}

/** An object of a global heap: index, count, four bytes, size, and its bytes up to a multiple of eight. */
async function inHeap(file: Hdf5File, heapAt: number, wanted: number): Promise<Buffer | null> {
  const headBytes = 8 + file.lengthBytes;
  const heapBytes = file.number(await file.marked("GCOL", heapAt, headBytes), 8, file.lengthBytes);
  let at = heapAt + headBytes;
  for (let count = 0; count < mostInHeap && at + headBytes <= heapAt + heapBytes; count++) {
    const head = await file.read(at, headBytes);
    const index = head.readUInt16LE();
    const length = file.number(head, 8, file.lengthBytes);
    if (index === 0) return null;
    if (index === wanted) return length > longestValue ? null : file.read(at + headBytes, length);
    at += headBytes + Math.ceil(length / 8) * 8;
  }
  return null;
}
