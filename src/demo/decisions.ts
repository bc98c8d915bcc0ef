import type { Answer, AskedFor, NamedVersion } from "./question.ts";

export const nameOf = ({ uri }: Pick<NamedVersion, "uri">) => uri.replace("models:/", "");
export const aliasesOf = ({ aliases }: NamedVersion) => aliases.map((alias) => `@${alias}`).join(" ");

const quoted = (text: string | null) => (text === null ? "" : `: “${text}”`);
const wide = 15;

/** The lines beside their word. */
const under = (word: string, lines: readonly string[]) =>
  lines.map((line, index) => `  ${(index === 0 ? word : "").padEnd(wide)}${line}`);

/** What serves, who asked for it and who approved, on what evidence, and what the server checked. */
export function entryLines({ modelVersion }: Answer): string[] {
  if (modelVersion === null) return ["nothing, as it is now"];
  const { at, request, approvals, policyRevision, verdict } = modelVersion.transitions.nodes[0];
  const { evidenceDigest, semanticVersion } = modelVersion;
  const isSame = approvals.every((approval) => approval.evidenceDigest === evidenceDigest);
  const evidence = `${evidenceDigest}, ${isSame ? "the same now" : "another one now"}`;
  const reviews = approvals.map(({ reviewer, comment }) => `${reviewer.name}${quoted(comment)}`);
  const checks = verdict?.checks.map(({ name, passed, says }) => `${passed ? "✓" : "✗"} ${name}: ${says}`);
  return [
    `${nameOf(modelVersion)}  ${semanticVersion ?? ""}  ${aliasesOf(modelVersion)}  since ${at}`,
    ...under("asked for by", request ? [`${request.requestedBy.name}${quoted(request.reason)}`] : []),
    ...under("approved by", reviews),
    ...under("on evidence", approvals.length > 0 ? [evidence] : []),
    ...under("judged by", checks ? [`revision ${policyRevision} of the policy`, ...checks] : []),
    ...under("effects", verdict?.effects ?? []),
  ];
}

/** What others have asked for, and where it stands. */
export function askedForLines({ transitionRequests: { nodes } }: Answer): string[] {
  const width = Math.max(0, ...nodes.map(({ modelVersion }) => nameOf(modelVersion).length));
  return nodes.flatMap((asked) => [
    `${asked.status.padEnd(8)}  ${nameOf(asked.modelVersion).padEnd(width)}  ${wordsOf(asked)}`,
    ...asked.approvals.map(
      ({ reviewer, decision, comment, isStale }) =>
        `${" ".repeat(width + 12)}${decision}${isStale ? ", stale by now," : ""} by ${reviewer.name}${quoted(comment)}`,
    ),
  ]);
}

function wordsOf({ isAfterReview, requestedBy, reason }: AskedFor): string {
  const what = isAfterReview ? "done in an emergency, to be looked at, by" : "asked for by";
  return `${what} ${requestedBy.name}${quoted(reason)}`;
}
