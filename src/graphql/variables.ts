import {
  coerceInputValue,
  type DocumentNode,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  type TypeNode,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
  visit,
} from "graphql";
import { overLimit } from "../kernel/errors.ts";
import { refusalOf } from "./refusal.ts";

export type Variables = Readonly<Record<string, unknown>>;

/** In what a question declares; mutations bring whole imports, and what is JSON costs nothing to read. */
const mostValues = 10_000;

/**
 * Reads variables as graphql-js does, but once for all who run them, and gives up at the first fault. graphql-js writes
 * out the whole value for each fault that it finds: 60,000 wrong values held everybody up for 70 ms over HTTP, and for
 * far longer where a subscription brought them.
 */
export class VariableReader {
  private readonly known = new WeakMap<
    Variables,
    { operation: OperationDefinitionNode; values: Variables }
  >();
  private readonly untyped = new WeakMap<DocumentNode, DocumentNode>();

  constructor(private readonly schema: GraphQLSchema) {}

  /** What the variables of a valid operation are worth; or why they are not taken. */
  read(operation: OperationDefinitionNode, given: Variables): Variables | GraphQLError {
    const known = this.known.get(given);
    if (known?.operation === operation) return known.values;
    if (operation.operation !== "mutation" && isTooMuch(operation, given)) return refusalOf(tooMuch);
    const values: Record<string, unknown> = {};
    try {
      for (const definition of operation.variableDefinitions ?? []) {
        const value = this.valueOf(definition, given);
        if (value !== undefined) values[definition.variable.name.value] = value;
      }
    } catch (error) {
      if (error instanceof GraphQLError) return error;
      throw error;
    }
    this.known.set(given, { operation, values });
    return values;
  }

  /** The same document with variables of any type, as they have been read. */
  withoutTypes(document: DocumentNode): DocumentNode {
    const known = this.untyped.get(document);
    if (known) return known;
    const made = untyped(document);
    this.untyped.set(document, made);
    return made;
  }

  /** Undefined where it was not given and has no default. */
  private valueOf(definition: VariableDefinitionNode, given: Variables): unknown {
    const name = definition.variable.name.value;
    const type = typeFromAST(this.schema, definition.type) as GraphQLInputType; // Else it were not valid.
    if (!Object.hasOwn(given, name)) {
      if (definition.defaultValue) return valueFromAST(definition.defaultValue, type);
      if (!isNonNullType(type)) return undefined;
      throw refusal(definition, `Variable "$${name}" of required type "${type}" was not provided.`);
    }
    if (given[name] === null && isNonNullType(type))
      throw refusal(definition, `Variable "$${name}" of non-null type "${type}" must not be null.`);
    const giveUp = (path: readonly (string | number)[], wrong: unknown, { message }: GraphQLError) => {
      const place = path.length === 0 ? "" : ` at "${name}${printed(path)}"`;
      throw refusal(definition, `Variable "$${name}" got invalid value ${shown(wrong)}${place}; ${message}`);
    };
    return coerceInputValue(given[name], type, giveUp, true);
  }
}

const tooMuch = overLimit(
  `at most ${mostValues} values in the variables of a query or a subscription; got more`,
);

function isTooMuch({ variableDefinitions = [] }: OperationDefinitionNode, given: Variables): boolean {
  let left = mostValues;
  for (const { variable, type } of variableDefinitions) {
    const name = variable.name.value;
    if (Object.hasOwn(given, name) && nameOf(type) !== "JSON") left = leftBehind(given[name], left);
  }
  return left < 0;
}

/** Of so many values; stops soon after there are more. */
function leftBehind(value: unknown, left: number): number {
  if (typeof value !== "object" || value === null) return left - 1;
  let rest = left - 1;
  for (const inner of Object.values(value)) {
    if (rest < 0) break;
    rest = leftBehind(inner, rest);
  }
  return rest;
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}

/** What @skip and @include may ask for stays as it is: graphql-jit insists on Boolean there. */
function untyped(document: DocumentNode): DocumentNode {
  const any = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: "JSON" } } as const;
  return visit(document, {
    VariableDefinition: ({ defaultValue, ...node }) =>
      isBoolean(node.type) ? { ...node, defaultValue } : { ...node, type: any },
  });
}

function isBoolean(type: TypeNode): boolean {
  return type.kind !== Kind.LIST_TYPE && nameOf(type) === "Boolean";
}

function refusal(nodes: VariableDefinitionNode, message: string): GraphQLError {
  return new GraphQLError(message, { nodes, extensions: { code: "BAD_USER_INPUT", http: { status: 400 } } });
}

function printed(path: readonly (string | number)[]): string {
  return path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
}

/** Briefly, however much it is. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "[]" : "[…]";
  if (typeof value === "object" && value !== null) return "{…}";
  return JSON.stringify(value);
}
