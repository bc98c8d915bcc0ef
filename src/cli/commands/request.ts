import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { note, print, printable, printJson } from "../printing.ts";
import { plainName, stageHelp, versionHelp } from "../reference.ts";
import { type Check, checksIn, type Judged, judged, keyOption, printEffects } from "../verdict.ts";

export const requestDocument = gql`
  mutation RequestTransition($input: RequestTransitionInput!) {
    requestTransition(input: $input) {
      transitionRequest {
        id
        status
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

export const withdrawDocument = gql`
  mutation WithdrawTransition($input: WithdrawTransitionInput!) {
    withdrawTransition(input: $input) {
      transitionRequest {
        id
        status
        to
        modelVersion {
          uri
        }
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`;

interface Requested extends Judged {
  transitionRequest: { id: string; from: string; to: string; modelVersion: { uri: string } } | null;
}

interface RequestOptions {
  reason?: string;
  archiveExisting?: boolean;
  dryRun?: boolean;
  idempotencyKey?: string;
  json?: boolean;
}

const isOfApprovals = ({ name }: Check) => name === "approvals";

export function requestCommand(connect: () => StemmaClient): Command {
  return new Command("request")
    .description("ask for a version to be moved to a stage, where others must approve that")
    .argument("<ref>", versionHelp)
    .argument("<stage>", stageHelp)
    .option("--reason <text>", "why; reviewers read it")
    .option("--archive-existing", "archive the versions that are in this stage when it is applied")
    .option("--dry-run", "say how it would be judged now, and ask nobody")
    .addOption(keyOption())
    .option("--json", "as JSON")
    .action(async (version: string, to: string, { json, ...options }: RequestOptions) => {
      const input = { version, to, ...options };
      const { transitionRequest: asked, verdict } = await judged<Requested>(
        connect(),
        requestDocument,
        { input },
        json,
      );
      if (json) return;
      for (const line of checksIn(verdict)) note(line);
      if (asked) {
        print(
          `${asked.id} asks for ${printable(plainName(asked.modelVersion.uri))}: ${asked.from} → ${asked.to}`,
        );
        print(`Next: somebody else, who may review it: stemma approve ${asked.id}`);
        return;
      }
      const others = verdict?.checks.filter((check) => !check.passed && !isOfApprovals(check)) ?? [];
      const hold = others.length > 0 ? "; what failed above would hold it up" : "";
      print(`${printable(version)} may be asked for${hold}; nothing was changed`);
      printEffects(verdict);
    });
}

interface Withdrawn {
  transitionRequest: { id: string; to: string; modelVersion: { uri: string } };
}

export function withdrawCommand(connect: () => StemmaClient): Command {
  return new Command("withdraw")
    .description("take a request back: one of yours, or one for a stage that you may move versions into")
    .argument("<request>", "the id of a request; `stemma requests` lists them")
    .addOption(keyOption())
    .option("--json", "as JSON")
    .action(async (request: string, { idempotencyKey, json }: RequestOptions) => {
      const { withdrawTransition } = await connect().mutate<{ withdrawTransition: Withdrawn }>(
        withdrawDocument,
        { input: { request, idempotencyKey } },
      );
      const { transitionRequest: asked } = withdrawTransition;
      if (json) return printJson(asked);
      print(
        `${asked.id} is withdrawn: ${printable(plainName(asked.modelVersion.uri))} stays out of ${asked.to}`,
      );
    });
}
