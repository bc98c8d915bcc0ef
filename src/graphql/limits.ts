import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  specifiedRules,
  validate,
} from "graphql";

/** What a question may cost, whichever way it comes: over HTTP or over a socket. */
export const mostTokens = 10_000;
/** A fragment that is spread twice counts twice: what a question asks for, not how short it can be written. */
const mostFields = 5_000;
/** A wrong document is told this many of its errors. */
export const mostErrors = 5;

/** How many fields the operation of a valid document selects once its fragments are written out. */
export function fieldsOf(document: DocumentNode, operation: OperationDefinitionNode): number {
  const fragments = new Map(
    document.definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one.selectionSet] as const] : [],
    ),
  );
  const known = new Map<string, number>();
  const ofFragment = (name: string): number => {
    const counted = known.get(name) ?? within(fragments.get(name));
    known.set(name, counted);
    return counted;
  };
  const within = (set: SelectionSetNode | undefined): number => {
    let fields = 0;
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) fields += ofFragment(selection.name.value);
      else fields += within(selection.selectionSet) + (selection.kind === Kind.FIELD ? 1 : 0);
    }
    return fields;
  };
  return within(operation.selectionSet);
}

/** Why an operation is not to be run, where it selects too much. */
export function excessOf(document: DocumentNode, operation: OperationDefinitionNode): GraphQLError | null {
  const fields = fieldsOf(document, operation);
  if (fields <= mostFields) return null;
  const message = `at most ${mostFields} fields in one operation, counting a fragment as often as it is spread; got ${fields}`;
  return new GraphQLError(message, { extensions: { code: "LIMIT", http: { status: 400 } } });
}

/** Parses, validates and bounds as the HTTP door does. Answers the errors where the document is not to be run. */
export function documentOf(
  schema: GraphQLSchema,
  text: string,
  operationName: string | null | undefined,
): DocumentNode | GraphQLError[] {
  let document: DocumentNode;
  try {
    document = parse(text, { maxTokens: mostTokens });
  } catch (error) {
    return [coded("GRAPHQL_PARSE_FAILED", error as GraphQLError)];
  }
  const errors = validate(schema, document, specifiedRules, { maxErrors: mostErrors });
  if (errors.length > 0) return errors.map((error) => coded("GRAPHQL_VALIDATION_FAILED", error));
  const operation = getOperationAST(document, operationName);
  if (operation) {
    const excess = excessOf(document, operation);
    return excess ? [excess] : document;
  }
  const message = operationName
    ? `operationName: the document holds no operation ${JSON.stringify(operationName)}`
    : "operationName: needed where a document holds several operations";
  return [coded("OPERATION_RESOLUTION_FAILURE", new GraphQLError(message))];
}

function coded(code: string, { message, nodes, source, positions }: GraphQLError): GraphQLError {
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
