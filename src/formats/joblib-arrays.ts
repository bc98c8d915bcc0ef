import { HeaderError } from "./bounded-bytes.ts";
import type { ByteCursor } from "./byte-cursor.ts";
import { PickleCall, PickleDict, type PickleValue } from "./pickle-values.ts";

// joblib/numpy_pickle.py: behind the BUILD of each NumpyArrayWrapper stand the bytes of the array, outside of the pickle.

const deepestFields = 3;

export function isWrapper(value: PickleValue): value is PickleCall {
  return value instanceof PickleCall && value.global.name === "NumpyArrayWrapper";
}

/** Goes behind the bytes of the array. OBJECTS where a pickle of the array follows instead. */
export async function skipArray(cursor: ByteCursor, wrapper: PickleCall): Promise<"SKIPPED" | "OBJECTS"> {
  if (!(wrapper.state instanceof PickleDict && wrapper.state.isWhole))
    throw new HeaderError("an array of unknown state");
  const state = wrapper.state.entries;
  const itemBytes = itemBytesOf(state.get("dtype"));
  if (itemBytes === "OBJECT") return "OBJECTS";
  const shape = state.get("shape");
  if (!Array.isArray(shape) || !shape.every(isCount)) throw new HeaderError("an array of unknown shape");
  if (state.has("numpy_array_alignment_bytes")) {
    if (!isCount(state.get("numpy_array_alignment_bytes")))
      throw new HeaderError("an array of unknown alignment");
    await cursor.need(1);
    cursor.skip(cursor.u8());
  }
  cursor.skip(shape.reduce((product: number, length: number) => product * length, itemBytes));
  return "SKIPPED";
}

function isCount(value: PickleValue): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/**
 * `numpy.dtype("f8", False, True)` with its state (3, order, shape of a part, names, fields, bytes, alignment, flags):
 * bytes of an item; of text, characters of four bytes. Whatever could be read in another way by NumPy is refused.
 */
function itemBytesOf(dtype: PickleValue, depth = 0): number | "OBJECT" {
  const isDtype = dtype instanceof PickleCall && dtype.global.path === "numpy.dtype";
  const [code] = isDtype ? dtype.args : [];
  const [, kind, count] = (typeof code === "string" && /^([?bcfimMOSuUV])(\d{1,9})$/.exec(code)) || [];
  const state = isDtype ? dtype.state : undefined;
  if (kind === undefined || !Array.isArray(state) || depth > deepestFields)
    throw new HeaderError("an array of unknown dtype");
  if (kind === "O") return "OBJECT";
  const bytes = Number(count) * (kind === "U" ? 4 : 1);
  const [, , part, , fields, stateBytes, , flags] = state as readonly PickleValue[];
  const isFlexible = "SUV".includes(kind);
  if (part !== undefined || !isCount(flags) || flags % 2 === 1 || (isFlexible && stateBytes !== bytes))
    throw new HeaderError("an array of unknown dtype");
  if (kind === "V") mustHoldNoObjects(fields, depth);
  return bytes;
}

/** Fields of records: name → (dtype, place). */
function mustHoldNoObjects(fields: PickleValue, depth: number): void {
  if (!(fields instanceof PickleDict && fields.isWhole)) throw new HeaderError("an array of unknown records");
  for (const field of fields.entries.values())
    if (!Array.isArray(field) || itemBytesOf(field[0], depth + 1) === "OBJECT")
      throw new HeaderError("an array of records with objects");
}
