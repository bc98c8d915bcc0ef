import { CST, isAlias, isMap, isScalar, isSeq, Lexer, parseDocument, type Scalar, stringify } from "yaml";
import { invalid, overLimit } from "./errors.ts";

// The parser goes as deep as the text does, and some deep texts end the whole process (its regular expressions run out
// of memory), so a text is counted through, token by token, before it is parsed: 256 KiB within these limits
// take it a fraction of a second.
const mostNesting = 30; // as JSON that is kept, see tracking/json.rules.ts
const mostTokens = 20_000;

/** YAML 1.2 as JSON, or why the text is no YAML. */
export type YamlReading = { value: unknown; problem: null } | { value: null; problem: string };

/**
 * Reads one YAML document by the core schema of YAML 1.2, where `no` is a text. Throws INVALID that names the field for
 * what could be read in more ways than one or grows when it is read: aliases, keys given twice, keys that are no scalars,
 * more than 30 levels; LIMIT for very many tokens.
 */
export function readYaml(field: string, text: string): YamlReading {
  mustBeModest(field, text);
  // Keys given twice are looked for here: the parser's own check compares each with each.
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    uniqueKeys: false,
    prettyErrors: false, // it reads a whole line again for each error in it
    logLevel: "error", // silent would not tell of a second document,
  });
  const [error] = document.errors;
  if (error) {
    const line = text.slice(0, error.pos[0]).split("\n").length;
    return { value: null, problem: `${error.message.slice(0, 200)} at line ${line}` };
  }
  return { value: plain(field, document.contents, 1), problem: null };
}

/** JSON as YAML that readers of YAML 1.1, too, read as the same texts: `"no"` in quotes. */
export function yamlOf(value: unknown): string {
  return stringify(value, {
    version: "1.2",
    schema: "core",
    compat: "yaml-1.1",
    aliasDuplicateObjects: false,
    lineWidth: 0,
  });
}

/** Counts through flow collections and the indicators of one line; what is nested by indentation is short of breath by itself. */
function mustBeModest(field: string, text: string): void {
  let tokens = 0;
  let flow = 0;
  let inLine = 0;
  for (const token of new Lexer().lex(text)) {
    if (++tokens > mostTokens)
      throw overLimit(`${field}: at most ${mostTokens} tokens of YAML; got more`, field);
    switch (CST.tokenType(token)) {
      case "flow-seq-start":
      case "flow-map-start":
        flow++;
        break;
      case "flow-seq-end":
      case "flow-map-end":
        flow--;
        break;
      case "newline":
        inLine = 0;
        break;
      case "seq-item-ind":
      case "explicit-key-ind":
      case "map-value-ind":
        inLine += flow === 0 ? 1 : 0;
    }
    if (flow > mostNesting || inLine > mostNesting) throw tooDeep(field);
  }
}

function tooDeep(field: string): Error {
  return invalid(field, `YAML of at most ${mostNesting} levels`, "a deeper one");
}

function plain(field: string, node: unknown, depth: number): unknown {
  if (depth > mostNesting) throw tooDeep(field);
  if (isAlias(node)) throw invalid(field, "YAML without aliases", `*${node.source}`);
  if (isScalar(node)) return plainScalar(node);
  if (isSeq(node)) return node.items.map((item) => plain(field, item, depth + 1));
  if (!isMap(node)) return null;
  const entries = new Map<string, unknown>();
  for (const { key, value } of node.items) {
    const name = keyOf(field, key);
    if (entries.has(name)) throw invalid(field, "each key once", name);
    entries.set(name, plain(field, value, depth + 1));
  }
  return Object.fromEntries(entries);
}

function keyOf(field: string, key: unknown): string {
  if (key === null) return "";
  if (isAlias(key)) throw invalid(field, "YAML without aliases", `*${key.source}`);
  if (!isScalar(key)) throw invalid(field, "keys that are scalars", "a list or a mapping as key");
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
}

/** Numbers that JSON cannot hold stay the texts they are. */
function plainScalar({ value, source }: Scalar): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return source ?? String(value);
  if (value === null || ["string", "number", "boolean"].includes(typeof value)) return value;
  return source ?? String(value);
}
