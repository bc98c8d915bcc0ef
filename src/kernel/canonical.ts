import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/** RFC 8785 canonical JSON. Throws a TypeError for what JSON cannot hold. */
export function canonical(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("not a JSON value");
  return text;
}

/** `sha256(canonical([...items]))`, without a text of them all. */
export function sha256OfList(items: Iterable<unknown>): string {
  const hash = createHash("sha256");
  let before = "[";
  for (const item of items) {
    hash.update(before + canonical(item), "utf8");
    before = ",";
  }
  return hash.update(before === "[" ? "[]" : "]").digest("hex");
}

/** Lower-case hex SHA-256 of the UTF-8 bytes of the given texts, one after another. */
export function sha256(...texts: string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text, "utf8");
  return hash.digest("hex");
}
