// Paths within a bundle, as the registry takes them; what it tells is held to the same, for it is to be written here.
import { createHash } from "node:crypto";

const longestPath = 512;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u;

/** What is wrong with a path within a bundle; null where it leads to one place below any folder. */
export function problemOfPath(path: string): string | null {
  const length = [...path].length;
  if (length === 0 || length > longestPath) return `a path has 1–${longestPath} characters`;
  if (/\p{Surrogate}/u.test(path) || path.includes("\ufffd")) return "its name is no well-formed Unicode";
  if (control.test(path)) return "its name holds control characters";
  if (/[\\:]/.test(path)) return "its name holds \\ or :";
  const isSound = path
    .split("/")
    .every((segment) => segment !== "" && segment !== "." && segment !== ".." && segment.trim() === segment);
  return isSound
    ? null
    : "a path is relative, without empty names, . and .., and without spaces around names";
}

/** By code points, as the registry and `LC_ALL=C sort` have it; JavaScript's own order is another. */
export function inOrderOfPaths<T extends { path: string }>(files: readonly T[]): T[] {
  const keyed = files.map((file) => ({ file, bytes: Buffer.from(file.path) }));
  return keyed.sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ file }) => file);
}

/**
 * The digest of a bundle, 64 hex digits: SHA-256 over the canonical JSON (RFC 8785) of its [path, sha256] pairs in order
 * of the paths. Of well-formed texts JSON.stringify is canonical.
 */
export function bundleDigestOf(files: readonly { path: string; sha256: string }[]): string {
  const pairs = inOrderOfPaths(files).map(({ path, sha256 }) => [path, sha256]);
  return createHash("sha256").update(JSON.stringify(pairs)).digest("hex");
}
