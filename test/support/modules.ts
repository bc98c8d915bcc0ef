import { dirname, join } from "node:path/posix";
import { parseAst } from "vitest/node";

/** File text by its path from the root of the repository, with forward slashes. */
export type Tree = ReadonlyMap<string, string>;

export interface Import {
  /** As written: a package, `node:…` or a relative path. */
  source: string;
  /** Path from the root where it is one of our own files. */
  file: string | null;
  /** Gone after compilation. */
  isTypeOnly: boolean;
}

/** What the rules need to know of one file. */
export interface Module {
  path: string;
  lines: number;
  imports: Import[];
  /** Classes that do something: neither a type-graphql shape nor an error. */
  workingClasses: string[];
  /** Names after `new`. */
  constructed: string[];
  /** The most parameters of any constructor. */
  constructorParameters: number;
  readsEnvironment: boolean;
  hasDefaultExport: boolean;
  /** Nothing but imports and re-exports. */
  isBarrel: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: ESTree nodes are walked by their `type`
type Syntax = any;

const shapes = new Set(["ObjectType", "InputType", "ArgsType", "InterfaceType", "Entity"]);

function* everyNode(node: Syntax): Generator<Syntax> {
  if (Array.isArray(node)) {
    for (const entry of node) yield* everyNode(entry);
  } else if (node !== null && typeof node === "object") {
    if (typeof node.type === "string") yield node;
    for (const child of Object.values(node)) {
      if (child !== null && typeof child === "object") yield* everyNode(child);
    }
  }
}

function importOf(path: string, source: string, isTypeOnly: boolean): Import {
  const file = source.startsWith(".") ? join(dirname(path), source) : null;
  return { source, file, isTypeOnly };
}

/** The import a node stands for, in any of its spellings. */
function importIn(path: string, node: Syntax): Import | null {
  switch (node.type) {
    case "ImportDeclaration":
      return importOf(path, node.source.value, node.importKind === "type");
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
      return node.source ? importOf(path, node.source.value, node.exportKind === "type") : null;
    case "ImportExpression":
      return importOf(path, String(node.source.value ?? "(computed)"), false);
    case "TSImportType":
      return importOf(path, String((node.source ?? node.argument?.literal)?.value), true);
    case "TSExternalModuleReference":
      return importOf(path, node.expression.value, false);
    default:
      return null;
  }
}

function isEnvironment(node: Syntax): boolean {
  const isProcess = (name: Syntax) => name?.type === "Identifier" && name.name === "process";
  if (node.type === "MemberExpression" && isProcess(node.object)) {
    return node.computed ? node.property.value === "env" : node.property.name === "env";
  }
  if (node.type === "VariableDeclarator") return isProcess(node.init);
  return node.type === "ImportDeclaration" && /^(node:)?process$/.test(node.source.value);
}

const isReExport = (node: Syntax) =>
  node.type === "ExportAllDeclaration" || (node.type === "ExportNamedDeclaration" && !node.declaration);

function isData(declaration: Syntax): boolean {
  if (/Error$/.test(declaration.superClass?.name ?? "")) return true;
  return (declaration.decorators ?? []).some((decorator: Syntax) =>
    shapes.has(decorator.expression.callee?.name ?? decorator.expression.name),
  );
}

/** Reads one TypeScript file. Throws where it does not parse. */
export function moduleOf(path: string, text: string): Module {
  const { body }: Syntax = parseAst(text, { lang: "ts" });
  const nodes = [...everyNode(body)];
  const constructors = nodes.filter(
    (node) => node.type === "MethodDefinition" && node.kind === "constructor",
  );
  return {
    path,
    lines: text.split("\n").length - (text.endsWith("\n") ? 1 : 0),
    imports: nodes.map((node) => importIn(path, node)).filter((found) => found !== null),
    workingClasses: nodes
      .filter((node) => node.type === "ClassDeclaration" && node.id && !isData(node))
      .map((node) => node.id.name),
    constructed: nodes
      .filter((node) => node.type === "NewExpression")
      .map((node) => node.callee.name ?? node.callee.property?.name)
      .filter((name) => name !== undefined),
    constructorParameters: Math.max(0, ...constructors.map((node) => node.value.params.length)),
    readsEnvironment: nodes.some(isEnvironment),
    hasDefaultExport: body.some(
      (node: Syntax) => node.type === "ExportDefaultDeclaration" || node.type === "TSExportAssignment",
    ),
    isBarrel:
      body.some(isReExport) &&
      body.every((node: Syntax) => node.type === "ImportDeclaration" || isReExport(node)),
  };
}

export function modulesOf(tree: Tree): Module[] {
  return [...tree].map(([path, text]) => moduleOf(path, text));
}
