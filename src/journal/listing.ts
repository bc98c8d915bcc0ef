import { canonical, sha256OfList } from "../kernel/canonical.ts";

const mostListed = 100;
const longestListBytes = 20_000;

/** A list as the body of an event tells it: itself while it is short, else how many there are and a digest of all. */
export function listOrDigest(name: string, items: readonly unknown[]): Record<string, unknown> {
  const isShort = items.length <= mostListed && Buffer.byteLength(canonical(items)) <= longestListBytes;
  if (isShort) return { [name]: items };
  return { [`${name}Count`]: items.length, [`${name}Digest`]: sha256OfList(items) };
}
