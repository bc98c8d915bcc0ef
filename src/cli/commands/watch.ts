import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { note, print, printable } from "../printing.ts";

export const watchDocument = gql`
  subscription Watch($after: EventCursor, $filter: EventFilter) {
    registryEvents(after: $after, filter: $filter) {
      cursor
      seq
      type
      recordedAt
      occurredAt
      isImported
      attributedTo
      payload
      actor {
        name
      }
      subject {
        id
        ... on Model {
          name
        }
        ... on ModelVersion {
          uri
        }
      }
    }
  }
`;

interface WatchedEvent {
  cursor: string;
  seq: number;
  type: string;
  recordedAt: string;
  occurredAt: string;
  isImported: boolean;
  attributedTo: string | null;
  payload: Record<string, unknown>;
  actor: { name: string };
  subject: { id: string; name?: string; uri?: string } | null;
}

const longestValue = 60;

/** What changed, short: texts and numbers of the payload, longer things left out. */
function summaryOf(payload: Record<string, unknown>): string {
  return Object.entries(payload)
    .filter(([, value]) => value !== null && typeof value !== "object")
    .map(([key, value]) => {
      const text = printable(String(value));
      return `${key}=${text.length > longestValue ? `${text.slice(0, longestValue)}…` : text}`;
    })
    .join("  ");
}

function lineOf({ type, recordedAt, occurredAt, isImported, payload, actor, subject }: WatchedEvent): string {
  const what = subject?.uri?.replace(/^models:\//, "") ?? subject?.name ?? subject?.id ?? "-";
  const when = isImported ? `${recordedAt} (of ${occurredAt})` : recordedAt;
  return `${when}  ${type.padEnd(18)}  ${printable(what)}  ${summaryOf(payload)}  by ${printable(actor.name)}`;
}

interface Options {
  model?: string;
  type?: string[];
  after?: string;
  json?: boolean;
}

export function watchCommand(connect: () => StemmaClient): Command {
  return new Command("watch")
    .description("tell of every change as it happens; comes back by itself when the connection is lost")
    .option("--model <name>", "only this model and its versions")
    .option("--type <types...>", "only these types, such as stage.changed")
    .option("--after <cursor>", 'everything since this cursor first; "start" for the whole journal')
    .option("--json", "one JSON object a line")
    .action(async ({ model, type, after, json }: Options) => {
      const stopping = new AbortController();
      const stop = () => stopping.abort();
      process.once("SIGINT", stop).once("SIGTERM", stop);
      const variables = { after, filter: { model, types: type } };
      let last = after;
      const events = connect().subscribe<{ registryEvents: WatchedEvent }>(
        watchDocument,
        variables,
        stopping.signal,
      );
      for await (const { registryEvents: event } of events) {
        last = event.cursor;
        print(json ? JSON.stringify(event) : lineOf(event));
      }
      if (last) note(`Go on with: stemma watch --after ${last}`);
    });
}
