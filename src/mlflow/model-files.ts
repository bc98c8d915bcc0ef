import { type ModelFacts, modelFactsOf } from "../formats/mlmodel.ts";
import { textOf } from "../formats/text.ts";
import { StemmaError } from "../kernel/errors.ts";
import { nameOf } from "../kernel/names.ts";
import { readYaml } from "../kernel/yaml.ts";
import { bytesOf } from "../objects/hashing.ts";
import { type ObjectStore, ObjectStoreError } from "../objects/object-store.ts";
import { jsonOf } from "../tracking/json.rules.ts";
import type { LoggedFile } from "../tracking/logged-file.entity.ts";
import type { LoggedFileLoaders } from "../tracking/logged-file.loaders.ts";

const fileName = "MLmodel";
/**
 * A signature of 10,000 columns has 0.7 MiB. It is held in memory, and nobody is served while it is parsed: the worst that
 * was found of this size takes a quarter of a second.
 */
const mostBytes = 1024 * 1024;

/** Looks into files of runs and logged models for what a version that is made of them is to be said to be. */
export class ModelFiles {
  constructor(
    private readonly files: LoggedFileLoaders,
    private readonly store: ObjectStore,
  ) {}

  /**
   * What the `MLmodel` of a folder tells, as far as a version can be told it; null where nothing is in the folder. Throws
   * ObjectStoreError where the store cannot be asked now.
   */
  async factsIn(ownerId: number, folder: string): Promise<ModelFacts | null> {
    const file = await this.files.at(ownerId, folder === "" ? fileName : `${folder}/${fileName}`);
    if (file) return fitting(modelFactsOf(await this.described(file)));
    return (await this.files.isAny(ownerId, folder)) ? {} : null;
  }

  /** The file as JSON; nothing where it is no YAML, or more than is looked at. */
  private async described({ sizeBytes, storageKey }: LoggedFile): Promise<unknown> {
    if (storageKey === null || sizeBytes > mostBytes) return null;
    const bytes = await this.bytesAt(storageKey);
    const text = bytes && textOf(bytes, true);
    return text && taken(() => readYaml(fileName, text).value);
  }

  /** Null where they are gone: the snapshot of the files tells of that. */
  private async bytesAt(storageKey: string): Promise<Buffer | null> {
    try {
      return await bytesOf(await this.store.read(storageKey));
    } catch (error) {
      if (error instanceof ObjectStoreError && error.trouble === "MISSING") return null;
      throw error;
    }
  }
}

/** Without what registration would refuse: the caller did not say it, and the files are none the worse. */
function fitting(facts: ModelFacts): ModelFacts {
  const name = (field: "framework" | "format") => {
    const told = facts[field];
    return told === undefined ? undefined : taken(() => nameOf(field, told));
  };
  return {
    framework: name("framework"),
    format: name("format"),
    signature: taken(() => jsonOf("signature", facts.signature)),
  };
}

/** Undefined where it is refused. */
function taken<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof StemmaError) return undefined;
    throw error;
  }
}
