import type { ObjectStore } from "../objects/object-store.ts";

/** Where bytes are, for the rooms that name them. */
export interface Objects {
  store: ObjectStore;
  /** How long a signed URL works, unless asked otherwise. */
  urlSeconds: number;
  /** Told of what went wrong where nobody waits for it. */
  onFault: (error: unknown) => void;
}
