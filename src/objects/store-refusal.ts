import { StemmaError } from "../kernel/errors.ts";
import { ObjectStoreError } from "./object-store.ts";

/** What a verb throws where the store fails: that it does is a state to tell. Anything else stays the fault it is. */
export function storeRefusalOf(error: unknown): Error {
  if (error instanceof ObjectStoreError) {
    return new StemmaError("UNAVAILABLE", `the object store cannot be asked now: ${error.message}`);
  }
  return error instanceof Error ? error : new Error(String(error));
}
