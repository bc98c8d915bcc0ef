import { setImmediate as othersTurn } from "node:timers/promises";
import { type BoundedBytes, HeaderError, LimitError, mebibyte } from "./bounded-bytes.ts";
import type { FactsDraft } from "./facts-draft.ts";
import { JsonWalk } from "./json-walk.ts";

// https://github.com/huggingface/safetensors#format: length of the header (8 bytes), the header as JSON, the tensors.
const lengthBytes = 8;
const longestByFormat = 100_000_000;
const longestHeaderBytes = 6 * mebibyte;
const longestShape = 32;

const bitsOf: Readonly<Record<string, number>> = {
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
  C64: 64,
};

interface Tensor {
  dtype: string | null;
  shape: number[] | null;
  offsets: number[] | null;
}

export async function readSafetensors(bytes: BoundedBytes, draft: FactsDraft): Promise<void> {
  const length = Number((await bytes.read(0, lengthBytes)).readBigUInt64LE());
  const most = bytes.sizeBytes - lengthBytes;
  if (length > most) throw new HeaderError(`a header of ${length} bytes in a file of ${bytes.sizeBytes}`);
  if (length > longestByFormat)
    throw new HeaderError(`a header of ${length} bytes; the format allows 100 MB`);
  if (length > longestHeaderBytes) throw new LimitError(`a header of ${length} bytes is not looked at`);
  const walk = new JsonWalk(await bytes.read(lengthBytes, length));
  if (walk.next() !== "OBJECT") throw new HeaderError("the header is no JSON object");
  const places = new Places(most - length);
  const names = new Set<string>();
  for (;;) {
    const step = walk.next();
    if (step === "CLOSE") break;
    const name = walk.key!;
    if (names.has(name)) throw new HeaderError(`"${name}" twice in the header`);
    names.add(name);
    if (step !== "OBJECT") throw new HeaderError(`"${name}" is no object`);
    if (name === "__metadata__") await readMetadata(walk, draft);
    else takeTensor(name, await readTensor(walk), draft, places);
    if (walk.isLong) await walk.breathe();
  }
  walk.next();
  await places.mustCover();
}

async function readMetadata(walk: JsonWalk, draft: FactsDraft): Promise<void> {
  for (let step = walk.next(); step !== "CLOSE"; step = walk.next()) {
    if (step !== "VALUE" || typeof walk.value !== "string")
      throw new HeaderError(`metadata "${walk.key}" is no text`);
    draft.say(walk.key!, walk.value);
    if (walk.isLong) await walk.breathe();
  }
}

async function readTensor(walk: JsonWalk): Promise<Tensor> {
  const tensor: Tensor = { dtype: null, shape: null, offsets: null };
  for (let step = walk.next(); step !== "CLOSE"; step = walk.next()) {
    const { key } = walk;
    if (key === "dtype" && step === "VALUE") tensor.dtype = String(walk.value);
    else if (key === "shape" && step === "LIST") tensor.shape = readNumbers(walk);
    else if (key === "data_offsets" && step === "LIST") tensor.offsets = readNumbers(walk);
    else if (step === "OBJECT" || step === "LIST") await walk.leave();
  }
  return tensor;
}

function readNumbers(walk: JsonWalk): number[] {
  const numbers: number[] = [];
  for (let step = walk.next(); step !== "CLOSE"; step = walk.next()) {
    const { value } = walk;
    if (step !== "VALUE" || !Number.isSafeInteger(value) || (value as number) < 0)
      throw new HeaderError("a shape or offset that is no natural number");
    if (numbers.push(value as number) > longestShape)
      throw new HeaderError(`more than ${longestShape} dimensions`);
  }
  return numbers;
}

function takeTensor(name: string, tensor: Tensor, draft: FactsDraft, places: Places): void {
  const { dtype, shape, offsets } = tensor;
  if (dtype === null || shape === null || offsets?.length !== 2)
    throw new HeaderError(`"${name}" lacks dtype, shape or data_offsets`);
  const [begin, end] = offsets as [number, number];
  const size = places.add(name, begin, end);
  const bits = Object.hasOwn(bitsOf, dtype) ? bitsOf[dtype]! : null;
  if (bits === null) draft.doubt(`"${name}": unknown dtype ${dtype}`);
  else if (shape.reduce((product, length) => product * length, bits) !== size * 8)
    throw new HeaderError(`"${name}": ${size} bytes do not fit ${dtype} [${shape}]`);
  draft.tensor(name, dtype, shape);
}

/** Where tensors are: all bytes behind the header, each once. */
class Places {
  private readonly begins: number[] = [];
  private readonly ends: number[] = [];

  constructor(private readonly sizeBytes: number) {}

  add(name: string, begin: number, end: number): number {
    if (begin > end || end > this.sizeBytes)
      throw new HeaderError(`"${name}" at ${begin} to ${end} of ${this.sizeBytes} bytes`);
    this.begins.push(begin);
    this.ends.push(end);
    return end - begin;
  }

  /** Where the ends are the begins, but for the first and the last, each byte is covered once. */
  async mustCover(): Promise<void> {
    const begins = Float64Array.from([...this.begins, this.sizeBytes]).sort();
    await othersTurn();
    const ends = Float64Array.from([0, ...this.ends]).sort();
    const at = begins.findIndex((begin, index) => begin !== ends[index]);
    if (at < 0) return;
    const [begin, end] = [begins[at]!, ends[at]!];
    throw new HeaderError(
      begin > end ? `bytes ${end} to ${begin} belong to no tensor` : `tensors overlap at byte ${begin}`,
    );
  }
}
