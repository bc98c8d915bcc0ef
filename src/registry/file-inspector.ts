import { Semaphore } from "async-mutex";
import type { ByteSource } from "../formats/byte-source.ts";
import type { FileFacts } from "../formats/facts-draft.ts";
import { inspect } from "../formats/file-facts.ts";
import { inLanes } from "../kernel/lanes.ts";
import { bytesOf } from "../objects/hashing.ts";
import { type ObjectStore, ObjectStoreError } from "../objects/object-store.ts";

const filesAtOnce = 4;
const smallBytes = 64 * 1024;
/** Different endings under which the same bytes are looked at; what comes beyond is not. */
const mostEndings = 8;
/** What is kept of all files of one upload together, as JSON; beyond, only how many tensors there are. */
const mostKeptBytes = 4 * 1024 * 1024;

/** A file whose bytes are stored here. */
export interface StoredFile {
  path: string;
  sizeBytes: number;
  storageKey: string;
}

/** Looks into stored files: at their headers, never at what running them would do. */
export class FileInspector {
  /** Of all uploads together. */
  private readonly turns = new Semaphore(filesAtOnce);

  constructor(private readonly store: ObjectStore) {}

  /** By path. The same bytes are looked at once for each ending of their names. Throws ObjectStoreError. */
  async of(files: readonly StoredFile[]): Promise<Map<string, FileFacts>> {
    const looks = new Map<string, Map<string, Promise<FileFacts>>>();
    const found = new Map<string, FileFacts>();
    let kept = 0;
    await inLanes(files, filesAtOnce, async (file) => {
      const ofBytes = looks.get(file.storageKey) ?? new Map<string, Promise<FileFacts>>();
      looks.set(file.storageKey, ofBytes);
      const ending = /\.[^./]*$/.exec(file.path)?.[0].toLowerCase() ?? "";
      const isTooMany = !ofBytes.has(ending) && ofBytes.size >= mostEndings;
      if (!ofBytes.has(ending) && !isTooMany) ofBytes.set(ending, this.look(file));
      const facts = isTooMany ? unread : await ofBytes.get(ending)!;
      kept += JSON.stringify(facts).length;
      found.set(file.path, kept > mostKeptBytes ? inShort(facts) : facts);
    });
    return found;
  }

  private look(file: StoredFile): Promise<FileFacts> {
    return this.turns.runExclusive(() => inspect(file.path, sourceOf(this.store, file)));
  }
}

const unread: FileFacts = {
  ...{ format: null, content: "UNKNOWN", scan: "UNSCANNED", tensors: [], tensorCount: 0, metadata: {} },
  findings: ["the same bytes come under too many names: not looked into under this one"],
};

function inShort(facts: FileFacts): FileFacts {
  const findings = [
    ...facts.findings.slice(0, 3),
    "no more is kept: the upload's files tell too much together",
  ];
  return { ...facts, findings, tensors: [], metadata: {} };
}

/** What is small is read once, whole. */
function sourceOf(store: ObjectStore, { sizeBytes, storageKey }: StoredFile): ByteSource {
  const read = async (offset: number, length: number) => {
    const end = Math.min(offset + length, sizeBytes) - 1;
    if (end < offset) return Buffer.alloc(0);
    const bytes = await bytesOf(await store.read(storageKey, { start: offset, end }));
    if (bytes.length === end - offset + 1) return bytes;
    throw new ObjectStoreError("AWAY", "the store gave fewer bytes than it has");
  };
  if (sizeBytes > smallBytes) return { sizeBytes, read };
  let whole: Promise<Buffer> | null = null;
  return {
    sizeBytes,
    async read(offset, length) {
      whole ??= read(0, sizeBytes);
      return (await whole).subarray(offset, offset + length);
    },
  };
}
