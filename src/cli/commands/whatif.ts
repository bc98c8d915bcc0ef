import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { Exit } from "../exit.ts";
import { print, printable, printField } from "../printing.ts";
import { plainName, stageHelp, versionHelp } from "../reference.ts";
import { checksIn, type Judged, judged } from "../verdict.ts";

export const whatIfDocument = gql`
  mutation WhatIf($input: TransitionModelVersionInput!, $to: String!) {
    transitionModelVersion(input: $input) {
      modelVersion {
        uri
        stage
        viewerCanTransition(to: $to)
        model {
          policy(stage: $to) {
            model
            stage
            revision
            isSet
            why
          }
        }
        requests {
          id
          status
          to
        }
      }
      verdict {
        allowed
        policyRevision
        checks {
          name
          passed
          says
          expected
          actual
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

interface WhatIf extends Judged {
  modelVersion: {
    uri: string;
    stage: string;
    viewerCanTransition: boolean;
    model: { policy: { model: string; stage: string; revision: number; isSet: boolean; why: string } };
    requests: { id: string; status: string; to: string }[];
  };
}

interface Approvals {
  name: string;
  expected: number;
  actual: number;
}

const openStatuses = ["PENDING", "APPROVED", "STALE"];

/** How many approvals are missing, and how to come by them; null where the policy asks for none. */
function outstandingIn({ modelVersion, verdict }: WhatIf, reference: string): string | null {
  const check = verdict!.checks.find(({ name }) => name === "approvals") as Approvals | undefined;
  if (!check) return null;
  const missing = Math.max(0, check.expected - check.actual);
  if (missing === 0) return "none: all of them are there";
  const { stage } = modelVersion.model.policy;
  const open = modelVersion.requests.find(({ to, status }) => to === stage && openStatuses.includes(status));
  const way = open
    ? `${open.id} asks for it, ${open.status}`
    : `stemma request ${reference} ${stage} asks for them`;
  return `${missing} of ${check.expected}; ${way}`;
}

function tell(reference: string, answer: WhatIf): void {
  const { modelVersion, verdict } = answer;
  const { policy } = modelVersion.model;
  print(`${printable(plainName(modelVersion.uri))}: ${modelVersion.stage} → ${policy.stage}`);
  const revision = policy.isSet ? `revision ${policy.revision}: ` : "";
  printField("policy", `${revision}${policy.why}`);
  for (const line of checksIn(verdict)) print(line);
  printField("outstanding", outstandingIn(answer, reference));
  printField("effects", verdict!.effects);
  if (!modelVersion.viewerCanTransition) printField("rights", "somebody else must move it: you may not");
}

export function whatIfCommand(connect: () => StemmaClient): Command {
  return new Command("whatif")
    .description(
      "say how a move would be judged now, and change nothing; exits with 1 where it would be refused",
    )
    .argument("<ref>", versionHelp)
    .argument("<stage>", stageHelp)
    .option("--archive-existing", "as if the versions that are in this stage were archived for it")
    .option("--json", "as JSON")
    .action(
      async (
        reference: string,
        to: string,
        { archiveExisting, json }: { archiveExisting?: boolean; json?: boolean },
      ) => {
        const input = { version: reference, to, archiveExisting, dryRun: true };
        const answer = await judged<WhatIf>(connect(), whatIfDocument, { input, to }, json);
        if (!json) tell(reference, answer);
        if (!answer.verdict?.allowed) throw new Exit(1, `${reference} may not go to ${to}`);
      },
    );
}
