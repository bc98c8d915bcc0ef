// How long files of runs and logged models are kept: from the run's end, or from the last file that came later.

import { RunStatus } from "../tracking/run.entity.ts";
import type { RetentionBody } from "./retention.entity.ts";
import type { FilesCandidate } from "./run-files.query.ts";

const day = 24 * 3_600_000;

/** Why they are let go of at this instant; null while they are kept. */
export function whyDue(
  { status, endedAt, deletedAt, lastLoggedAt, isHeld }: FilesCandidate,
  { runDays, abandonedRunDays }: Pick<RetentionBody, "runDays" | "abandonedRunDays">,
  at: number,
): string | null {
  if (isHeld) return null;
  if (deletedAt !== null) return past(abandonedRunDays, Math.max(deletedAt, lastLoggedAt), "deleted", at);
  // A logged model that no run made counts from its last file.
  if (status === null) return past(runDays, lastLoggedAt, "logged", at);
  if (endedAt === null) return null;
  const since = Math.max(endedAt, lastLoggedAt);
  return status === RunStatus.FINISHED
    ? past(runDays, since, "finished", at)
    : past(abandonedRunDays, since, "failed or abandoned", at);
}

function past(days: number | null, since: number, what: string, at: number): string | null {
  if (days === null || since + days * day > at) return null;
  return `${what} on ${new Date(since).toISOString().slice(0, 10)}, and kept for ${days} days`;
}
