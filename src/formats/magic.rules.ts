import type { FileFormat } from "./facts-draft.ts";
import { isTar } from "./tar.ts";

const magics: readonly (readonly [at: number, bytes: Buffer, format: FileFormat])[] = (
  [
    [0, "89484446 0d0a1a0a", "hdf5"],
    [0, "47475546", "gguf"],
    [0, "504b0304", "zip"],
    [0, "504b0506", "zip"],
    [0, "934e554d5059", "npy"],
    [0, "50415231", "parquet"],
    [4, "54464c33", "tflite"],
    [0, "1f8b08", "gzip"],
    [0, "425a68", "bzip2"],
    [0, "fd377a585a00", "xz"],
    [0, "28b52ffd", "zstd"],
    [0, "04224d18", "lz4"],
    [0, "7f454c46", "program"],
    [0, "feedface", "program"],
    [0, "feedfacf", "program"],
    [0, "cefaedfe", "program"],
    [0, "cffaedfe", "program"],
  ] as const
).map(([at, hex, format]) => [at, Buffer.from(hex.replaceAll(" ", ""), "hex"), format]);

const names: readonly (readonly [RegExp, FileFormat])[] = [
  [/\.safetensors$/, "safetensors"],
  [/\.onnx$/, "onnx"],
  [/\.gguf$/, "gguf"],
  [/\.(h5|hdf5|hdf)$/, "hdf5"],
  [/\.(keras|npz|zip|mar|ptl|pt2)$/, "zip"],
  [/\.npy$/, "npy"],
  [/\.joblib$/, "joblib"],
  [/\.(pkl|pickle|dill|pt|pth)$/, "pickle"],
  [/(^|\/)saved_model\.pb$/, "savedmodel"],
  [/(^|\/)keras_metadata\.pb$/, "keras-metadata"],
  [/(^|\/)variables\.(index|data-\d{5}-of-\d{5})$/, "tensorflow-checkpoint"],
  [/\.tflite$/, "tflite"],
  [/\.parquet$/, "parquet"],
  [/\.tar$/, "tar"],
];

/** By the first bytes of a file of that size; null where they do not tell. */
export function formatByMagic(head: Buffer, sizeBytes: number): FileFormat | null {
  for (const [at, bytes, format] of magics)
    if (head.subarray(at, at + bytes.length).equals(bytes)) return format;
  if (isTar(head)) return "tar";
  if (isSafetensors(head, sizeBytes)) return "safetensors";
  if (isPickle(head)) return "pickle";
  return isWindowsProgram(head) ? "program" : null;
}

/** Where a pickle is expected: packed by joblib, which takes packers whose first bytes say little. */
export function packedPickle(head: Buffer): FileFormat | null {
  if (head[0] === 0x78 && head.length > 2 && head.readUInt16BE() % 31 === 0) return "zlib";
  return head[0] === 0x5d && head[1] === 0 && head[2] === 0 ? "xz" : null;
}

export function formatByName(path: string): FileFormat | null {
  const name = path.toLowerCase();
  return names.find(([form]) => form.test(name))?.[1] ?? null;
}

/** PROTO of protocols 2 to 5, and an opcode behind it that may stand there. */
function isPickle(head: Buffer): boolean {
  return head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5 && head.length > 2 && head[2] !== 0;
}

function isSafetensors(head: Buffer, sizeBytes: number): boolean {
  if (head.length < 10 || head[8] !== 0x7b) return false;
  return Number(head.readBigUInt64LE()) <= sizeBytes - 8;
}

function isWindowsProgram(head: Buffer): boolean {
  if (head.length < 0x40 || head.toString("latin1", 0, 2) !== "MZ") return false;
  const at = head.readUInt32LE(0x3c);
  return head.toString("latin1", at, at + 4) === "PE\0\0";
}
