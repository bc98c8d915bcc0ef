import type { Check } from "./verdict.entity.ts";

/** What a gate finds. */
export type Finding = Pick<Check, "passed" | "says"> & Partial<Pick<Check, "expected" | "actual">>;

/** What is missing fails a gate, never passes it. */
export function missing(says: string): Finding {
  return { passed: false, says };
}
