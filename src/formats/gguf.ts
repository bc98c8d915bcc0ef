import { type BoundedBytes, HeaderError } from "./bounded-bytes.ts";
import { ByteCursor } from "./byte-cursor.ts";
import type { FactsDraft } from "./facts-draft.ts";

// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
const dtypes = (
  "F32 F16 Q4_0 Q4_1 Q4_2 Q4_3 Q5_0 Q5_1 Q8_0 Q8_1 Q2_K Q3_K Q4_K Q5_K Q6_K Q8_K IQ2_XXS IQ2_XS IQ3_XXS IQ1_S " +
  "IQ4_NL IQ3_S IQ2_S IQ4_XS I8 I16 I32 I64 F64 IQ1_M BF16 Q4_0_4_4 Q4_0_4_8 Q4_0_8_8 TQ1_0 TQ2_0 " +
  "IQ4_NL_4_4 IQ4_NL_4_8 IQ4_NL_8_8 MXFP4 NVFP4"
).split(" ");
const [text, list] = [8, 9];
/** Bytes of a value, by its type; texts and lists say their own length. */
const widths = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
const deepestLists = 4;
const mostDimensions = 8;
const mostPairs = 100_000;
const mostTensors = 10_000;
const longestKept = 400;
const longestTemplateBytes = 1024 * 1024;
/** A template formats a chat; what reaches for the insides of Python means something else. */
const templateTricks = /__|\|\s*attr|\\x5f|\\u005f/i;

interface Reading {
  cursor: ByteCursor;
  draft: FactsDraft;
}

export async function readGguf(bytes: BoundedBytes, draft: FactsDraft): Promise<void> {
  const cursor = new ByteCursor(bytes);
  await cursor.need(24);
  cursor.skip(4);
  const version = cursor.u32();
  draft.say("version", version);
  if (version !== 2 && version !== 3) {
    draft.doubt(`GGUF version ${version}: tensors not listed`);
    return;
  }
  const [tensors, pairs] = [cursor.u64(), cursor.u64()];
  if (pairs > mostPairs) throw new HeaderError(`${pairs} pairs of metadata`);
  if (tensors > cursor.end) throw new HeaderError(`${tensors} tensors in ${cursor.end} bytes`);
  const reading = { cursor, draft };
  for (let at = 0; at < pairs; at++) await readPair(reading);
  for (let at = 0; at < Math.min(tensors, mostTensors); at++) await readTensor(reading);
  if (tensors > mostTensors) draft.doubt(`${tensors} tensors: the first ${mostTensors} are counted`);
}

async function readPair({ cursor, draft }: Reading): Promise<void> {
  const key = await readString(cursor, longestKept);
  await cursor.need(4);
  const type = cursor.u32();
  const isTemplate = type === text && key.startsWith("tokenizer.chat_template");
  const value = await readValue(cursor, type, 0, isTemplate ? longestTemplateBytes : longestKept);
  if (isTemplate) judgeTemplate(value ?? "", draft);
  else if (value !== null) draft.say(key, value);
}

function judgeTemplate(template: string, draft: FactsDraft): void {
  if (templateTricks.test(template)) draft.suspect("the chat template reaches for the insides of Python");
  else draft.note("holds a chat template");
}

/** null where it is a list. */
async function readValue(
  cursor: ByteCursor,
  type: number,
  depth: number,
  longest: number,
): Promise<string | null> {
  if (type === text) return readString(cursor, longest);
  if (type === list) return readList(cursor, depth);
  const width = widthOf(type);
  await cursor.need(width);
  return numberOf(type, cursor.take(width));
}

async function readList(cursor: ByteCursor, depth: number): Promise<null> {
  if (depth === deepestLists) throw new HeaderError(`lists nested deeper than ${deepestLists}`);
  await cursor.need(12);
  const [type, count] = [cursor.u32(), cursor.u64()];
  if (type !== text && type !== list) {
    cursor.skip(count * widthOf(type));
    return null;
  }
  if (count > cursor.left / 8) throw new HeaderError(`a list of ${count} in ${cursor.left} bytes`);
  for (let at = 0; at < count; at++) {
    if (type === list) await readList(cursor, depth + 1);
    else {
      if (cursor.ahead < 8) await cursor.need(8);
      cursor.skip(cursor.u64());
    }
  }
  return null;
}

function widthOf(type: number): number {
  const width = widths[type];
  if (!width) throw new HeaderError(`no type ${type} of a value`);
  return width;
}

function numberOf(type: number, bytes: Buffer): string {
  if (type === 7) return String(bytes[0] !== 0);
  if (type === 6) return String(bytes.readFloatLE());
  if (type === 12) return String(bytes.readDoubleLE());
  if (type === 10) return String(bytes.readBigUInt64LE());
  if (type === 11) return String(bytes.readBigInt64LE());
  const isSigned = type % 2 === 1;
  return String(isSigned ? bytes.readIntLE(0, bytes.length) : bytes.readUIntLE(0, bytes.length));
}

async function readString(cursor: ByteCursor, most: number): Promise<string> {
  await cursor.need(8);
  const length = cursor.u64();
  if (length > cursor.left) throw new HeaderError(`a text of ${length} bytes at byte ${cursor.position}`);
  const kept = Math.min(length, most);
  await cursor.need(kept);
  const read = cursor.take(kept).toString("utf8");
  cursor.skip(length - kept);
  return read;
}

async function readTensor({ cursor, draft }: Reading): Promise<void> {
  const name = await readString(cursor, longestKept);
  await cursor.need(4);
  const dimensions = cursor.u32();
  if (dimensions > mostDimensions) throw new HeaderError(`"${name}": ${dimensions} dimensions`);
  await cursor.need(8 * dimensions + 12);
  const shape = Array.from({ length: dimensions }, () => cursor.u64());
  if (!shape.every(Number.isSafeInteger)) throw new HeaderError(`"${name}": a dimension that cannot be`);
  const type = cursor.u32();
  const offset = cursor.u64();
  if (offset > cursor.end) throw new HeaderError(`"${name}" begins at byte ${offset} of ${cursor.end}`);
  draft.tensor(name, dtypes[type] ?? String(type), shape);
}
