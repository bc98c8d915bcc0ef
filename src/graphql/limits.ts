import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  specifiedRules,
  validate,
} from "graphql";

/** What a question may cost, whichever way it comes: over HTTP or over a socket. */
export const mostTokens = 10_000;
/** A wrong document is told this many of its errors. */
export const mostErrors = 5;

/** Parses and validates as the HTTP door does. Answers the errors where the document is not to be run. */
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
  if (getOperationAST(document, operationName)) return document;
  const message = operationName
    ? `operationName: the document holds no operation ${JSON.stringify(operationName)}`
    : "operationName: needed where a document holds several operations";
  return [coded("OPERATION_RESOLUTION_FAILURE", new GraphQLError(message))];
}

function coded(code: string, { message, nodes, source, positions }: GraphQLError): GraphQLError {
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
