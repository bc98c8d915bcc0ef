import type { Database } from "../db/database.ts";
import { type ModelFacts, modelFactsOf } from "../formats/mlmodel.ts";
import { textOf } from "../formats/text.ts";
import { StemmaError } from "../kernel/errors.ts";
import { nameOf } from "../kernel/names.ts";
import { readYaml } from "../kernel/yaml.ts";
import { bytesOf } from "../objects/hashing.ts";
import { unlessMissing } from "../objects/missing.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import { storeRefusalOf } from "../objects/store-refusal.ts";
import { jsonOf } from "../tracking/json.rules.ts";
import { storageKeysOf } from "./upload.query.ts";
import type { HeldFiles } from "./upload.service.ts";

const fileName = "MLmodel";
/**
 * A signature of 10,000 columns has 0.7 MiB. It is held in memory, and nobody is served while it is parsed: the worst that
 * was found of this size takes a quarter of a second.
 */
const mostBytes = 1024 * 1024;
/** For one version, of a file that is another one each time it has been read; then it is registered without. */
const mostReads = 3;

/** What the `MLmodel` among files tells of a version that is made of them; nothing where there is none. */
export type FactsIn = (held: HeldFiles) => ModelFacts;

/** A transaction cannot go on before these bytes have been read. */
class Unread extends Error {
  override readonly name = "Unread";

  constructor(readonly blob: number) {
    super(`the ${fileName} has not been read yet`);
  }
}

/** Looks into files that a version is registered with for what it is to be said to be. */
export class BundleFacts {
  constructor(
    private readonly db: Database,
    private readonly store: ObjectStore,
  ) {}

  /**
   * Does what asks `factsIn` within a transaction, once it has found out that the actor may have the files. That is given
   * up, the file read while nothing is locked, and all of it done again, so that what is told is always told by the very
   * bytes that are taken. Throws UNAVAILABLE where the store cannot be asked now.
   */
  async whileTold<T>(work: (factsIn: FactsIn) => Promise<T>): Promise<T> {
    /** By blob, whose bytes never change. */
    const read = new Map<number, ModelFacts>();
    const factsIn: FactsIn = ({ files, blobs }) => {
      const file = files.find(({ path, sizeBytes }) => path === fileName && sizeBytes <= mostBytes);
      const blob = file && blobs.get(file.sha256);
      if (blob === undefined) return {};
      const facts = read.get(blob);
      if (facts === undefined && read.size < mostReads) throw new Unread(blob);
      return facts ?? {};
    };
    for (;;) {
      try {
        return await work(factsIn);
      } catch (error) {
        if (!(error instanceof Unread)) throw error;
        read.set(error.blob, fitting(modelFactsOf(await this.described(error.blob))));
      }
    }
  }

  /** The file as JSON; nothing where it is no YAML. */
  private async described(blob: number): Promise<unknown> {
    const bytes = await this.bytesAt(blob);
    const text = bytes && textOf(bytes, true);
    return text && taken(() => readYaml(fileName, text).value);
  }

  /** Null where they are gone: the snapshot of the files, or the look at them, tells of that. */
  private async bytesAt(blob: number): Promise<Buffer | null> {
    const key = (await storageKeysOf(this.db.read, [blob])).get(blob);
    if (key === undefined) return null;
    try {
      return await unlessMissing(async () => bytesOf(await this.store.read(key)));
    } catch (error) {
      throw storeRefusalOf(error);
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
