import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import {
  type ChainFault,
  ChainVerifier,
  type JournalEntry,
  journalDocument,
} from "../../client/verify-chain.ts";
import { Exit } from "../exit.ts";
import { counted, print, printJson } from "../printing.ts";
import { progress } from "../progress.ts";

const entriesPerRequest = 100;

interface JournalPage {
  viewer: { readsRegistry: boolean; readsAccess: boolean };
  eventHead: string;
  registryEvents: { nodes: JournalEntry[]; pageInfo: { hasNextPage: boolean } };
}

interface Verified {
  verified: number;
  /** Cursor of the last entry that fits. */
  cursor: string;
  fault: ChainFault | null;
}

/** Reads the whole journal and recomputes its chain here. */
async function verify(client: StemmaClient, noted: readonly string[]): Promise<Verified> {
  const chain = verifierOf(noted);
  const bar = progress("entries");
  let cursor = "start";
  try {
    for (let isFirst = true; ; isFirst = false) {
      const { viewer, eventHead, registryEvents } = await client.query<JournalPage>(journalDocument, {
        after: isFirst ? null : cursor,
        first: entriesPerRequest,
      });
      mustSeeAll(viewer);
      if (isFirst) {
        chain.note(eventHead);
        bar.start(Number(Buffer.from(eventHead, "base64url").toString("latin1").split(".")[0]));
      }
      for (const entry of registryEvents.nodes) {
        const fault = chain.accept(entry);
        if (fault) return { verified: chain.verified, cursor, fault };
        cursor = entry.cursor;
        bar.add(1);
      }
      if (!registryEvents.pageInfo.hasNextPage) break;
    }
  } finally {
    bar.stop();
  }
  return { verified: chain.verified, cursor, fault: chain.finish() };
}

/** Entries that are hidden from the caller are not missing: nothing can be said of a chain that is seen in part. */
function mustSeeAll({ readsRegistry, readsAccess }: JournalPage["viewer"]): void {
  if (readsRegistry && readsAccess) return;
  throw new Exit(
    1,
    "you see only a part of the journal, so whether it is whole cannot be told; it takes registry:read and access:read everywhere",
  );
}

function verifierOf(noted: readonly string[]): ChainVerifier {
  try {
    return new ChainVerifier(noted);
  } catch (error) {
    throw new Exit(2, `--expect: ${(error as Error).message}`);
  }
}

export function auditCommand(connect: () => StemmaClient): Command {
  const verifying = new Command("verify")
    .description("recompute the journal's hash chain here, and name the first entry that does not fit")
    .option("--expect <cursors...>", "cursors noted at earlier times: the journal must still hold them")
    .option("--json", "as JSON")
    .action(async ({ expect, json }: { expect?: string[]; json?: boolean }) => {
      const outcome = await verify(connect(), expect ?? []);
      const { verified, cursor, fault } = outcome;
      if (json) printJson(outcome);
      if (fault) throw new Exit(1, `entry ${fault.seq} does not fit: ${fault.says}`);
      if (json) return;
      print(`The journal is whole: ${counted(verified, "entry", "entries")}, each fits the one before.`);
      print(`Keep this to prove later that nothing was rewritten: --expect ${cursor}`);
    });
  return new Command("audit").description("check the journal").addCommand(verifying);
}
