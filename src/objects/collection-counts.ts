import { Counter, type Registry } from "prom-client";
import type { Collected } from "./blob-collector.ts";
import type { Swept } from "./orphan-sweep.ts";

/** What was taken out of the object store, in /metrics. */
export class CollectionCounts {
  private readonly objects: Counter<"kind">;
  private readonly bytes: Counter<"kind">;

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ["kind"] as const;
    this.objects = new Counter({
      name: "stemma_objects_removed_total",
      help: "Stored objects removed: blobs that nothing referred to any longer, and orphans that nothing named.",
      ...{ labelNames, registers },
    });
    this.bytes = new Counter({
      name: "stemma_object_bytes_removed_total",
      help: "Bytes of stored objects removed, by kind as above.",
      ...{ labelNames, registers },
    });
    this.add("blob", 0, 0);
    this.add("orphan", 0, 0);
  }

  addBlobs({ blobs, bytes }: Collected): void {
    this.add("blob", blobs, bytes);
  }

  addOrphans({ objects, bytes }: Swept): void {
    this.add("orphan", objects, bytes);
  }

  private add(kind: "blob" | "orphan", objects: number, bytes: number): void {
    this.objects.inc({ kind }, objects);
    this.bytes.inc({ kind }, bytes);
  }
}
