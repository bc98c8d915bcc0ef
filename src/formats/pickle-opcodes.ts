import { HeaderError, LimitError } from "./bounded-bytes.ts";
import type { ByteCursor } from "./byte-cursor.ts";

/**
 * How an argument is written: LINE up to a line feed, PAIR two such lines, TEXT and BYTES behind their length in so
 * many bytes, LONG a number behind its length.
 */
type ArgumentKind =
  | "NONE"
  | "LINE"
  | "PAIR"
  | "U1"
  | "U2"
  | "U4"
  | "U8"
  | "I4"
  | "F8"
  | "LONG1"
  | "LONG4"
  | "TEXT1"
  | "TEXT4"
  | "TEXT8"
  | "BYTES1"
  | "BYTES4"
  | "BYTES8";

// The table of Python's own pickletools, protocols 0 to 5, by how the argument of an opcode is written.
const table: Readonly<Record<ArgumentKind, string>> = {
  LINE: "49:INT 4c:LONG 53:STRING 56:UNICODE 46:FLOAT 67:GET 70:PUT 50:PERSID",
  I4: "4a:BININT 84:EXT4",
  U1: "4b:BININT1 68:BINGET 71:BINPUT 82:EXT1 80:PROTO",
  U2: "4d:BININT2 83:EXT2",
  LONG1: "8a:LONG1",
  LONG4: "8b:LONG4",
  TEXT4: "54:BINSTRING 58:BINUNICODE",
  TEXT1: "55:SHORT_BINSTRING 8c:SHORT_BINUNICODE",
  BYTES4: "42:BINBYTES",
  BYTES1: "43:SHORT_BINBYTES",
  BYTES8: "8e:BINBYTES8 96:BYTEARRAY8",
  NONE: "97:NEXT_BUFFER 98:READONLY_BUFFER 4e:NONE 88:NEWTRUE 89:NEWFALSE 5d:EMPTY_LIST 61:APPEND 65:APPENDS 6c:LIST 29:EMPTY_TUPLE 74:TUPLE 85:TUPLE1 86:TUPLE2 87:TUPLE3 7d:EMPTY_DICT 64:DICT 73:SETITEM 75:SETITEMS 8f:EMPTY_SET 90:ADDITEMS 91:FROZENSET 30:POP 32:DUP 28:MARK 31:POP_MARK 94:MEMOIZE 93:STACK_GLOBAL 52:REDUCE 62:BUILD 6f:OBJ 81:NEWOBJ 92:NEWOBJ_EX 2e:STOP 51:BINPERSID",
  TEXT8: "8d:BINUNICODE8",
  F8: "47:BINFLOAT",
  U4: "6a:LONG_BINGET 72:LONG_BINPUT",
  PAIR: "63:GLOBAL 69:INST",
  U8: "95:FRAME",
};

interface OpcodeForm {
  name: string;
  kind: ArgumentKind;
}

const forms: (OpcodeForm | undefined)[] = [];
for (const [kind, opcodes] of Object.entries(table) as [ArgumentKind, string][])
  for (const opcode of opcodes.split(" ")) {
    const [code, name] = opcode.split(":") as [string, string];
    forms[Number.parseInt(code, 16)] = { name, kind };
  }

/** Names of globals are shorter; what is longer is skipped unread. */
const longestText = 256;
const longestLine = 64 * 1024;
/** Of an opcode whose argument is no line, or of one that is not read whole. */
const longestOpcode = 1 + 8 + longestText;
const lineFeed = 0x0a;
/** The largest number that is kept: sizes and places, not keys. */
const widestLong = 6;

export interface Opcode {
  /** Where it begins. */
  at: number;
  /** Where the next one begins. */
  end: number;
  name: string;
  /** The argument; null where there is none, or it is too long to be of interest. */
  argument: number | string | null;
  /** Second line of a PAIR. */
  second: string | null;
}

