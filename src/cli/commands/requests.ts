import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { allPages, type Page } from "../all-pages.ts";
import { minuteOf, print, printJson, printTable } from "../printing.ts";
import { plainName } from "../reference.ts";

export const requestsDocument = gql`
  query Requests($filter: TransitionRequestFilter!, $after: String) {
    transitionRequests(filter: $filter, first: 100, after: $after) {
      nodes {
        id
        status
        from
        to
        reason
        isAfterReview
        createdAt
        requestedBy {
          name
        }
        modelVersion {
          uri
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

interface RequestLine {
  id: string;
  status: string;
  from: string;
  to: string;
  reason: string | null;
  isAfterReview: boolean;
  createdAt: string;
  requestedBy: { name: string };
  modelVersion: { uri: string } | null;
}

interface Options {
  awaitsMe?: boolean;
  model?: string;
  all?: boolean;
  json?: boolean;
}

export function requestsCommand(connect: () => StemmaClient): Command {
  return new Command("requests")
    .description("list the requests for transitions that are open, the latest first")
    .option("--awaits-me", "only those that you may decide and have not: your inbox")
    .option("--model <name>", "only about this model, by name or id")
    .option("--all", "those that are decided, too")
    .option("--json", "as JSON")
    .action(async ({ awaitsMe, model, all, json }: Options) => {
      const client = connect();
      const filter = { awaitsMe, model, status: all ? undefined : ["PENDING", "APPROVED"] };
      const requests = await allPages(
        async (after) =>
          (await client.query<{ transitionRequests: Page<RequestLine> }>(requestsDocument, { filter, after }))
            .transitionRequests,
      );
      if (json) return printJson(requests);
      if (requests.length === 0) return print(awaitsMe ? "Nothing awaits you." : "No requests.");
      printTable(
        ["ID", "VERSION", "FROM", "TO", "STATUS", "ASKED BY", "SINCE", "WHY"],
        requests.map((asked) => [
          asked.id,
          asked.modelVersion ? plainName(asked.modelVersion.uri) : "-",
          asked.from,
          asked.isAfterReview ? `${asked.to} (after-review)` : asked.to,
          asked.status,
          asked.requestedBy.name,
          minuteOf(asked.createdAt),
          asked.reason ?? "-",
        ]),
      );
    });
}
