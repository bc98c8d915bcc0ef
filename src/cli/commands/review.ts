import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { Exit } from "../exit.ts";
import { minuteOf, print, printable, printField, printJson } from "../printing.ts";
import { plainName } from "../reference.ts";
import { checksIn, printEffects, type Verdict } from "../verdict.ts";

export const reviewDocument = gql`
  query Review($id: ID!) {
    transitionRequest(id: $id) {
      id
      status
      from
      to
      reason
      archiveExisting
      isAfterReview
      createdAt
      closedAt
      requestedBy {
        name
      }
      viewerCanReview
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
      approvals {
        id
        decision
        comment
        createdAt
        isStale
        evidenceDigest
        policyRevision
        reviewer {
          name
        }
      }
      modelVersion {
        uri
        stage
        evidenceDigest
        createdBy {
          name
        }
        completeness {
          score
          missing
        }
        card {
          status
          isFresh
        }
        run {
          runId
          name
          status
        }
        commit {
          repository
          sha
        }
        validations {
          validator
          organisation
          expiresAt
        }
        model {
          name
        }
      }
    }
  }
`;

interface Approval {
  decision: string;
  comment: string | null;
  createdAt: string;
  isStale: boolean;
  evidenceDigest: string;
  policyRevision: number;
  reviewer: { name: string };
}

interface Version {
  uri: string;
  stage: string;
  evidenceDigest: string;
  createdBy: { name: string };
  completeness: { score: number; missing: string[] } | null;
  card: { status: string; isFresh: boolean } | null;
  run: { runId: string; name: string | null; status: string } | null;
  commit: { repository: string; sha: string } | null;
  validations: { validator: string; organisation: string; expiresAt: string | null }[];
}

interface Asked {
  id: string;
  status: string;
  from: string;
  to: string;
  reason: string | null;
  archiveExisting: boolean;
  isAfterReview: boolean;
  createdAt: string;
  closedAt: string | null;
  requestedBy: { name: string };
  viewerCanReview: boolean;
  verdict: (Verdict & { policyRevision: number | null }) | null;
  approvals: Approval[];
  modelVersion: Version;
}

/** Whether what a decision was given for is what stands now. */
function standingOf(approval: Approval, evidenceDigest: string): string {
  if (!approval.isStale) return "";
  const changed = approval.evidenceDigest === evidenceDigest ? "the policy" : "the evidence";
  return ` · STALE: ${changed} has changed since, so it does not count`;
}

function printEvidence(version: Version): void {
  const { evidenceDigest, completeness, card, run, commit, validations } = version;
  printField("evidence", evidenceDigest);
  printField("card", card ? `${card.status}, ${card.isFresh ? "fresh" : "not confirmed since"}` : "none");
  printField("run", run ? `${run.name ?? run.runId} (${run.status})` : "none that you may see");
  printField("commit", commit && `${commit.sha.slice(0, 10)} in ${commit.repository}`);
  printField(
    "validations",
    validations.map(
      ({ validator, organisation, expiresAt }) =>
        `${validator}, ${organisation}${expiresAt ? `, until ${minuteOf(expiresAt)}` : ""}`,
    ),
  );
  if (completeness && completeness.missing.length > 0) printField("missing", completeness.missing.join(", "));
}

function tell(asked: Asked): void {
  const { modelVersion: version, verdict, approvals } = asked;
  const others = asked.archiveExisting ? ", archiving what stands there" : "";
  const name = printable(plainName(version.uri));
  print(`${asked.id} · ${asked.status} · ${name}: ${asked.from} → ${asked.to}${others}`);
  if (asked.isAfterReview) printField("after-review", "it was moved by break-glass; this looks back at it");
  printField("asked", `${minuteOf(asked.createdAt)} by ${asked.requestedBy.name}`);
  printField("why", asked.reason);
  printField("closed", asked.closedAt && minuteOf(asked.closedAt));
  printField("stands in", version.stage);
  printField("registered", `by ${version.createdBy.name}`);
  printEvidence(version);
  printField(
    "decisions",
    approvals.map(
      (approval) =>
        `${approval.decision} by ${approval.reviewer.name}, ${minuteOf(approval.createdAt)}${
          approval.comment ? `: ${approval.comment}` : ""
        }${standingOf(approval, version.evidenceDigest)}`,
    ),
  );
  if (!verdict) return;
  const revision =
    verdict.policyRevision === null ? "" : ` by revision ${verdict.policyRevision} of the policy`;
  print(`Judged now${revision}: ${verdict.allowed ? "it may be done" : "it may not be done"}`);
  for (const line of checksIn(verdict)) print(line);
  printEffects(verdict);
  print(
    asked.viewerCanReview
      ? `You may decide: stemma approve ${asked.id} --evidence ${version.evidenceDigest}, stemma reject ${asked.id} --comment WHY`
      : "You may not decide on it.",
  );
}

export function reviewCommand(connect: () => StemmaClient): Command {
  return new Command("review")
    .description("show a request with what it takes to decide on it: evidence, verdict, decisions so far")
    .argument("<request>", "the id of a request; `stemma requests --awaits-me` lists yours")
    .option("--json", "as JSON")
    .action(async (id: string, { json }: { json?: boolean }) => {
      const { transitionRequest: asked } = await connect().query<{ transitionRequest: Asked | null }>(
        reviewDocument,
        { id },
      );
      if (!asked) throw new Exit(1, `${id}: there is no such request`);
      if (json) printJson(asked);
      else tell(asked);
    });
}
