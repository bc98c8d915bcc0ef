import { hash } from "node:crypto";

const welcome = `# Stemma: the lineage of every model version.
# Send your token: open "Headers" below and enter
#   { "authorization": "Bearer <token>" }

{
  models(first: 10) {
    nodes { name latestVersion { number stage } }
  }
}
`;

/** GraphiQL with its assets inlined: nothing is fetched from elsewhere. */
export interface GraphiqlPage {
  html: Buffer;
  /** SHA-256 of its one script, base64: a browser runs no other. */
  scriptDigest: string;
}

let page: Promise<GraphiqlPage> | null = null;

export function graphiqlPage(): Promise<GraphiqlPage> {
  page ??= rendered().catch((error) => {
    page = null;
    throw error;
  });
  return page;
}

/** The page takes a tenth of a second to load, which is no part of a server's start. */
async function rendered(): Promise<GraphiqlPage> {
  const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
  const html = renderGraphiQL({
    title: "Stemma",
    endpoint: "/graphql",
    defaultQuery: welcome,
    subscriptionsProtocol: "WS",
    shouldPersistHeaders: false,
  });
  const script = html.slice(html.indexOf("<script>") + "<script>".length, html.lastIndexOf("</script>"));
  return { html: Buffer.from(html), scriptDigest: hash("sha256", script, "base64") };
}
