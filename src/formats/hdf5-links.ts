import { HeaderError } from "./bounded-bytes.ts";
import type { Hdf5File } from "./hdf5-file.ts";
import type { Hdf5Message } from "./hdf5-objects.ts";

const [linkInfo, link, symbolTable] = [0x02, 0x06, 0x11];
const [hard, external] = [0, 64];
const deepestTree = 8;
const mostLinks = 20_000;
const largestHeap = 1024 * 1024;

export interface Hdf5Links {
  /** Name and place of each object in a group. */
  objects: { name: string; at: number }[];
  /** Names of links into other files. */
  outside: string[];
  /** Whether there are more, kept in a way that is not read. */
  isCut: boolean;
}

/** What a group holds, by the messages of its object. */
export async function linksOf(file: Hdf5File, messages: readonly Hdf5Message[]): Promise<Hdf5Links> {
  const links: Hdf5Links = { objects: [], outside: [], isCut: false };
  for (const { type, data } of messages) {
    if (type === symbolTable) await readSymbolTable(file, data, links);
    else if (type === link) readLink(file, data, links);
    else if (type === linkInfo && isDense(file, data)) links.isCut = true;
  }
  return links;
}

function isDense(file: Hdf5File, data: Buffer): boolean {
  return !file.isNowhere(file.address(data, (data[1] ?? 0) & 1 ? 10 : 2));
}

function readLink(file: Hdf5File, data: Buffer, links: Hdf5Links): void {
  const flags = data[1] ?? 0;
  let at = 2;
  const kind = flags & 8 ? data[at++] : hard;
  at += (flags & 4 ? 8 : 0) + (flags & 0x10 ? 1 : 0);
  const sizeBytes = 1 << (flags & 3);
  if (sizeBytes > 4 || at + sizeBytes > data.length) throw new HeaderError("no link");
  const length = data.readUIntLE(at, sizeBytes);
  at += sizeBytes;
  if (at + length > data.length) throw new HeaderError("no link");
  const name = data.toString("utf8", at, at + length);
  if (kind === hard) links.objects.push({ name, at: file.address(data, at + length) });
  else if (kind === external) links.outside.push(name);
}

/** Groups as they were first: a tree of nodes of names, which stand in a heap. */
async function readSymbolTable(file: Hdf5File, data: Buffer, links: Hdf5Links): Promise<void> {
  const heap = await readHeap(file, file.address(data, file.addressBytes));
  let nodes = [file.address(data, 0)];
  for (let depth = 0; nodes.length > 0; depth++) {
    if (depth === deepestTree) throw new HeaderError(`a group deeper than ${deepestTree} nodes`);
    const below: number[] = [];
    for (const at of nodes) {
      const isLeaf = (await file.read(at, 4)).toString("latin1") === "SNOD";
      if (isLeaf) await readNames(file, at, heap, links);
      else below.push(...(await childrenOf(file, at)));
      if (links.objects.length + below.length > mostLinks)
        throw new HeaderError(`more than ${mostLinks} links`);
    }
    nodes = below;
  }
}

async function readHeap(file: Hdf5File, at: number): Promise<Buffer> {
  const head = await file.marked("HEAP", at, 8 + 2 * file.lengthBytes + file.addressBytes);
  const length = file.number(head, 8, file.lengthBytes);
  if (length > largestHeap) throw new HeaderError(`names of ${length} bytes`);
  return file.read(file.address(head, 8 + 2 * file.lengthBytes), length);
}

async function childrenOf(file: Hdf5File, at: number): Promise<number[]> {
  const headBytes = 8 + 2 * file.addressBytes;
  const head = await file.marked("TREE", at, headBytes);
  const count = head.readUInt16LE(6);
  const step = file.lengthBytes + file.addressBytes;
  const body = await file.read(at + headBytes, count * step);
  return Array.from({ length: count }, (_, index) => file.address(body, index * step + file.lengthBytes));
}

async function readNames(file: Hdf5File, at: number, heap: Buffer, links: Hdf5Links): Promise<void> {
  const head = await file.marked("SNOD", at, 8);
  const step = 2 * file.addressBytes + 24;
  const count = head.readUInt16LE(6);
  const body = await file.read(at + 8, count * step);
  for (let index = 0; index < count; index++) {
    const begin = file.address(body, index * step);
    const end = heap.indexOf(0, begin);
    if (begin >= heap.length || end < 0) throw new HeaderError("a name outside its heap");
    const isLink = body.readUInt32LE(index * step + 2 * file.addressBytes) === 2;
    const target = file.address(body, index * step + file.addressBytes);
    if (!isLink) links.objects.push({ name: heap.toString("utf8", begin, end), at: target });
  }
}
