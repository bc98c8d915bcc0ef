import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { note, print, printable } from "../printing.ts";
import { plainName } from "../reference.ts";
import { checksIn, type Judged, judged, keyOption, printEffects, type Verdict } from "../verdict.ts";

export const decideDocument = gql`
  mutation ReviewTransition($input: ReviewTransitionInput!) {
    reviewTransition(input: $input) {
      approval {
        id
        decision
      }
      transitionRequest {
        id
        status
        to
        isAfterReview
        modelVersion {
          uri
          stage
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

interface Decided extends Judged {
  transitionRequest: {
    id: string;
    status: string;
    to: string;
    isAfterReview: boolean;
    modelVersion: { uri: string; stage: string };
    verdict: Verdict | null;
  };
}

interface Options {
  comment?: string;
  evidence?: string;
  idempotencyKey?: string;
  json?: boolean;
}

function decide(client: StemmaClient, decision: string, request: string, options: Options): Promise<Decided> {
  const { json, evidence: expectedEvidenceDigest, ...rest } = options;
  const input = { request, decision, expectedEvidenceDigest, ...rest };
  return judged<Decided>(client, decideDocument, { input }, json);
}

const requestHelp = "the id of a request; `stemma review` shows it";

export function approveCommand(connect: () => StemmaClient): Command {
  return new Command("approve")
    .description("approve a request; the last approval that it takes moves the version")
    .argument("<request>", requestHelp)
    .option("--comment <text>", "why; kept with the approval")
    .option("--evidence <digest>", "only if the evidence is what `stemma review` showed you")
    .addOption(keyOption())
    .option("--json", "as JSON")
    .action(async (request: string, options: Options) => {
      const { transitionRequest: asked, verdict } = await decide(connect(), "APPROVE", request, options);
      if (options.json) return;
      const name = printable(plainName(asked.modelVersion.uri));
      if (asked.status === "APPLIED") {
        for (const line of checksIn(verdict)) note(line);
        print(`${asked.id} is applied: ${name} is in ${asked.modelVersion.stage} now`);
        return printEffects(verdict);
      }
      if (asked.isAfterReview) {
        return print(
          `${asked.id}, which looks back at an emergency, is approved by you, and ${asked.status}`,
        );
      }
      for (const line of checksIn(verdict ?? asked.verdict)) note(line);
      print(
        `${asked.id} is approved by you, and ${asked.status}; ${name} is in ${asked.modelVersion.stage} still`,
      );
      if (asked.status === "APPROVED") {
        print(`Once what failed above passes: stemma promote ${name} ${asked.to}`);
      }
    });
}

export function rejectCommand(connect: () => StemmaClient): Command {
  return new Command("reject")
    .description("reject a request, which ends it")
    .argument("<request>", requestHelp)
    .requiredOption("--comment <text>", "why; who asked reads it")
    .addOption(keyOption())
    .option("--json", "as JSON")
    .action(async (request: string, options: Options) => {
      const { transitionRequest: asked } = await decide(connect(), "REJECT", request, options);
      if (options.json) return;
      const { uri, stage } = asked.modelVersion;
      print(`${asked.id} is rejected; ${printable(plainName(uri))} stays in ${stage}`);
    });
}
