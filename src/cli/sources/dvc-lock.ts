import { posix } from "node:path";
import type { ImportedDatasetUse, KeyValue } from "../../client/import-batch.ts";
import { ownKey, ownName, ownPairs } from "./foreign-names.ts";
import { present } from "./mlflow-run.mapping.ts";
import { textField, type YamlMapping, yamlMapping } from "./mlflow-yaml.ts";
import { withoutCredentials } from "./repository-name.ts";
import type { Warnings } from "./warnings.ts";

/** One stage of a `dvc.lock`: what was executed, on which content, with which result. */
export interface DvcStage {
  name: string;
  /** The entry as it stands in the file; every scalar is a text. */
  entry: YamlMapping;
  command: string;
  params: KeyValue[];
  inputs: ImportedDatasetUse[];
  outputs: ImportedDatasetUse[];
}

const mostUses = 100;
const mostParams = 1_000;
const longestParam = 6_000;
const longestCommand = 16_000;
/** Under which keys DVC writes what identifies content: its own md5, or what a remote store says. */
const digestKeys = ["md5", "etag", "checksum"];

/**
 * The stages of a `dvc.lock` (schema 2.0, or the older one without a schema) that lies at `path`; null where the text is
 * none. `label` names the file in warnings.
 */
export function dvcStagesOf(
  text: string,
  path: string,
  label: string,
  warnings: Warnings,
): DvcStage[] | null {
  const lock = yamlMapping(text);
  const listed = lock && "schema" in lock ? lock.stages : lock;
  if (!isMapping(listed)) return null;
  return Object.entries(listed).flatMap(([name, entry]) => {
    const command = isMapping(entry) ? commandOf(entry) : null;
    if (isMapping(entry) && command !== null)
      return [stageOf(name, entry, command, path, `${label}, stage ${JSON.stringify(name)}`, warnings)];
    warnings.add(`${label}: stage ${JSON.stringify(name)} names no command; it is left out`);
    return [];
  });
}

function stageOf(
  name: string,
  entry: YamlMapping,
  command: string,
  path: string,
  label: string,
  warnings: Warnings,
): DvcStage {
  const uses = (field: string) => usesOf(entry[field], posix.dirname(path), `${label}, ${field}`, warnings);
  const params = ownPairs("Param", flat(entry.params), warnings);
  const cut = (what: string) => warnings.add(`${label}: ${what}; the rest is left out`);
  if (params.length > mostParams) cut(`only ${mostParams} of ${params.length} params are imported`);
  if (params.some(({ value }) => value.length > longestParam))
    cut(`params are cut to ${longestParam} characters`);
  if (command.length > longestCommand) cut(`its command is cut to ${longestCommand} characters`);
  return {
    name,
    entry,
    command: command.slice(0, longestCommand),
    params: params
      .slice(0, mostParams)
      .map(({ key, value }) => ({ key, value: value.slice(0, longestParam) })),
    inputs: uses("deps"),
    outputs: uses("outs"),
  };
}

/** A command, or several that DVC runs one after another. */
function commandOf({ cmd }: YamlMapping): string | null {
  const commands = Array.isArray(cmd) ? cmd : [cmd];
  const isText = commands.every((command) => typeof command === "string" && command.trim() !== "");
  return isText && commands.length > 0 ? withoutCredentials(commands.join("\n")) : null;
}

function usesOf(listed: unknown, folder: string, label: string, warnings: Warnings): ImportedDatasetUse[] {
  const uses = new Map<string, ImportedDatasetUse>();
  for (const [index, entry] of (Array.isArray(listed) ? listed : []).entries()) {
    const use = isMapping(entry) ? useOf(entry, folder, warnings) : null;
    if (use) uses.set(JSON.stringify([use.name, use.digest]), use);
    else warnings.add(`${label}: entry ${index + 1} names no path or no digest; it is left out`);
  }
  if (listed !== undefined && !Array.isArray(listed)) warnings.add(`${label}: it is no list; it is left out`);
  if (uses.size > mostUses)
    warnings.add(`${label}: only ${mostUses} of ${uses.size} entries are imported; the rest is left out`);
  return [...uses.values()].slice(0, mostUses);
}

function useOf(entry: YamlMapping, folder: string, warnings: Warnings): ImportedDatasetUse | null {
  const path = textField(entry, "path");
  const algorithm = digestKeys.find((key) => textField(entry, key));
  if (!path || algorithm === undefined) return null;
  const isOutside = path.startsWith("/") || /^[a-z][a-z0-9+.-]*:/i.test(path);
  const name = isOutside || folder === "." ? withoutCredentials(path) : posix.join(folder, path);
  const [size, files] = ["size", "nfiles"].map((field) => wholeNumber(textField(entry, field)));
  const profile = present({ size, files });
  return present({
    name: ownKey("Dataset", name, warnings),
    digest: ownName(textField(entry, algorithm)!),
    digestAlgorithm: algorithm,
    profile: Object.keys(profile).length > 0 ? profile : undefined,
  });
}

/**
 * Params by the path to them, such as `train.lr`; those of another file than params.yaml with its name before, such as
 * `conf.yaml:train.lr`. Lists are JSON.
 */
function* flat(params: unknown): Generator<KeyValue> {
  if (!isMapping(params)) return;
  for (const [file, values] of Object.entries(params)) {
    const prefix = file === "params.yaml" ? "" : `${file}:`;
    const open: [string, unknown][] = isMapping(values) ? Object.entries(values).reverse() : [];
    for (let next = open.pop(); next; next = open.pop()) {
      const [key, value] = next;
      if (isMapping(value) && Object.keys(value).length > 0) {
        const deeper = Object.entries(value).map(([last, one]): [string, unknown] => [`${key}.${last}`, one]);
        open.push(...deeper.reverse());
      } else if (value !== null)
        yield { key: prefix + key, value: typeof value === "string" ? value : JSON.stringify(value) };
    }
  }
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function isMapping(value: unknown): value is YamlMapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
