import { HeaderError } from "./bounded-bytes.ts";
import type { ByteCursor } from "./byte-cursor.ts";

// https://protobuf.dev/programming-guides/encoding/
const longestVarintBytes = 10;
const [varint, fixed64, lengthDelimited, fixed32] = [0, 1, 2, 5];
const longestTextBytes = 400;

export interface ProtobufField {
  number: number;
  /** Of a varint; not exact above 2^53. */
  value: number;
  /** Whether it is a text, bytes, a message or packed numbers: `end` says where it ends. */
  isLong: boolean;
  end: number;
}

/**
 * Shows each field of the message between the cursor and `end`. `visit` may read the field and need not: what it leaves
 * is skipped, unread. Throws HeaderError where fields do not fit.
 */
export async function eachField(
  cursor: ByteCursor,
  end: number,
  visit: (field: ProtobufField) => Promise<void> | void,
): Promise<void> {
  while (cursor.position < end) {
    if (cursor.ahead < 2 * longestVarintBytes) await cursor.fill(2 * longestVarintBytes);
    const field = readField(cursor, end);
    const wait = visit(field);
    if (wait) await wait;
    cursor.skip(field.end - cursor.position);
  }
}

function readField(cursor: ByteCursor, end: number): ProtobufField {
  const begin = cursor.position;
  const tag = readVarint(cursor);
  const number = Math.floor(tag / 8);
  const wire = tag % 8;
  if (number === 0 || number > 2 ** 29) throw new HeaderError(`no field of a message at byte ${begin}`);
  const value = wire === varint || wire === lengthDelimited ? readVarint(cursor) : 0;
  const length = lengthOf(wire, value, begin);
  const field = { number, value, isLong: wire === lengthDelimited, end: cursor.position + length };
  if (field.end > end) throw new HeaderError(`a field at byte ${begin} ends behind its message`);
  return field;
}

function lengthOf(wire: number, value: number, begin: number): number {
  if (wire === varint) return 0;
  if (wire === lengthDelimited) return value;
  if (wire === fixed64) return 8;
  if (wire === fixed32) return 4;
  throw new HeaderError(`no field of a message at byte ${begin}`);
}

function readVarint(cursor: ByteCursor): number {
  let value = 0;
  for (let place = 0; place < longestVarintBytes; place++) {
    const byte = cursor.u8();
    value += (byte & 0x7f) * 2 ** (7 * place);
    if (byte < 0x80) return value;
  }
  throw new HeaderError(`a number longer than ${longestVarintBytes} bytes at byte ${cursor.position}`);
}

/** The text, cut where it is very long. */
export async function readText(cursor: ByteCursor, field: ProtobufField): Promise<string> {
  if (!field.isLong) return "";
  const length = Math.min(field.end - cursor.position, longestTextBytes);
  await cursor.need(length);
  return cursor.take(length).toString("utf8");
}

/** Numbers of a repeated field, of which this is one or, packed, some; at most so many. */
export async function readNumbers(cursor: ByteCursor, field: ProtobufField, most: number): Promise<number[]> {
  if (!field.isLong) return [field.value];
  const numbers: number[] = [];
  while (cursor.position < field.end && numbers.length <= most) {
    if (cursor.ahead < longestVarintBytes) await cursor.fill(longestVarintBytes);
    numbers.push(readVarint(cursor));
  }
  if (cursor.position > field.end) throw new HeaderError("numbers end behind their field");
  return numbers;
}

export function mustBeLong(field: ProtobufField): ProtobufField {
  if (!field.isLong) throw new HeaderError(`field ${field.number} is no message`);
  return field;
}
