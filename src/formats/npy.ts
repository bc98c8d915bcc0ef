import { type BoundedBytes, HeaderError } from "./bounded-bytes.ts";
import type { FactsDraft } from "./facts-draft.ts";
import { readPickle } from "./pickle.ts";

// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
export const npyMagic = Buffer.from("\x93NUMPY", "latin1");
/** NumPy itself refuses longer ones. */
const longestHeader = 10_000;
const longestShape = 64;

interface NpyHead {
  dtype: string;
  shape: number[];
  /** Where the array begins. */
  at: number;
}

/** Numbers are numbers; an array of objects is a pickle. */
export async function readNpy(bytes: BoundedBytes, draft: FactsDraft, name: string): Promise<void> {
  const { dtype, shape, at } = await readHead(bytes);
  draft.tensor(name, dtype, shape);
  if (!/O/.test(dtype)) return;
  draft.doubt(`array "${name}" of objects: a pickle inside`);
  const { format } = draft;
  await readPickle(bytes.part(at, bytes.sizeBytes - at), draft);
  draft.format = format;
}

async function readHead(bytes: BoundedBytes): Promise<NpyHead> {
  const start = await bytes.read(0, 12);
  if (!start.subarray(0, 6).equals(npyMagic)) throw new HeaderError("no NumPy array");
  const major = start[6]!;
  if (major < 1 || major > 3) throw new HeaderError(`version ${major} of NumPy's format`);
  const headAt = major === 1 ? 10 : 12;
  const length = major === 1 ? start.readUInt16LE(8) : start.readUInt32LE(8);
  if (length > longestHeader) throw new HeaderError(`a header of ${length} bytes`);
  const head = (await bytes.read(headAt, length)).toString("latin1");
  return { ...parse(head), at: headAt + length };
}

/** A literal of Python: `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`; records have a list as descr. */
function parse(head: string): Omit<NpyHead, "at"> {
  const shape = /'shape': ?\(([\d, L]*)\)/.exec(head)?.[1];
  const dtype = /'descr': ?(?:'([^']*)'|(\[.*?\]), 'fortran_order')/s.exec(head);
  if (shape === undefined || dtype === null) throw new HeaderError("no header of a NumPy array");
  const lengths = shape.split(",").flatMap((length) => (length.trim() ? [Number.parseInt(length, 10)] : []));
  if (lengths.length > longestShape || !lengths.every(Number.isSafeInteger))
    throw new HeaderError("a shape that cannot be");
  return { dtype: dtype[1] ?? dtype[2]!, shape: lengths };
}
