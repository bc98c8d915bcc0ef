// What a document may hold, whichever way it comes: over HTTP or over a socket. Found out before it is validated, which
// costs more than to count.
import {
  type DocumentNode,
  Kind,
  Lexer,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  Source,
  TokenKind,
} from "graphql";
import { overLimit, type StemmaError } from "../kernel/errors.ts";
import { comparisonsIn } from "./comparisons.ts";

export interface DocumentLimits {
  /** Of its text. */
  characters: number;
  tokens: number;
  /** Brackets within brackets of any kind: they are parsed by recursion. */
  nesting: number;
  directives: number;
  /** Of variables, where they are declared and wherever they are used: validation takes 20 µs for each. */
  variables: number;
  /** Operations and fragments. */
  definitions: number;
  /** Of fields of one name in one place, which validation has to find alike; their number grows with its square. */
  comparisons: number;
  // Of each operation, once its fragments are written out: a fragment that is spread twice counts twice.
  fields: number;
  aliases: number;
  /** Fields within fields; the usual introspection takes 15. */
  depth: number;
  rootFields: number;
}

export const usualDocumentLimits: DocumentLimits = {
  characters: 200_000,
  tokens: 10_000,
  nesting: 100,
  directives: 50,
  variables: 1_000,
  definitions: 200,
  comparisons: 50_000,
  fields: 5_000,
  aliases: 100,
  depth: 20,
  rootFields: 50,
};

/** A wrong document is told this many of its errors. */
export const mostErrors = 5;

/** Why a text is not to be validated. One that is no GraphQL has nothing to be bounded: its parser says what is wrong. */
export function excessOf(text: string, limits: DocumentLimits): StemmaError | null {
  const excess = excessOfText(text, limits);
  if (excess) return excess;
  try {
    return excessOfDocument(parse(text, { noLocation: true }), limits);
  } catch {
    return null;
  }
}

const opening: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const closing: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/** Reads on for as long as nothing is over its limit. */
function excessOfText(text: string, limits: DocumentLimits): StemmaError | null {
  if (text.length > limits.characters)
    return excess("characters in one document", limits.characters, text.length);
  const lexer = new Lexer(new Source(text));
  let tokens = 0;
  let directives = 0;
  let variables = 0;
  let nesting = 0;
  for (let kind = nextKind(lexer); kind !== null; kind = nextKind(lexer)) {
    if (++tokens > limits.tokens) return excess("tokens in one document", limits.tokens, "more");
    if (kind === TokenKind.AT && ++directives > limits.directives)
      return excess("directives in one document", limits.directives, "more");
    if (kind === TokenKind.DOLLAR && ++variables > limits.variables)
      return excess("mentions of variables in one document", limits.variables, "more");
    if (closing.has(kind)) nesting--;
    if (opening.has(kind) && ++nesting > limits.nesting)
      return excess("brackets within each other", limits.nesting, "more");
  }
  return null;
}

/** Null at the end, and where no token begins. */
function nextKind(lexer: Lexer): TokenKind | null {
  try {
    const { kind } = lexer.advance();
    return kind === TokenKind.EOF ? null : kind;
  } catch {
    return null;
  }
}

function excessOfDocument(document: DocumentNode, limits: DocumentLimits): StemmaError | null {
  const { definitions } = document;
  if (definitions.length > limits.definitions)
    return excess("operations and fragments in one document", limits.definitions, definitions.length);
  const sizes = new Sizes(document);
  for (const definition of definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { fields, aliases, depth, selected } = sizes.of(definition.selectionSet);
    if (selected > limits.rootFields) return excess("fields at the root", limits.rootFields, selected);
    if (depth > limits.depth) return excess("fields within each other", limits.depth, depth);
    if (aliases > limits.aliases) return excess(`aliases in ${writtenOut}`, limits.aliases, aliases);
    if (fields > limits.fields) return excess(`fields in ${writtenOut}`, limits.fields, fields);
  }
  const isTooMuch = comparisonsIn(document, limits.comparisons, limits.depth) > limits.comparisons;
  return isTooMuch
    ? excess("comparisons of fields of one name in one place", limits.comparisons, "more")
    : null;
}

const writtenOut = "one operation, counting a fragment as often as it is spread";

function excess(of: string, most: number, came: number | "more"): StemmaError {
  return overLimit(`at most ${most} ${of}; got ${came}`);
}

/** What a selection asks for once its fragments are written out. */
interface Size {
  /** Those of the selection itself. */
  selected: number;
  fields: number;
  aliases: number;
  depth: number;
}

const nothing: Size = { selected: 0, fields: 0, aliases: 0, depth: 0 };

/** Each fragment is looked at once, so a document is measured in the time it takes to read it. */
class Sizes {
  private readonly fragments: ReadonlyMap<string, SelectionSetNode>;
  private readonly known = new Map<string, Size>();

  constructor({ definitions }: DocumentNode) {
    this.fragments = new Map(
      definitions.flatMap((one) =>
        one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one.selectionSet] as const] : [],
      ),
    );
  }

  of(set: SelectionSetNode | undefined): Size {
    const sum = { ...nothing };
    for (const selection of set?.selections ?? []) {
      const part = this.ofSelection(selection);
      sum.selected += part.selected;
      sum.fields += part.fields;
      sum.aliases += part.aliases;
      sum.depth = Math.max(sum.depth, part.depth);
    }
    return sum;
  }

  private ofSelection(selection: SelectionNode): Size {
    if (selection.kind === Kind.INLINE_FRAGMENT) return this.of(selection.selectionSet);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return this.ofFragment(selection.name.value);
    const { fields, aliases, depth } = this.of(selection.selectionSet);
    const alias = selection.alias ? 1 : 0;
    return { selected: 1, fields: fields + 1, aliases: aliases + alias, depth: depth + 1 };
  }

  private ofFragment(name: string): Size {
    const known = this.known.get(name);
    if (known) return known;
    // A ring of fragments is measured as if it were cut: validation refuses it.
    this.known.set(name, nothing);
    const size = this.of(this.fragments.get(name));
    this.known.set(name, size);
    return size;
  }
}

/** How many fields the operation of a valid document selects once its fragments are written out. */
export function fieldsOf(document: DocumentNode, operation: OperationDefinitionNode): number {
  return new Sizes(document).of(operation.selectionSet).fields;
}
