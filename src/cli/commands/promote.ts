import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { Exit } from "../exit.ts";
import { note, print, printable } from "../printing.ts";
import { plainName, stageHelp, versionHelp } from "../reference.ts";
import { checksIn, type Judged, judged, printEffects } from "../verdict.ts";

export const transitionDocument = gql`
  mutation Promote($input: TransitionModelVersionInput!) {
    transitionModelVersion(input: $input) {
      modelVersion {
        uri
        stage
      }
      stageChange {
        from
        to
        at
      }
      archived {
        uri
      }
      verdict {
        allowed
        checks {
          name
          passed
          says
        }
        effects
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`;

interface Transition extends Judged {
  modelVersion: { uri: string; stage: string } | null;
  stageChange: { from: string; to: string; at: string } | null;
  archived: { uri: string }[];
}

interface Options {
  archiveExisting?: boolean;
  comment?: string;
  expectedStage?: string;
  dryRun?: boolean;
  json?: boolean;
}

function tell(reference: string, stage: string, outcome: Transition, isDryRun: boolean): void {
  const { modelVersion, stageChange, archived, verdict } = outcome;
  const name = printable(modelVersion ? plainName(modelVersion.uri) : reference);
  for (const line of checksIn(verdict)) note(line);
  if (verdict && !verdict.allowed) throw new Exit(1, `${name} may not go to ${stage}`);
  if (isDryRun) {
    print(`${name} may go to ${printable(stage)}; nothing was changed`);
    printEffects(verdict);
  } else if (stageChange) {
    print(`${name} is in ${stageChange.to} now; it was in ${stageChange.from}`);
  } else {
    print(`${name} is in ${modelVersion?.stage ?? stage} already; nothing was changed`);
  }
  if (isDryRun) return;
  for (const { uri } of archived) print(`${printable(plainName(uri))} is archived now`);
}

export function promoteCommand(connect: () => StemmaClient): Command {
  return new Command("promote")
    .description("move a version to a stage")
    .argument("<ref>", versionHelp)
    .argument("<stage>", stageHelp)
    .option("--archive-existing", "archive the versions that are in this stage")
    .option("--comment <text>", "why; kept in the journal")
    .option("--expected-stage <stage>", "only if it is in this stage now")
    .option("--dry-run", "say what would happen, and change nothing")
    .option("--json", "as JSON")
    .action(async (reference: string, stage: string, options: Options) => {
      const { archiveExisting, comment, expectedStage, dryRun, json } = options;
      const input = { version: reference, to: stage, archiveExisting, comment, expectedStage, dryRun };
      const outcome = await judged<Transition>(connect(), transitionDocument, { input }, json);
      if (!json) return tell(reference, stage, outcome, dryRun === true);
      if (outcome.verdict && !outcome.verdict.allowed) {
        throw new Exit(1, `${reference} may not go to ${stage}`);
      }
    });
}
