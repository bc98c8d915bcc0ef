import { PersistentId, PickleCall, PickleGlobal, type PickleValue } from "./pickle-values.ts";

const dtypeOfStorage: Readonly<Record<string, string>> = {
  BFloat16Storage: "bfloat16",
  BoolStorage: "bool",
  ByteStorage: "uint8",
  CharStorage: "int8",
  ComplexDoubleStorage: "complex128",
  ComplexFloatStorage: "complex64",
  DoubleStorage: "float64",
  FloatStorage: "float32",
  HalfStorage: "float16",
  IntStorage: "int32",
  LongStorage: "int64",
  QInt32Storage: "qint32",
  QInt8Storage: "qint8",
  QUInt8Storage: "quint8",
  ShortStorage: "int16",
};

/**
 * The tensor that a call makes: `_rebuild_tensor_v2(storage, offset, size, stride, …)`, with its dtype seventh in v3, or
 * a parameter around one (torch/_utils.py).
 */
export function torchTensorOf(value: PickleValue): { dtype: string; shape: number[] } | null {
  if (!(value instanceof PickleCall) || value.global.module !== "torch._utils") return null;
  const { name } = value.global;
  const inner = value.args[0];
  if (name.startsWith("_rebuild_parameter"))
    return inner instanceof PickleCall && inner.global.name.startsWith("_rebuild_tensor")
      ? torchTensorOf(inner)
      : null;
  const size = value.args[2];
  if (!/^_rebuild_(q)?tensor(_v\d)?$/.test(name) || !Array.isArray(size)) return null;
  const shape = size.filter((length) => typeof length === "number");
  return { dtype: dtypeOf(inner, value.args[6]), shape };
}

function dtypeOf(storage: PickleValue, given: PickleValue): string {
  if (given instanceof PickleGlobal) return given.name;
  const id = storage instanceof PersistentId && Array.isArray(storage.id) ? storage.id[1] : undefined;
  if (!(id instanceof PickleGlobal)) return "unknown";
  return Object.hasOwn(dtypeOfStorage, id.name) ? dtypeOfStorage[id.name]! : id.name;
}
