import { callableNameOf } from "../kernel/names.ts";

const longestName = 500;

/** The name of an experiment, checked. `field` is where it stands in the input. */
export function experimentNameOf(field: string, came: string): string {
  return callableNameOf(field, came, "EXPERIMENT", longestName);
}
