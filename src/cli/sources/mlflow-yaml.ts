import { parse } from "yaml";

/** A YAML mapping in which every scalar is the text that stands in the file, and `null` only where it is meant. */
export type YamlMapping = Record<string, unknown>;

/**
 * PyYAML writes by YAML 1.1 and its own number patterns: it leaves `1234e567` (a dataset's digest) or `0o17` bare,
 * which another reader takes for numbers. So nothing is guessed here: scalars stay texts, and whoever reads a field
 * knows what it is.
 */
const plainNull = {
  tag: "tag:yaml.org,2002:null",
  default: true as const,
  test: /^(?:~|null|Null|NULL)?$/,
  resolve: () => null,
};

/** Parses one YAML mapping; undefined where the text is no YAML or no mapping. */
export function yamlMapping(text: string): YamlMapping | undefined {
  try {
    const value: unknown = parse(text, {
      schema: "failsafe",
      customTags: [plainNull],
      uniqueKeys: false,
      logLevel: "error",
    });
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as YamlMapping)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A field that is a text in the file; null where it is absent, null or something else. */
export function textField(mapping: YamlMapping, field: string): string | null {
  const value = mapping[field];
  return typeof value === "string" ? value : null;
}

/** A field that maps texts to texts. */
export function textsField(mapping: YamlMapping, field: string): [string, string][] {
  const value = mapping[field];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string");
}
