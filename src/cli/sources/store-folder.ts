import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { StringDecoder } from "node:string_decoder";
import type { KeyValue } from "../../client/import-batch.ts";
import { byCodeUnit } from "./foreign-names.ts";
import { type YamlMapping, yamlMapping } from "./mlflow-yaml.ts";
import { SourceError } from "./source.ts";
import type { Warnings } from "./warnings.ts";

const largestBytes = 1024 * 1024;
const longestLine = 16 * 1024;
const deepest = 32;

/**
 * A folder of a stranger, read with care: symbolic links are not followed, files larger than 1 MiB are refused (metric
 * histories are read line by line and may be longer), and names come sorted. Paths are relative, with `/`. A store is
 * thousands of tiny files, which blocking calls read several times faster.
 */
export class StoreFolder {
  private readonly root: string;
  private readonly plain = new Set<string>();

  constructor(
    path: string,
    private readonly warnings: Warnings,
  ) {
    this.root = realpathSync(path);
  }

  /** Names of the folders directly below. */
  async folders(path: string): Promise<string[]> {
    const entries = this.entries(path);
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  }

  /** Paths of the files below `path`, at any depth, relative to it: MLflow keeps the key `a/b` in a folder `a`. */
  async files(path: string, depth = 0): Promise<string[]> {
    const found: string[] = [];
    for (const entry of this.entries(path)) {
      if (entry.isFile()) found.push(entry.name);
      if (!entry.isDirectory() || depth >= deepest) continue;
      for (const below of await this.files(`${path}/${entry.name}`, depth + 1))
        found.push(`${entry.name}/${below}`);
    }
    return found;
  }

  /** The files below as keys with their texts. */
  async pairs(path: string): Promise<KeyValue[]> {
    const keys = await this.files(path);
    return Promise.all(keys.map(async (key) => ({ key, value: (await this.text(`${path}/${key}`)) ?? "" })));
  }

  /** The text of a file; undefined where there is none, or only a symbolic link on the way to it. */
  async text(path: string): Promise<string | undefined> {
    const handle = this.openPlain(path);
    if (handle === undefined) return undefined;
    try {
      const found = fstatSync(handle);
      if (!found.isFile()) return undefined;
      if (found.size > largestBytes)
        throw new SourceError(`${this.label(path)} is larger than 1 MiB: it is not read`);
      return readFileSync(handle, "utf8");
    } finally {
      closeSync(handle);
    }
  }

  /** The YAML mapping in a file; undefined, with a warning, where the file holds something else. */
  async yaml(path: string): Promise<YamlMapping | undefined> {
    const text = await this.text(path);
    if (text === undefined) return undefined;
    const mapping = yamlMapping(text);
    if (!mapping) this.warnings.add(`${this.label(path)} cannot be read as YAML`);
    return mapping;
  }

  /** The lines of a file that hold something. */
  async *lines(path: string): AsyncGenerator<string> {
    const handle = this.openPlain(path);
    if (handle === undefined) return;
    try {
      const decoder = new StringDecoder("utf8");
      const chunk = Buffer.alloc(64 * 1024);
      let rest = "";
      for (let size = readSync(handle, chunk); size > 0; size = readSync(handle, chunk)) {
        const lines = (rest + decoder.write(chunk.subarray(0, size))).split("\n");
        rest = lines.pop()!;
        if (rest.length > longestLine)
          throw new SourceError(`${this.label(path)} is no metric file: a line is too long`);
        for (const line of lines) if (line.trim() !== "") yield line.trim();
      }
      if (rest.trim() !== "") yield rest.trim();
    } finally {
      closeSync(handle);
    }
  }

  private entries(path: string): Dirent[] {
    if (!this.isPlain(path)) return [];
    let entries: Dirent[];
    try {
      entries = readdirSync(join(this.root, path), { withFileTypes: true });
    } catch {
      return [];
    }
    for (const entry of entries) if (entry.isSymbolicLink()) this.warnOfLink(`${path}/${entry.name}`);
    return entries.sort((a, b) => byCodeUnit(a.name, b.name));
  }

  /** Opens a file to which no symbolic link leads; undefined where there is none. */
  private openPlain(path: string): number | undefined {
    if (!this.isPlain(dirname(path))) return undefined;
    const full = join(this.root, path);
    const kind = lstatSync(full, { throwIfNoEntry: false });
    if (kind?.isSymbolicLink()) this.warnOfLink(path);
    return kind?.isFile() ? openSync(full, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)) : undefined;
  }

  /** Whether a folder exists below the root and no symbolic link leads to it. */
  private isPlain(path: string): boolean {
    const full = join(this.root, path);
    if (this.plain.has(full)) return true;
    if (full !== this.root && !full.startsWith(join(this.root, "/"))) return false;
    if (full !== this.root && !this.isPlain(relative(this.root, dirname(full)))) return false;
    const kind = lstatSync(full, { throwIfNoEntry: false });
    if (kind?.isSymbolicLink()) this.warnOfLink(path);
    if (!kind?.isDirectory()) return false;
    if (this.plain.size >= 10_000) this.plain.clear();
    this.plain.add(full);
    return true;
  }

  private warnOfLink(path: string): void {
    this.warnings.add(`${this.label(path)} is a symbolic link: it is not followed`);
  }

  /** The path as told to people: from the store's own folder on. */
  private label(path: string): string {
    return join(basename(this.root), path);
  }
}
