import { Semaphore } from "async-mutex";
import type { ByteSource } from "../formats/byte-source.ts";
import type { FileFacts } from "../formats/facts-draft.ts";
import { inspect } from "../formats/file-facts.ts";
import { type ObjectStore, ObjectStoreError } from "../objects/object-store.ts";

const filesAtOnce = 4;

/** A file whose bytes are stored here. */
export interface StoredFile {
  path: string;
  sizeBytes: number;
  storageKey: string;
}

/** Looks into stored files: at their headers, never at what running them would do. */
export class FileInspector {
  constructor(private readonly store: ObjectStore) {}

  /** In the order asked for. Throws ObjectStoreError. */
  of(files: readonly StoredFile[]): Promise<FileFacts[]> {
    const turns = new Semaphore(filesAtOnce);
    return Promise.all(
      files.map((file) => turns.runExclusive(() => inspect(file.path, sourceOf(this.store, file)))),
    );
  }
}

function sourceOf(store: ObjectStore, { sizeBytes, storageKey }: StoredFile): ByteSource {
  return {
    sizeBytes,
    async read(offset, length) {
      const end = Math.min(offset + length, sizeBytes) - 1;
      if (end < offset) return Buffer.alloc(0);
      const chunks: Buffer[] = [];
      for await (const chunk of await store.read(storageKey, { start: offset, end })) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      if (bytes.length === end - offset + 1) return bytes;
      throw new ObjectStoreError("AWAY", "the store gave fewer bytes than it has");
    },
  };
}
