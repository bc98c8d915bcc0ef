import { HeaderError } from "./bounded-bytes.ts";
import type { Hdf5File } from "./hdf5-file.ts";

const mostMessages = 4_096;
const mostBlocks = 64;
const largestBlock = 256 * 1024;
const continuation = 0x10;

export interface Hdf5Message {
  type: number;
  /** Whether it only points at what is shared between objects. */
  isShared: boolean;
  data: Buffer;
}

interface Form {
  headBytes: number;
  read(block: Buffer, at: number): { type: number; length: number; flags: number };
}

interface Block {
  at: number;
  length: number;
}

const oldForm: Form = {
  headBytes: 8,
  read: (block, at) => ({
    type: block.readUInt16LE(at),
    length: block.readUInt16LE(at + 2),
    flags: block[at + 4]!,
  }),
};

function newForm(flags: number): Form {
  return {
    headBytes: flags & 4 ? 6 : 4,
    read: (block, at) => ({ type: block[at]!, length: block.readUInt16LE(at + 1), flags: block[at + 3]! }),
  };
}

/** The messages of the object header there: what an object is. */
export async function messagesAt(file: Hdf5File, at: number): Promise<Hdf5Message[]> {
  const head = await file.readUpTo(at, 32);
  if (head.length < 16) throw new HeaderError(`no object at byte ${at}`);
  const isNew = head.toString("latin1", 0, 4) === "OHDR";
  if (!isNew && head[0] !== 1) throw new HeaderError(`no object at byte ${at}`);
  if (!isNew) return readBlocks(file, { at: at + 16, length: head.readUInt32LE(8) }, oldForm, 0);
  const flags = head[5]!;
  const sizeAt = 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  const sizeBytes = 1 << (flags & 3);
  const full = await file.readUpTo(at, sizeAt + 8);
  if (full.length < sizeAt + sizeBytes) throw new HeaderError(`no object at byte ${at}`);
  const length = sizeBytes === 8 ? Number(full.readBigUInt64LE(sizeAt)) : full.readUIntLE(sizeAt, sizeBytes);
  return readBlocks(file, { at: at + sizeAt + sizeBytes, length }, newForm(flags), 4);
}

/** Blocks that go on from each other; those of the new form stand between four letters and a checksum. */
async function readBlocks(file: Hdf5File, first: Block, form: Form, around: number): Promise<Hdf5Message[]> {
  const messages: Hdf5Message[] = [];
  const blocks = [first];
  for (let index = 0; index < blocks.length; index++) {
    const { at, length } = blocks[index]!;
    if (index === mostBlocks || length > largestBlock)
      throw new HeaderError(`an object of ${length} bytes and more`);
    for (const message of split(await file.read(at, length), form)) {
      if (messages.length === mostMessages) throw new HeaderError(`more than ${mostMessages} messages`);
      if (message.type !== continuation) messages.push(message);
      else {
        const next = file.address(message.data, 0);
        const nextLength = file.number(message.data, file.addressBytes, file.lengthBytes);
        blocks.push({ at: next + around, length: Math.max(0, nextLength - 2 * around) });
      }
    }
  }
  return messages;
}

function split(block: Buffer, form: Form): Hdf5Message[] {
  const messages: Hdf5Message[] = [];
  for (let at = 0; at + form.headBytes <= block.length; ) {
    const { type, length, flags } = form.read(block, at);
    at += form.headBytes;
    if (at + length > block.length) throw new HeaderError("a message that ends behind its object");
    messages.push({ type, isShared: (flags & 2) !== 0, data: block.subarray(at, at + length) });
    at += length;
  }
  return messages;
}

/** Name of a datatype as NumPy writes it, where it has one. */
export function datatypeOf(data: Buffer): string {
  if (data.length < 8) throw new HeaderError("no datatype");
  const kind = data[0]! & 0x0f;
  const bits = data.readUInt32LE(4) * 8;
  if (kind === 0) return `${data[1]! & 8 ? "int" : "uint"}${bits}`;
  if (kind === 1) return `float${bits}`;
  const isText = kind === 9 && (data[1]! & 0x0f) === 1;
  if (kind === 3 || isText) return "string";
  return (
    ["", "", "time", "", "bitfield", "opaque", "compound", "reference", "enum", "list", "array"][kind] ||
    "unknown"
  );
}

/** Lengths of a dataspace; none for a single value. */
export function shapeOf(data: Buffer, lengthBytes: number): number[] {
  const version = data[0];
  const rank = data[1] ?? 0;
  const at = version === 1 ? 8 : 4;
  if ((version !== 1 && version !== 2) || rank > 32 || at + rank * lengthBytes > data.length)
    throw new HeaderError("no dataspace");
  return Array.from({ length: rank }, (_, index) => {
    const place = at + index * lengthBytes;
    return lengthBytes === 4 ? data.readUInt32LE(place) : Number(data.readBigUInt64LE(place));
  });
}
