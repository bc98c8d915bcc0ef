import { BoundedBytes, HeaderError, headerBudget, LimitError, mebibyte } from "./bounded-bytes.ts";
import type { ByteSource } from "./byte-source.ts";
import { FactsDraft, type FileFacts, type FileFormat } from "./facts-draft.ts";
import { readGguf } from "./gguf.ts";
import { readHdf5 } from "./hdf5.ts";
import { readKerasMetadata } from "./keras-metadata.ts";
import { formatByMagic, formatByName, packedPickle } from "./magic.rules.ts";
import { readNpy } from "./npy.ts";
import { readOnnx } from "./onnx.ts";
import { callsWhenUnpickled, readPickle } from "./pickle.ts";
import { readSafetensors } from "./safetensors.ts";
import { readSavedModel } from "./saved-model.ts";
import { readTar } from "./tar.ts";
import { readText } from "./text.ts";
import { readZip } from "./zip.ts";

const headBytes = 1024;
/** Dictionaries of tokens in GGUF and lists in pickles are longer than other headers. */
const longHeaders: ReadonlySet<FileFormat> = new Set(["gguf", "pickle", "joblib"]);
const longBudgetBytes = 32 * mebibyte;

/** What runs when it is loaded, and names by which nobody would expect that. */
const runnable: ReadonlySet<FileFormat> = new Set([
  "pickle",
  "joblib",
  "torch",
  "torchscript",
  "program",
  "script",
]);
const dataName =
  /\.(safetensors|onnx|gguf|h5|hdf5|npy|npz|parquet|tflite|json|ya?ml|csv|tsv|md|txt|pmml|xml|png|jpe?g)$/i;

/**
 * What a file is, by its first bytes and what they point at; by its name only where they do not tell. Nothing in it is
 * run, unpickled or followed elsewhere. Reads at most 8 MiB (32 MiB of GGUF and pickles) in at most some 2,000 reads, and
 * lets others have their turn. Bad bytes are findings; only what `source.read` throws is thrown.
 */
export async function inspect(path: string, source: ByteSource): Promise<FileFacts> {
  const budget = headerBudget();
  const bytes = new BoundedBytes(source, budget);
  const head = await bytes.first(headBytes);
  const draft = new FactsDraft(formatOf(path, head, source.sizeBytes));
  if (draft.format !== null && longHeaders.has(draft.format)) budget.bytes += longBudgetBytes - 8 * mebibyte;
  const isPickle = draft.format === "pickle" || draft.format === "joblib";
  await describe(path, bytes, draft);
  if (draft.format !== null && runnable.has(draft.format) && dataName.test(path))
    draft.suspect(`named like data, but ${draft.format}`);
  if (!isPickle) await lookForPickle(source, draft);
  return draft.finish();
}

function formatOf(path: string, head: Buffer, sizeBytes: number): FileFormat | null {
  const byMagic = formatByMagic(head, sizeBytes);
  if (byMagic !== null) return byMagic;
  const byName = formatByName(path);
  const isPickle = byName === "pickle" || byName === "joblib";
  return (isPickle && packedPickle(head)) || byName;
}

/** What Python takes for a pickle may be something else as well: then it is told whatever its name. */
async function lookForPickle(source: ByteSource, draft: FactsDraft): Promise<void> {
  const outcome = await callsWhenUnpickled(new BoundedBytes(source, { bytes: mebibyte, reads: 64 }));
  if (outcome !== null) draft.suspect(`a pickle as well, which ${outcome}`);
}

async function describe(path: string, bytes: BoundedBytes, draft: FactsDraft): Promise<void> {
  try {
    await read(path, bytes, draft);
  } catch (error) {
    if (!(error instanceof HeaderError)) throw error;
    if (draft.content === "DATA") draft.content = "UNKNOWN";
    if (error instanceof LimitError) draft.doubt(`not read to its end: ${error.message}`);
    else draft.doubt(`broken header: ${error.message}`);
  }
}

async function read(path: string, bytes: BoundedBytes, draft: FactsDraft): Promise<void> {
  switch (draft.format) {
    case "safetensors":
      return readSafetensors(bytes, draft);
    case "onnx":
      return readOnnx(bytes, draft);
    case "gguf":
      return readGguf(bytes, draft);
    case "hdf5":
      return readHdf5(bytes, draft);
    case "savedmodel":
      return readSavedModel(bytes, draft);
    case "keras-metadata":
      return readKerasMetadata(bytes, draft);
    case "npy":
      return readNpy(bytes, draft, "");
    case "zip":
      return readZip(bytes, draft);
    case "tar":
      return readTar(bytes, draft);
    case "pickle":
    case "joblib":
      return readPickle(bytes, draft);
    case "gzip":
    case "bzip2":
    case "xz":
    case "zstd":
    case "lz4":
    case "zlib":
      return tellCompressed(path, draft);
    case "program":
      draft.content = "CODE";
      return draft.doubt("a program or library");
    case "parquet":
    case "tensorflow-checkpoint":
      return;
    case "tflite":
      return draft.doubt("tensors and operators are not listed");
    default:
      return readUnknown(path, bytes, draft);
  }
}

function tellCompressed(path: string, draft: FactsDraft): void {
  draft.content = "UNKNOWN";
  const inside = formatByName(path.replace(/\.(gz|bz2|xz|lzma|zst|lz4|z)$/i, ""));
  const isPickle = inside === "pickle" || inside === "joblib";
  if (isPickle) draft.content = "CODE";
  draft.doubt(
    isPickle ? "compressed: a pickle that is not listed" : "compressed: what is inside is not listed",
  );
}

async function readUnknown(path: string, bytes: BoundedBytes, draft: FactsDraft): Promise<void> {
  if (await readText(path, bytes, draft)) return;
  draft.format = null;
  draft.content = "UNKNOWN";
  draft.doubt("an unknown format");
}
