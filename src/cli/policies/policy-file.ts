import { createReadStream } from "node:fs";
import { CST, isMap, isScalar, isSeq, Lexer, parseAllDocuments, stringify } from "yaml";
import { Exit } from "../exit.ts";
import { type Policy, settingsOf } from "./policy.ts";
import { cameFrom, policyForm, readForm, Unfit } from "./policy-form.ts";

/** One policy that a file wants. */
export interface WantedPolicy {
  /** Where it stands, for people: `policies.yaml: policy 2 (risk.* Production)`. */
  place: string;
  /** For setPolicy. */
  input: { model: string; stage: string; [field: string]: unknown };
}

const mostBytes = 1024 * 1024;
const mostPolicies = 1_000; // as many as a registry holds
const mostTokens = 200_000; // a thousand policies of three gates have 164,000; more take the parser many seconds
const mostNesting = 20; // a policy has five levels; the parser itself fails on very deep texts
const readAs = { version: "1.2", schema: "core", compat: "yaml-1.1", lineWidth: 0 } as const;

/**
 * The policies of a YAML file (`-` is standard input): each document one policy, or a list of them. Exits with 2, naming
 * file and field, for what is none.
 */
export async function readPolicyFile(file: string): Promise<WantedPolicy[]> {
  const name = file === "-" ? "standard input" : file;
  const text = await textOf(file, name);
  const nodes = policyNodesIn(text, name);
  if (nodes.length > mostPolicies) {
    throw new Exit(2, `${name}: expected at most ${mostPolicies} policies; got ${nodes.length}`);
  }
  return nodes.map((node, at) => {
    const place = `${name}: policy ${at + 1}`;
    try {
      const input = readForm(node, policyForm) as WantedPolicy["input"];
      return { place: `${place} (${input.model} ${input.stage})`, input };
    } catch (error) {
      if (error instanceof Unfit) throw new Exit(2, `${place}: ${error.message}`);
      throw error;
    }
  });
}

/** Policies as a file that `policy set` takes. */
export function policyFileOf(policies: readonly Policy[]): string {
  const list = policies.map((policy) => ({
    model: policy.model,
    stage: policy.stage,
    ...settingsOf(policy),
  }));
  return stringify(list, { ...readAs, aliasDuplicateObjects: false });
}

/** Reads no further than what is too much, so that a device or a pipe without end is refused, too. */
async function textOf(file: string, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of file === "-" ? process.stdin : createReadStream(file)) {
      chunks.push(Buffer.from(chunk));
      bytes += chunk.length;
      if (bytes > mostBytes) break;
    }
  } catch (error) {
    throw new Exit(2, `${name}: ${(error as Error).message}`);
  }
  if (bytes > mostBytes) throw new Exit(2, `${name}: expected at most ${mostBytes} bytes of YAML; got more`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new Exit(2, `${name}: expected UTF-8; got other bytes`);
  }
}

function policyNodesIn(text: string, name: string): unknown[] {
  mustBeModest(text, name);
  // Keys given twice are looked for later: the parser compares each with each.
  const documents = parseAllDocuments(text, {
    ...readAs,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  const nodes: unknown[] = [];
  let isEmpty = true;
  for (const { errors, contents } of Array.isArray(documents) ? documents : []) {
    const [error] = errors;
    if (error) {
      const line = text.slice(0, error.pos[0]).split("\n").length;
      throw new Exit(
        2,
        `${name}: expected YAML; got a mistake at line ${line} (${error.message.slice(0, 200)})`,
      );
    }
    if (contents === null || (isScalar(contents) && contents.value === null)) continue;
    isEmpty = false;
    if (isSeq(contents)) for (const item of contents.items) nodes.push(item);
    else if (isMap(contents)) nodes.push(contents);
    else throw new Exit(2, `${name}: expected a policy, or a list of policies; got ${cameFrom(contents)}`);
  }
  if (isEmpty) throw new Exit(2, `${name}: expected a policy, or a list of policies; got nothing`);
  return nodes;
}

/** Before it is parsed: the parser goes as deep as the text does. What is nested by lines is bounded by the size. */
function mustBeModest(text: string, name: string): void {
  let tokens = 0;
  let brackets = 0;
  let inLine = 0;
  for (const token of new Lexer().lex(text)) {
    if (++tokens > mostTokens) {
      throw new Exit(2, `${name}: expected at most ${mostTokens} tokens of YAML; got more`);
    }
    const type = CST.tokenType(token);
    if (type === "newline") inLine = 0;
    if (type?.endsWith("-ind")) inLine++;
    if (type === "flow-seq-start" || type === "flow-map-start") brackets++;
    if (type === "flow-seq-end" || type === "flow-map-end") brackets--;
    if (brackets > mostNesting || (brackets === 0 && inLine > mostNesting)) {
      throw new Exit(2, `${name}: expected YAML of at most ${mostNesting} levels; got a deeper one`);
    }
  }
}