/** The next opcode; HeaderError where there is none. Does not wait where all of it is at hand. */
export function nextOpcode(cursor: ByteCursor): Opcode | Promise<Opcode> {
  if (cursor.ahead >= longestOpcode || cursor.ahead === cursor.left) {
    const opcode = readOpcode(cursor);
    if (opcode !== null) return opcode;
  }
  return waitForOpcode(cursor);
}

async function waitForOpcode(cursor: ByteCursor): Promise<Opcode> {
  await cursor.fill(longestOpcode);
  const opcode = readOpcode(cursor);
  if (opcode !== null) return opcode;
  await cursor.fill(longestLine);
  return readOpcode(cursor) ?? skipLongLine(cursor);
}

/** null where it is a line that does not end within what is at hand. */
function readOpcode(cursor: ByteCursor): Opcode | null {
  const at = cursor.position;
  const code = cursor.peek();
  const form = forms[code];
  if (form === undefined)
    throw new HeaderError(`no opcode of a pickle, ${code.toString(16).padStart(2, "0")}, at byte ${at}`);
  const opcode: Opcode = { at, end: at, name: form.name, argument: null, second: null };
  if (form.kind === "LINE" || form.kind === "PAIR") {
    if (!readLines(cursor, form.kind, opcode)) return null;
  } else {
    cursor.take(1);
    if (form.kind !== "NONE") opcode.argument = readArgument(cursor, form.kind);
  }
  opcode.end = cursor.position;
  return opcode;
}

function readLines(cursor: ByteCursor, kind: "LINE" | "PAIR", opcode: Opcode): boolean {
  const first = cursor.find(lineFeed, 1);
  const last = kind === "PAIR" && first > 0 ? cursor.find(lineFeed, first + 1) : first;
  if (last < 0) return false;
  const line = (length: number) => cursor.take(length).toString("utf8");
  cursor.take(1);
  opcode.argument = line(first - 1);
  cursor.take(1);
  if (kind === "PAIR") {
    opcode.second = line(last - first - 1);
    cursor.take(1);
  }
  return true;
}

async function skipLongLine(cursor: ByteCursor): Promise<Opcode> {
  const at = cursor.position;
  const { name, kind } = forms[cursor.peek()]!;
  if (kind === "PAIR" && cursor.left > longestLine) throw new LimitError(`a very long name at byte ${at}`);
  while (cursor.find(lineFeed) < 0) {
    if (cursor.left === cursor.ahead) throw new HeaderError(`ends within the line at byte ${at}`);
    cursor.skip(cursor.ahead);
    await cursor.fill(1);
  }
  cursor.skip(cursor.find(lineFeed) + 1);
  return { at, end: cursor.position, name, argument: null, second: null };
}

function readArgument(cursor: ByteCursor, kind: ArgumentKind): number | string | null {
  switch (kind) {
    case "U1":
      return cursor.u8();
    case "U2":
      return cursor.u16();
    case "U4":
      return cursor.u32();
    case "U8":
      return cursor.u64();
    case "I4":
      return cursor.take(4).readInt32LE();
    case "F8":
      return cursor.take(8).readDoubleBE();
    case "LONG1":
      return readLong(cursor, cursor.u8());
    case "LONG4":
      return readLong(cursor, cursor.take(4).readInt32LE());
    case "TEXT1":
      return readText(cursor, cursor.u8());
    case "TEXT4":
      return readText(cursor, cursor.u32());
    case "TEXT8":
      return readText(cursor, cursor.u64());
    case "BYTES1":
      cursor.skip(cursor.u8());
      return null;
    case "BYTES4":
      cursor.skip(cursor.u32());
      return null;
    case "BYTES8":
      cursor.skip(cursor.u64());
      return null;
    default:
      return null;
  }
}

function readText(cursor: ByteCursor, length: number): string | null {
  if (length <= longestText) return cursor.take(length).toString("utf8");
  cursor.skip(length);
  return null;
}

function readLong(cursor: ByteCursor, length: number): number | null {
  if (length === 0) return 0;
  if (length > 0 && length <= widestLong) return cursor.take(length).readIntLE(0, length);
  cursor.skip(length);
  return null;
}
