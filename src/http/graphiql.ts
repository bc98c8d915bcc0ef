import { renderGraphiQL } from "@graphql-yoga/render-graphiql";

const welcome = `# Stemma: the lineage of every model version.
# Send your token: open "Headers" below and enter
#   { "authorization": "Bearer <token>" }

{
  models(first: 10) {
    nodes { name latestVersion { number stage } }
  }
}
`;

let page: string | null = null;

/** GraphiQL with its assets inlined: nothing is fetched from elsewhere. */
export function graphiqlPage(): string {
  page ??= renderGraphiQL({
    title: "Stemma",
    endpoint: "/graphql",
    defaultQuery: welcome,
    subscriptionsProtocol: "WS",
    shouldPersistHeaders: false,
  });
  return page;
}
