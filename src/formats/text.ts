import type { BoundedBytes } from "./bounded-bytes.ts";
import type { FactsDraft, FileFormat } from "./facts-draft.ts";
import { readXml } from "./pmml.ts";

const lookedAtBytes = 512 * 1024;
const formatByName: readonly (readonly [RegExp, FileFormat])[] = [
  [/\.(json|ipynb|jsonl|ndjson)$/, "json"],
  [/\.(ya?ml|mlem|dvc)$|(^|\/)(mlmodel|dvc\.lock)$/, "yaml"],
  [/\.(csv|tsv)$/, "csv"],
  [/\.(md|markdown)$/, "markdown"],
];
const scriptName = /\.(py|pyw|sh|bash|zsh|ps1|bat|cmd|js|mjs|cjs|ts|r|rb|pl|lua|jl|php|html?|svg|ipynb)$/;
/** Tags by which YAML of Python makes objects: https://pyyaml.org/wiki/PyYAMLDocumentation */
const pythonTag = /!!python\/|tag:yaml\.org,2002:python\//;

/** The text that the first bytes are; null where they are none. */
export function textOf(bytes: Buffer, isWhole: boolean): string | null {
  const text = decoded(bytes, isWhole);
  return text?.includes("\0") ? null : text;
}

function decoded(bytes: Buffer, isWhole: boolean): string | null {
  try {
    if (bytes[0] === 0xff && bytes[1] === 0xfe)
      return new TextDecoder("utf-16le", { fatal: true }).decode(bytes, { stream: !isWhole });
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: !isWhole });
  } catch {
    return null;
  }
}

/** Names what sort of text it is; false where it is none. */
export async function readText(path: string, bytes: BoundedBytes, draft: FactsDraft): Promise<boolean> {
  const first = await bytes.first(lookedAtBytes);
  const isWhole = first.length === bytes.sizeBytes;
  const text = textOf(first, isWhole);
  if (text === null) return false;
  const name = path.toLowerCase();
  if (text.startsWith("#!") || scriptName.test(name)) {
    draft.content = "CODE";
    draft.doubt("a script");
  }
  draft.format = formatOf(name, text);
  if (draft.format === "xml") readXml(text, draft);
  else if (draft.format === "yaml") judgeYaml(text, isWhole, draft);
  return true;
}

function formatOf(name: string, text: string): FileFormat {
  const named = formatByName.find(([form]) => form.test(name))?.[1];
  if (named) return named;
  if (text.startsWith("#!") || scriptName.test(name)) return /\.(html?|svg)$/.test(name) ? "xml" : "script";
  if (/^\s{0,99}[[{]\s{0,99}["[{\d\]}-]/.test(text)) return "json";
  if (/\.(pmml|xml)$/.test(name) || /^\uFEFF?\s{0,99}<[?!A-Za-z]/.test(text)) return "xml";
  return "text";
}

function judgeYaml(text: string, isWhole: boolean, draft: FactsDraft): void {
  if (pythonTag.test(text)) draft.suspect("YAML that makes objects of Python");
  else if (!isWhole) draft.doubt(`YAML of more than ${lookedAtBytes} bytes: the rest is not looked at`);
}
