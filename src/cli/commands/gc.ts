import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { Exit } from "../exit.ts";
import { counted, print, printField, printJson } from "../printing.ts";
import { sizeText } from "../sizes.ts";

export const collectionDocument = gql`
  query Collection {
    blobCollection {
      at
      graceSeconds
      unreferenced {
        count
        sizeBytes
      }
      condemned {
        count
        sizeBytes
      }
      due {
        count
        sizeBytes
      }
    }
  }
`;

interface Bytes {
  count: number;
  sizeBytes: number;
}

interface Collection {
  at: string;
  graceSeconds: number;
  unreferenced: Bytes;
  condemned: Bytes;
  due: Bytes;
}

const bytesText = ({ count, sizeBytes }: Bytes) => `${counted(count, "object")}, ${sizeText(sizeBytes)}`;

export function gcCommand(connect: () => StemmaClient): Command {
  return new Command("gc")
    .description(
      "say what a collection of stored bytes that nothing refers to would do; the server collects by itself",
    )
    .option("--dry-run", "say it and do nothing: the only way there is")
    .option("--json", "as JSON")
    .action(async ({ dryRun, json }: { dryRun?: boolean; json?: boolean }) => {
      if (!dryRun) throw new Exit(2, "the server collects by itself; --dry-run says what it would do now");
      const { blobCollection: found } = await connect().query<{ blobCollection: Collection | null }>(
        collectionDocument,
      );
      if (!found) throw new Exit(1, "it takes retention:write everywhere to be told");
      if (json) return printJson(found);
      print("A collection would do this now:");
      printField("delete", bytesText(found.due));
      printField("condemn", `${bytesText(found.unreferenced)}; deleted ${daysOf(found.graceSeconds)} later`);
      printField("leave", `${bytesText(found.condemned)}, condemned already, until then`);
    });
}

function daysOf(seconds: number): string {
  return seconds < 86_400 ? counted(seconds, "second") : counted(Math.round(seconds / 86_400), "day");
}
