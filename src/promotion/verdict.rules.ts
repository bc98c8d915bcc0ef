import type { Check, Verdict } from "./verdict.entity.ts";

/** Checks that speak of the move, of rights and of counts. All others are gates, which look at evidence. */
const ofTheMove: ReadonlySet<string> = new Set([
  "allowed move",
  "ready",
  "archive existing",
  "promoter role",
  "room",
  "approvals",
  "rights",
  "break glass",
]);

/** A verdict for who may not see all that its gates looked at: which of them passed, and nothing of what they found. */
export function withoutFindings(verdict: Verdict): Verdict {
  const hidden = (check: Check): Check => ({
    ...check,
    says: `${check.name} ${check.passed ? "passes" : "fails"}; it rests on a run that the caller may not read`,
    actual: null,
  });
  const checks = verdict.checks.map((check) => (ofTheMove.has(check.name) ? check : hidden(check)));
  return { ...verdict, checks };
}

/** What a refusal says: the checks that failed. */
export function refusalIn({ checks }: Verdict): string {
  const failed = checks.filter((check) => !check.passed).map((check) => check.says);
  return `refused: ${failed.join("; ")}`;
}
