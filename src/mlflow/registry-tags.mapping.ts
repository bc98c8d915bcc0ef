import type { KeyValueInput } from "../tracking/fact.inputs.ts";
import { registryTagOf } from "./keys.rules.ts";

/** Tags as they come: of a key told twice the last one counts. Throws INVALID_PARAMETER_VALUE. */
export function registryTagsOf(
  given: readonly { key: string; value?: string | undefined }[],
): KeyValueInput[] {
  const tags = given.map(({ key, value = "" }) => registryTagOf(key, value));
  return [...new Map(tags.map((tag) => [tag.key, tag])).values()];
}
