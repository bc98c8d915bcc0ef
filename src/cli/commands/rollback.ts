import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { Exit } from "../exit.ts";
import { note, print, printable } from "../printing.ts";
import { notThere, plainName, stageHelp } from "../reference.ts";
import { checksIn, type Judged, judged, keyOption, printEffects } from "../verdict.ts";

export const rollbackDocument = gql`
  mutation Rollback($input: RollbackInput!) {
    rollback(input: $input) {
      modelVersion {
        uri
        stage
        aliases
      }
      archived {
        uri
      }
      stageChanges {
        from
        to
        modelVersion {
          uri
        }
      }
      verdict {
        allowed
        policyRevision
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

export const versionNumberDocument = gql`
  query VersionNumber($ref: VersionRef!) {
    modelVersion(ref: $ref) {
      number
      model {
        id
        name
      }
    }
  }
`;

interface RolledBack extends Judged {
  modelVersion: { uri: string; stage: string; aliases: string[] } | null;
  archived: { uri: string }[];
}

interface Options {
  reason: string;
  to?: string;
  failed?: string;
  dryRun?: boolean;
  idempotencyKey?: string;
  json?: boolean;
}

const isNumber = /^[1-9]\d{0,8}$/;

/** The number of the version to go back to. Exits with 2 for one of another model, and for latest. */
async function numberOf(client: StemmaClient, model: string, ref: string): Promise<number> {
  if (isNumber.test(ref)) return Number(ref);
  if (/[@/]latest$/i.test(ref))
    throw new Exit(2, `--to: expected a version; latest is never a way into a stage`);
  const { modelVersion: found } = await client.query<{
    modelVersion: { number: number; model: { id: string; name: string } } | null;
  }>(versionNumberDocument, { ref });
  if (!found) throw notThere(ref);
  if (found.model.name !== model && found.model.id !== model) {
    throw new Exit(2, `--to: expected a version of ${model}; got one of ${found.model.name}`);
  }
  return found.number;
}

export function rollbackCommand(connect: () => StemmaClient): Command {
  return new Command("rollback")
    .description(
      "take the failed version out of a stage, and give its place back to the one that left it last",
    )
    .argument("<model>", "a model, by name or id")
    .argument("<stage>", stageHelp)
    .requiredOption("--reason <text>", "why; kept in the journal")
    .option("--to <ref>", "another version that stood there before: its number, fraud/7, fraud@previous")
    .option("--failed <ref>", "the version to take out, if it still stands there: its number or a reference")
    .option("--dry-run", "say what would happen, and change nothing")
    .addOption(keyOption())
    .option("--json", "as JSON")
    .action(async (model: string, stage: string, { json, to, failed: told, ...options }: Options) => {
      const client = connect();
      const number = to === undefined ? undefined : await numberOf(client, model, to);
      const failed = told !== undefined && isNumber.test(told) ? `${model}/${told}` : told;
      const input = { model, stage, to: number, failed, ...options };
      const { modelVersion, archived, verdict } = await judged<RolledBack>(
        client,
        rollbackDocument,
        { input },
        json,
      );
      const name = modelVersion ? printable(plainName(modelVersion.uri)) : "an earlier version";
      if (!json) for (const line of checksIn(verdict)) note(line);
      if (verdict && !verdict.allowed) throw new Exit(1, `${name} may not go back to ${stage}`);
      if (json) return;
      if (options.dryRun) {
        print(`${name} may go back to ${printable(stage)}; nothing was changed`);
        return printEffects(verdict);
      }
      print(`${name} is in ${modelVersion?.stage ?? stage} again`);
      const aliases = modelVersion?.aliases.map((alias) => `@${printable(alias)}`).join(", ");
      if (aliases) print(`${aliases} is on it`);
      for (const { uri } of archived) print(`${printable(plainName(uri))} is archived now`);
    });
}
