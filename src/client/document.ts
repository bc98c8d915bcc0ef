/**
 * Marks a GraphQL document: a test reads every one of these and validates it against schema.graphql. Takes no values,
 * so that what is tested is what is sent.
 */
export function gql(text: TemplateStringsArray): string {
  return text[0]!;
}
