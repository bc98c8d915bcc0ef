import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { temporaryFolder } from "./foreign-stores.ts";
import { sha256Of } from "./uploads.ts";

/** A new folder of files with these contents, or with so many random bytes. */
export function folderOf(files: Record<string, string | number>): string {
  const folder = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === "number" ? randomBytes(content) : content);
  }
  return folder;
}

/** What is in a folder: path → SHA-256. */
export function contentsOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files.sort().map((path) => [relative(folder, path), sha256Of(readFileSync(path))]),
  );
}
