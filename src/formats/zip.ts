import { type BoundedBytes, HeaderError, mebibyte } from "./bounded-bytes.ts";
import type { FactsDraft, FileFormat } from "./facts-draft.ts";
import { readHdf5 } from "./hdf5.ts";
import { readKerasConfig } from "./keras-config.ts";
import { readNpy } from "./npy.ts";
import { readPickle } from "./pickle.ts";
import { readZipDirectory, unpacked, type ZipEntry } from "./zip-directory.ts";
import { judgeEntries } from "./zip-entries.rules.ts";

const mostPickles = 32;
const mostArrays = 200;
const mostOfPickle = 8 * mebibyte;
const mostOfConfig = 4 * mebibyte;
const pickleName = /\.(pkl|pickle|joblib|p|sav|dill)$/i;
const scriptName = /\.(py|pyc|so|dll|sh|exe|jar)$/i;

/** An archive: by its directory, of torch, Keras, NumPy or nobody in particular. */
export async function readZip(bytes: BoundedBytes, draft: FactsDraft): Promise<void> {
  draft.content = "UNKNOWN";
  try {
    const directory = await readZipDirectory(bytes);
    const { entries } = directory;
    draft.say("entries", entries.length);
    const format = formatOf(entries);
    draft.format = format;
    const inside = new FilesInside(bytes, entries, draft);
    if (format === "npz") await inside.arrays();
    else if (format === "keras") await inside.keras();
    else await inside.programs();
    judgeEntries(directory, draft);
  } catch (error) {
    if (!(error instanceof HeaderError)) throw error;
    // Other readers may make something of it; what they would find was not looked at.
    draft.suspect(`archive not listed: ${error.message}`);
  }
}

function formatOf(entries: readonly ZipEntry[]): FileFormat {
  const names = entries.map(({ name }) => name);
  if (names.some((name) => /^[^/]+\/data\.pkl$/.test(name)))
    return names.some((name) => /^[^/]+\/(code\/|constants\.pkl$)/.test(name)) ? "torchscript" : "torch";
  if (names.includes("config.json") && names.includes("metadata.json")) return "keras";
  if (names.length > 0 && names.every((name) => name.endsWith(".npy"))) return "npz";
  return "zip";
}

class FilesInside {
  constructor(
    private readonly bytes: BoundedBytes,
    private readonly entries: readonly ZipEntry[],
    private readonly draft: FactsDraft,
  ) {}

  async arrays(): Promise<void> {
    this.draft.content = "DATA";
    for (const entry of this.entries.slice(0, mostArrays)) {
      const array = await unpacked(this.bytes, entry, mostOfPickle);
      if (array === null) this.draft.suspect(`array "${entry.name}" cannot be unpacked`);
      else await readNpy(array.bytes, this.draft, entry.name.replace(/\.npy$/, ""));
    }
    if (this.entries.length > mostArrays)
      this.draft.suspect(
        `${this.entries.length} arrays: those behind the first ${mostArrays} are not listed`,
      );
  }

  async keras(): Promise<void> {
    this.draft.content = "DATA";
    const config = this.entries.find(({ name }) => name === "config.json")!;
    const text = await unpacked(this.bytes, config, mostOfConfig);
    if (!text?.isWhole) this.draft.suspect("config.json cannot be unpacked, or is longer than is looked at");
    else await readKerasConfig(text.bytes, this.draft);
    const weights = this.entries.find(({ name }) => name === "model.weights.h5");
    const packed = weights && (await unpacked(this.bytes, weights, mostOfConfig));
    if (!packed?.isWhole) return this.draft.note("tensors are not listed");
    try {
      await readHdf5(packed.bytes, this.draft);
    } catch (error) {
      if (!(error instanceof HeaderError)) throw error;
      this.draft.doubt(`model.weights.h5: ${error.message}`);
    }
  }

  /** TorchScript, pickles, and archives of which nothing is known: no more is said than what is suspect in them. */
  async programs(): Promise<void> {
    const { draft, entries } = this;
    draft.doubt(null);
    const isScript = draft.format === "torchscript";
    if (draft.format !== "zip") draft.content = "CODE";
    if (isScript) draft.note("contains TorchScript code");
    else if (entries.some(({ name }) => scriptName.test(name))) draft.note("contains programs");
    const pickles = entries.filter(({ name }) => pickleName.test(name));
    for (const entry of pickles.slice(0, mostPickles)) await this.pickle(entry, isScript);
    if (pickles.length > mostPickles)
      draft.suspect(`${pickles.length} pickles: those behind the first ${mostPickles} are not listed`);
  }

  private async pickle(entry: ZipEntry, isScript: boolean): Promise<void> {
    const { content, format } = this.draft;
    const pickle = await unpacked(this.bytes, entry, mostOfPickle);
    if (!pickle?.isWhole)
      this.draft.suspect(`pickle "${entry.name}" cannot be unpacked, or is longer than is looked at`);
    // TorchScript has a reader of its own, for which these are names of its own code.
    else
      await readPickle(pickle.bytes, this.draft, {
        alsoAllows: ({ module }) => isScript && /^__torch__(\.|$)/.test(module),
      });
    this.draft.content = content === "DATA" ? "CODE" : content;
    this.draft.format = format;
  }
}
