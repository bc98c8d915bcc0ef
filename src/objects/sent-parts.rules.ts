import { ObjectStoreError, type SentPart } from "./object-store.ts";
import { mostParts } from "./parts.rules.ts";

/** In order of their numbers. MISSING where there is none, one twice, or one that no store can have. */
export function inOrder(parts: readonly SentPart[]): SentPart[] {
  const sorted = [...parts].sort((one, other) => one.number - other.number);
  const isSound = ({ number }: SentPart, at: number) =>
    Number.isInteger(number) && number >= 1 && number <= mostParts && number !== sorted[at - 1]?.number;
  if (sorted.length === 0 || !sorted.every(isSound)) {
    throw new ObjectStoreError("MISSING", "no object can be made of these parts");
  }
  return sorted;
}

/** Whether these mean the same bytes; some servers and clients leave the quotes out. */
export function isSameTag(one: string, other: string): boolean {
  return bare(one) === bare(other);
}

function bare(etag: string): string {
  return etag.replace(/^"(.*)"$/, "$1");
}
