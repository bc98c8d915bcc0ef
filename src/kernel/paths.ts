import { sha256OfList } from "./canonical.ts";
import { conflict, invalid } from "./errors.ts";
import { nameOf } from "./names.ts";

const longestPath = 512;

/**
 * A path within a version, a run or a logged model: segments between `/`, none of them empty, `.` or `..`, no backslash,
 * so that it leads to one place below any folder on any system. At most 512 characters.
 */
export function filePathOf(field: string, came: string): string {
  const path = nameOf(field, came, longestPath);
  const segments = path.split("/");
  const isSound = segments.every(
    (segment) => segment !== "" && segment !== "." && segment !== ".." && segment.trim() === segment,
  );
  if (!isSound || /[\\:]/.test(path)) {
    throw invalid(field, "a relative path such as model/weights.onnx, without .., \\ and :", came);
  }
  return path;
}

/** What comes after the last `/` of a path. */
export function nameInPath(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Throws CONFLICT that names the paths. */
export function mustFitInOneFolder(paths: readonly string[]): void {
  const files = new Set<string>();
  for (const path of paths) {
    if (files.has(path)) throw conflict(`files: ${path} is there twice`, "files");
    files.add(path);
  }
  for (const path of paths) {
    for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
      const folder = path.slice(0, at);
      if (files.has(folder)) throw conflict(`files: ${folder} is a file, and a folder of ${path}`, "files");
    }
  }
}

/** In order of the paths by code points, as both databases, `LC_ALL=C sort` and Python have it; JavaScript does not. */
export function inOrderOfPaths<T extends { path: string }>(files: readonly T[]): T[] {
  const keyed = files.map((file) => ({ file, bytes: Buffer.from(file.path) }));
  return keyed.sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ file }) => file);
}

/**
 * The digest of files, such as a version's bundle: SHA-256 over the canonical JSON (RFC 8785) of its [path, sha256] pairs, in order of the paths
 * by code points. Names, bytes and nothing else: sizes follow from the bytes, roles are what people say of them.
 */
export function filesDigestOf(files: readonly { path: string; sha256: string }[]): string {
  return sha256OfList(pairsOf(inOrderOfPaths(files)));
}

function* pairsOf(files: readonly { path: string; sha256: string }[]): Iterable<[string, string]> {
  for (const { path, sha256 } of files) yield [path, sha256];
}
