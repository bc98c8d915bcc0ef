import { HeaderError } from "./bounded-bytes.ts";
import type { ByteCursor } from "./byte-cursor.ts";
import { PickleCall, PickleDict, type PickleValue } from "./pickle-values.ts";

// joblib/numpy_pickle.py: behind the BUILD of each NumpyArrayWrapper stand the bytes of the array, outside of the pickle.

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
 * `numpy.dtype("f8", False, True)`: kind and bytes of an item; of text, characters of four bytes. Records, `V`, may hold
 * objects, and then a pickle follows: they are not looked into.
 */
function itemBytesOf(dtype: PickleValue): number | "OBJECT" {
  const [code] = dtype instanceof PickleCall && dtype.global.path === "numpy.dtype" ? dtype.args : [];
  const [, kind, count] = (typeof code === "string" && /^([?bcfimMOSuU])(\d{1,9})$/.exec(code)) || [];
  if (kind === undefined) throw new HeaderError("an array of unknown dtype");
  if (kind === "O") return "OBJECT";
  return Number(count) * (kind === "U" ? 4 : 1);
}
